"""PagerDuty through its own library: events to it, and who its users are.

The library waits and tries again by itself, in the end for minutes; here it is bounded, and the rows try again.
"""

import json
from datetime import datetime
from threading import local
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pagerduty

from oncall.core.accounted import AskAccounted
from oncall.core.partner_event import PartnerEvent
from oncall.core.plain_text import clip, mask_numbers
from oncall.errors import ChannelError, OutcomeUnknownError, RecipientError, SetupError, TransientError
from oncall.ports import Message, ProviderStatus, Receipt
from oncall.settings import is_loopback

_SECONDS = 5
_LONGEST_SUMMARY = 1024
_REFUSED = "it refused the event (HTTP 400)"


class _Elsewhere(httpx2.HTTPTransport):
    """The library insists on https; a stand-in on this machine has none."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = httpx2.URL(base)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The same request, to the stand-in."""
        base = self._base
        request.url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
        request.headers["host"] = f"{base.host}:{base.port}" if base.port else base.host
        return super().handle_request(request)


def place(url: str) -> dict[str, Any]:
    """How a client of the library is told where to go."""
    parts = urlsplit(url)
    if parts.scheme == "http" and is_loopback(parts.hostname):
        return {"transport": _Elsewhere(url)}
    return {"base_url": url}


def bounded(client: Any) -> Any:
    """The client, which now waits for some seconds at most."""
    client.retry = {429: 1}
    client.max_network_attempts = 1
    client.sleep_timer = 0.2
    client.timeout = _SECONDS
    return client


class PagerDutyEvents:
    """`ports.PartnerSender` for PagerDuty. Threads share it, and each has a client of its own."""

    def __init__(self, routing_key: str, url: str) -> None:
        self._routing_key = routing_key
        self._url = url
        self._mine = local()

    def send(self, event: PartnerEvent, url: str = "") -> None:
        """Hand it over. Raises ChannelError."""
        try:
            fields = json.loads(event.body)
            action, key = fields.pop("event_action"), fields.pop("dedup_key")
        except (ValueError, KeyError, AttributeError) as exc:
            raise RecipientError("telling PagerDuty: the event in our rows cannot be read", code="unreadable") from exc
        self.tell(action, key, fields)

    def tell(self, action: str, key: str, fields: dict[str, Any]) -> None:
        """One event. Raises ChannelError."""
        try:
            self._client().send_event(action, dedup_key=key, **fields)
        except (pagerduty.Error, httpx2.HTTPError, ValueError, RecursionError) as exc:
            raise translated("telling PagerDuty", exc) from exc

    def _client(self) -> Any:
        if not hasattr(self._mine, "client"):
            self._mine.client = bounded(pagerduty.EventsApiV2Client(self._routing_key, **place(self._url)))
        return self._mine.client


class PagerDutyUsers:
    """Who PagerDuty's users are."""

    def __init__(self, token: str, url: str) -> None:
        self._token = token
        self._url = url

    def email_of(self, user_id: str) -> str:
        """The address of this user; "" where there is no such user. Raises ChannelError."""
        doing = "asking PagerDuty who a user is"
        if not (user_id.isalnum() and user_id.isascii()):
            return ""
        try:
            with bounded(pagerduty.RestApiV2Client(self._token, **place(self._url))) as client:
                answer = client.get(f"/users/{user_id}")
                if answer.status_code == httpx2.codes.NOT_FOUND:
                    return ""
                found = pagerduty.successful_response(answer).json()
        except (pagerduty.Error, httpx2.HTTPError, ValueError, RecursionError) as exc:
            raise translated(doing, exc) from exc
        user = found.get("user") if isinstance(found, dict) else None
        email = user.get("email") if isinstance(user, dict) else None
        if not isinstance(email, str):
            raise OutcomeUnknownError(f"{doing}: its answer is no user")
        return email


class PagerDutyChannel:
    """A page to an engineer through PagerDuty: an alert of its own, which ends when the paging does."""

    def __init__(self, events: PagerDutyEvents, public_url: str) -> None:
        self._events = events
        self._public_url = public_url

    def send(self, message: Message) -> Receipt:
        """Trigger it. Taken is all that will be known; who acknowledges it there comes by webhook.

        No caller's number is in it.
        """
        payload = {
            "summary": clip(mask_numbers(message.subject or message.text), _LONGEST_SUMMARY),
            "source": urlsplit(self._public_url).hostname or "on-call hotline",
            "severity": "critical",
            "custom_details": {"for": message.to, "text": mask_numbers(message.text)},
        }
        # Sent twice it is still one alert: the key is the page's own.
        self._events.tell("trigger", message.delivery_id, {"payload": payload})
        return Receipt(message.delivery_id, "accepted", final=True)

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        """Nobody can tell, and repeating it does no harm."""
        return None

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        """Nothing rings here: alerts are resolved with their incident."""

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        """None: what it took is with it, and is final."""
        return None


def translated(doing: str, problem: Exception) -> ChannelError:
    """Our word for what the library met. Its own texts may hold the routing key."""
    response = getattr(problem, "response", None)
    status = getattr(response, "status_code", None)
    if status is None:
        return OutcomeUnknownError(f"{doing}: it cannot be reached ({type(problem).__name__})")
    code = str(status)
    if status == httpx2.codes.BAD_REQUEST:
        return RecipientError(f"{doing}: {_REFUSED}; is PAGERDUTY_ROUTING_KEY right?", code=code)
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        return TransientError(f"{doing}: it asks for patience (HTTP 429)", code=code)
    if 300 <= status < 500:
        return SetupError(f"{doing}: it answered HTTP {status}; are the key and the address right?", code=code)
    return OutcomeUnknownError(f"{doing}: it answered HTTP {status}", code=code)
