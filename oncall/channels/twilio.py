"""Our account at Twilio: the only module that talks to its API. Calls, texts and recordings go through here.

Creating a call or a text cannot be repeated safely, as Twilio knows no idempotency key: where an answer is
missing, OutcomeUnknownError says so, and ``calls_to`` and ``messages_to`` tell whether it went.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from oncall.channels.twilio_http import ApiHttpClient, TimeLimits, provider_errors_as_ours
from oncall.core.provider_errors import CALL_HAS_ENDED, NO_SUCH_CALL
from oncall.errors import ChannelError, OutcomeUnknownError
from oncall.ports import Clock, ProviderStatus, Receipt

# Of one number's calls or texts, newest first. One is looked for when its lease has run out: where more than these went
# to the same telephone meanwhile, which takes eight a second, it is not found and goes twice. Of the longest texts more
# would not fit into an answer (`twilio_http`).
_LOOK_BACK = 200
_CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A call or text that Twilio knows. ``created_at`` is None where Twilio did not say."""

    sid: str
    status: str
    created_at: datetime | None
    body: str = ""


class _Resource(Protocol):
    sid: str | None
    status: str | None


class _Listed(_Resource, Protocol):
    direction: str | None
    date_created: datetime | None


class TwilioAccount:
    """One account and the number it calls from. May be used by several threads: each has its own client."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_url: str,
        *,
        from_number: Callable[[], str],
        clock: Clock,
        limits: TimeLimits | None = None,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._api_url = api_url
        self._from_number = from_number
        self._clock = clock
        self._limits = limits or TimeLimits()
        self._of_thread = threading.local()

    @property
    def account_sid(self) -> str:
        """Our account's id at Twilio."""
        return self._account_sid

    @property
    def credentials(self) -> tuple[str, str]:
        """User and password, for the configured API only."""
        return self._account_sid, self._auth_token

    @property
    def number(self) -> str:
        """The number that we call from, and that others call."""
        return self._from_number()

    @contextmanager
    def within(self, until: datetime | None) -> Iterator[None]:
        """Inside, requests of this thread end by then, however slow the provider is; None sets no such end."""
        http = self._http()
        http.until = until
        try:
            yield
        finally:
            http.until = None

    def seconds_left(self) -> float:
        """How long a request of this thread may take altogether (`within`)."""
        return self._http().seconds_left()

    def warm(self) -> None:
        """Pay now for what the library imports at its first request; nothing is sent."""
        client = Client(self._account_sid, self._auth_token, http_client=_Nowhere())
        client.calls.create(to="+10000000000", from_="+10000000000", url="https://localhost/")
        client.messages.create(to="+10000000000", from_="+10000000000", body="warm")
        client.calls.list(limit=1)
        client.messages.list(limit=1)
        self._client()

    def create_call(
        self, to: str, *, url: str, status_callback: str, ring_seconds: int, machine_callback: str = ""
    ) -> Receipt:
        """Ring ``to``; when it is answered, Twilio asks ``url`` what to say.

        With ``machine_callback`` it listens meanwhile, and tells that URL whom it takes to have answered.
        """
        from_number = self._from_number()
        with provider_errors_as_ours("calling"):
            call = self._client().calls.create(
                to=to,
                from_=from_number,
                url=url,
                method="POST",
                status_callback=status_callback,
                status_callback_method="POST",
                status_callback_event=_CALL_EVENTS,
                timeout=ring_seconds,
                **_detection(machine_callback),
            )
        return _receipt("calling", call)

    def create_message(self, to: str, *, body: str, status_callback: str, valid_for_seconds: int) -> Receipt:
        """Text ``to``; a text that waited longer than ``valid_for_seconds`` at Twilio is dropped there."""
        from_number = self._from_number()
        # Whoever replied STOP must text START to this very number, and has no other way to know which it was.
        with provider_errors_as_ours(f"texting from {from_number}"):
            message = self._client().messages.create(
                to=to,
                from_=from_number,
                body=body,
                status_callback=status_callback,
                validity_period=valid_for_seconds,
            )
        return _receipt("texting", message)

    def calls_to(self, number: str) -> list[Sent]:
        """The latest calls from our number to this one, newest first."""
        from_number = self._from_number()
        with provider_errors_as_ours("looking up calls"):
            found = self._client().calls.list(to=number, from_=from_number, limit=_LOOK_BACK, page_size=_LOOK_BACK)
            return _outgoing(found)

    def messages_to(self, number: str) -> list[Sent]:
        """The latest texts from our number to this one, newest first, with their bodies."""
        from_number = self._from_number()
        with provider_errors_as_ours("looking up texts"):
            found = self._client().messages.list(to=number, from_=from_number, limit=_LOOK_BACK, page_size=_LOOK_BACK)
            return _outgoing(found)

    def cancel_call(self, call_sid: str) -> None:
        """Stop a call that is queued or ringing; one that somebody listens to goes on."""
        try:
            with provider_errors_as_ours("cancelling a call"):
                self._client().calls(call_sid).update(status="canceled")
        except ChannelError as exc:
            # A call that is not known there (after a change of accounts, say) rings nowhere.
            if exc.code not in (CALL_HAS_ENDED, NO_SUCH_CALL):
                raise

    def call_status(self, call_sid: str) -> ProviderStatus | None:
        """How this call goes, or how it ended; None where there is no such call."""
        return _status_of("asking after a call", lambda: self._client().calls(call_sid).fetch())

    def message_status(self, message_sid: str) -> ProviderStatus | None:
        """How far this text has come; None where there is no such text."""
        return _status_of("asking after a text", lambda: self._client().messages(message_sid).fetch())

    def client(self) -> Client:
        """The library's client of this thread, to read with; errors are translated by ``provider_errors_as_ours``."""
        return self._client()

    def status(self) -> str:
        """What our account is: "active", or why it serves nobody. Costs nothing. Raises ChannelError."""
        with provider_errors_as_ours("asking for our account"):
            found = self._client().api.v2010.accounts(self._account_sid).fetch()
        return str(found.status or "unknown")

    def get(self, path: str) -> tuple[ApiHttpClient, requests.Response]:
        """The answer to a GET below our account, its body still to be read by the client it comes with."""
        http = self._http()
        url = http.at_api(f"/2010-04-01/Accounts/{self._account_sid}/{path}")
        return http, http.send("GET", url, auth=self.credentials)

    def _client(self) -> Client:
        client: Client | None = getattr(self._of_thread, "client", None)
        if client is None:
            client = Client(self._account_sid, self._auth_token, http_client=self._http())
            self._of_thread.client = client
        return client

    def _http(self) -> ApiHttpClient:
        http: ApiHttpClient | None = getattr(self._of_thread, "http", None)
        if http is None:
            http = ApiHttpClient(self._api_url, self._clock, self._limits)
            self._of_thread.http = http
        return http


