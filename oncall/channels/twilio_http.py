"""How requests reach Twilio's API, and what its refusals become: one of our errors, translated here once.

Every request has a time limit (the library sets none), goes to the configured API only, and never follows a
redirect by itself, so the auth token cannot reach another host.
"""

import json
import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3.exceptions
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response

from oncall.channels.asked_to_wait import asked_to_wait
from oncall.channels.timely_answers import TimelyAdapter, timely_content
from oncall.core.provider_errors import classify_refusal, meaning
from oncall.errors import BusyError, ChannelError, OutcomeUnknownError, RecipientError, SetupError, TransientError
from oncall.ports import Clock
from oncall.settings import is_loopback

# Routers and the provider forget silent connections; a page must not find that out by waiting.
_IDLE_AT_MOST_FOR = timedelta(seconds=45)
# The library would log whole telephone numbers; we call none of its logging.
_NO_LOGGER = logging.getLogger(__name__)
_OF_IT_FOR_CONNECTING = 0.3
_NO_TIME_SECONDS = 0.1
_ANSWER_MAX_BYTES = 1_000_000
# The request was taken by a gateway or a server that then broke: it may have been carried out.
_BROKE_AFTERWARDS = frozenset({HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class _AskedToWaitError(requests.RequestException):
    """The library's own exceptions tell no header, so this answer is kept from it."""

    def __init__(self, answer: Response, wait_for: timedelta) -> None:
        super().__init__("asked to wait")
        self.answer = answer
        self.wait_for = wait_for


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """``connect_seconds`` to reach the provider, ``answer_seconds`` for its answer to begin, and to end."""

    connect_seconds: float = 2.0
    answer_seconds: float = 4.0


class ApiHttpClient(HttpClient):  # type: ignore[misc]  # the library ships no types
    """The library's door to the network, of one thread. The host of every request becomes ``api_url``'s."""

    def __init__(self, api_url: str, clock: Clock, limits: TimeLimits) -> None:
        super().__init__(logger=_NO_LOGGER, is_async=False)
        self._api = urlsplit(api_url)
        self._clock = clock
        self._limits = limits
        self._session = self._fresh_session()
        self._used_at: datetime | None = None
        self.until: datetime | None = None

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The answer, whatever its status; ``timeout`` and ``allow_redirects`` are ours to say."""
        url = self.at_api(uri)
        response = self.send(method, url, params=params, data=data, headers=headers, auth=auth)
        with response:
            content = self.content(response, _ANSWER_MAX_BYTES, self._left(self._limits.answer_seconds))
        answer = Response(response.status_code, content.decode("utf-8", "replace"), response.headers)
        if response.status_code in _BUSY:
            wait_for = asked_to_wait(response.headers.get("Retry-After", ""), self._clock.now())
            if wait_for is not None:
                raise _AskedToWaitError(answer, wait_for)
        return answer

    def at_api(self, uri: str) -> str:
        """The same path and query at the configured API."""
        asked = urlsplit(uri)
        path = self._api.path.rstrip("/") + asked.path
        return urlunsplit((self._api.scheme, self._api.netloc, path, asked.query, ""))

    def send(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> requests.Response:
        """The answer with its body still to be read, to exactly this URL. It is all over by ``until``, where that is
        set; without the time for it nothing is sent."""
        connect = min(self._limits.connect_seconds, _OF_IT_FOR_CONNECTING * self._left(math.inf))
        answer = min(self._limits.answer_seconds, self._left(math.inf) - connect)
        if answer < _NO_TIME_SECONDS:
            raise requests.ConnectTimeout("there is no time left to ask")
        return self._rested_session().request(
            method,
            url,
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            timeout=(connect, answer),
            allow_redirects=False,
            stream=True,
        )

    def seconds_left(self) -> float:
        """To connect, for the answer to begin, and for it to end; less where it is to be over sooner."""
        return self._left(self._limits.connect_seconds + 2 * self._limits.answer_seconds)

    def _left(self, at_most: float) -> float:
        if self.until is None:
            return at_most
        return max(0.0, min(at_most, (self.until - self._clock.now()).total_seconds()))

    def content(self, response: requests.Response, max_bytes: int, seconds: float) -> bytes:
        """The body. Raises ReadTimeout where it only trickles, AnswerTooLargeError where it does not end."""
        return timely_content(response, self._clock, max_bytes, seconds)

    def _rested_session(self) -> requests.Session:
        now = self._clock.now()
        if self._used_at is not None and now - self._used_at > _IDLE_AT_MOST_FOR:
            self._session.close()
            self._session = self._fresh_session()
        self._used_at = now
        return self._session

    def _fresh_session(self) -> requests.Session:
        session = requests.Session()
        session.mount(f"{self._api.scheme}://", TimelyAdapter(self._clock))
        # A company's proxy is for the world outside, never for a provider that runs on this machine.
        session.trust_env = not is_loopback(self._api.hostname)
        return session


@contextmanager
def provider_errors_as_ours(doing: str) -> Iterator[None]:
    """Inside, whatever library, network or answer raise becomes a ChannelError that begins with ``doing``."""
    try:
        yield
    except TwilioRestException as exc:
        raise _from_library(doing, exc.status, exc.code, exc.msg) from exc
    except TwilioServiceException as exc:
        raise _from_library(doing, exc.status, exc.code, exc.detail or exc.title) from exc
    except _AskedToWaitError as exc:
        refused = _from_answer(doing, exc.answer)
        if type(refused) is TransientError:
            raise BusyError(str(refused), wait_for=exc.wait_for, code=refused.code) from exc
        raise refused from exc
    except requests.RequestException as exc:
        raise network_error(doing, exc) from exc
    except TwilioException as exc:
        raise _refused_list(doing, exc) from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        # A success that cannot be read, such as a proxy's page in the place of JSON.
        raise _unreadable(doing) from exc


def _unreadable(doing: str) -> ChannelError:
    return OutcomeUnknownError(f"{doing}: Twilio's answer cannot be read; it may have been done")


def _refused_list(doing: str, exc: TwilioException) -> ChannelError:
    """Where a list is refused, the library raises its plainest exception, with the answer beside the words."""
    answer = exc.args[-1] if exc.args else None
    if not isinstance(answer, Response) or answer.status_code < 300:
        return _unreadable(doing)
    return _from_answer(doing, answer)


def _from_answer(doing: str, answer: Response) -> ChannelError:
    try:
        said = json.loads(answer.text)
    except ValueError:
        said = None
    facts = said if isinstance(said, dict) else {}
    return _from_library(doing, answer.status_code, facts.get("code"), facts.get("message"))


def refusal(doing: str, http_status: int, code: str, text: str) -> ChannelError:
    """The error that stands for such an answer; ``code`` and ``text`` are Twilio's, "" where it gave none."""
    why = meaning(code) or text or f"HTTP {http_status}"
    mark = f"Twilio error {code}" if code else f"HTTP {http_status}"
    message = f"{doing}: {why} ({mark})"
    blame = classify_refusal(code, http_status)
    if blame == "recipient":
        return RecipientError(message, code=code)
    if blame == "setup":
        hint = "; check TWILIO_API_URL, which redirects us" if 300 <= http_status < 400 else ""
        return SetupError(message + hint, code=code)
    if http_status in _BROKE_AFTERWARDS:
        return OutcomeUnknownError(f"{message}; it may have been done", code=code)
    return TransientError(message, code=code)


def network_error(doing: str, exc: requests.RequestException) -> ChannelError:
    """The error that stands for a request without an answer: did it surely not go, or may it have gone?"""
    certificate = _cause(exc, SSLCertVerificationError)
    if certificate is not None:
        return SetupError(f"{doing}: Twilio's certificate is not valid ({certificate}); check TWILIO_API_URL")
    if isinstance(exc, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return SetupError(f"{doing}: TWILIO_API_URL is not a URL that can be called")
    never_sent = (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NewConnectionError)
    if isinstance(exc, (requests.ConnectTimeout, requests.exceptions.ProxyError)) or _cause(exc, *never_sent):
        return TransientError(f"{doing}: Twilio's API cannot be reached")
    return OutcomeUnknownError(f"{doing}: Twilio did not answer in time; it may have been done")


def _from_library(doing: str, http_status: object, code: object, text: object) -> ChannelError:
    status = _number(http_status)
    # Where a body gave no code, the library puts the HTTP status in its place.
    given = str(code) if _number(code) >= 10_000 else ""
    return refusal(doing, status, given, _without_numbers(str(text or "")))


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _without_numbers(text: str) -> str:
    return re.sub(r"\+?\d{4,}(?=\d{4})", "…", text)[:300]


def _cause(exc: BaseException, *kinds: type[BaseException]) -> BaseException | None:
    """The exception of one of these kinds from which ``exc`` came, through urllib3's wrappings, or None."""
    seen: list[BaseException] = []
    waiting: list[object] = [exc]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or one in seen:
            continue
        if isinstance(one, kinds):
            return one
        seen.append(one)
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return None