class _Nowhere(HttpClient):  # type: ignore[misc]  # the library ships no types
    """Answers everything by itself, so that the library can be run through once without a network."""

    def __init__(self) -> None:
        pass

    def request(self, method: str, uri: str, *_args: object, **_kwargs: object) -> Response:
        if method == "POST":
            return Response(201, '{"sid": "warm"}')
        return Response(200, '{"found": [], "page_size": 1, "next_page_uri": null}')


def _detection(callback: str) -> dict[str, str]:
    """Beside the call, never before it: whoever answers would hear silence while Twilio listens."""
    if not callback:
        return {}
    return {
        "machine_detection": "Enable",
        "async_amd": "true",  # the library writes a bool as Python does, which Twilio does not know
        "async_amd_status_callback": callback,
        "async_amd_status_callback_method": "POST",
    }


def _receipt(doing: str, created: _Resource) -> Receipt:
    if not created.sid or not isinstance(created.sid, str):
        raise OutcomeUnknownError(f"{doing}: Twilio's answer names no SID; it may have been done")
    return Receipt(provider_id=created.sid, status=str(created.status or "queued"))


def _status_of(doing: str, fetch: Callable[[], _Resource]) -> ProviderStatus | None:
    try:
        with provider_errors_as_ours(doing):
            found = fetch()
            code = getattr(found, "error_code", None)
            return ProviderStatus(str(found.status or ""), str(code) if code else "")
    except ChannelError as exc:
        if exc.code == NO_SUCH_CALL:
            return None
        raise


def _outgoing(found: Sequence[_Listed]) -> list[Sent]:
    return [
        Sent(
            sid=str(one.sid),
            status=str(one.status or ""),
            created_at=one.date_created if isinstance(one.date_created, datetime) else None,
            body=str(getattr(one, "body", None) or ""),
        )
        for one in found
        # No page of ours is what a fallback's <Dial> rang while we were down, nor what we replied to somebody's text.
        if one.sid and not str(one.direction or "").startswith(("inbound", "outbound-dial", "outbound-reply"))
    ]
