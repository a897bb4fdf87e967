"""Calendars of others, fetched: over https only (plain http on this machine), small, in bounded time.

A calendar's URL is often its password: errors and logs name the host, and never more of it.
"""

from datetime import datetime, timedelta
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import requests

from oncall.channels.timely_answers import AnswerTooLargeError, TimelyAdapter, timely_content
from oncall.errors import SetupError, TransientError
from oncall.ports import CalendarAnswer, Clock
from oncall.settings import is_loopback

MOST_BYTES = 1_000_000
MOST_REDIRECTS = 3
_TOGETHER_FOR = timedelta(seconds=20)
_CONNECT_SECONDS = 4.0
_HEAD_SECONDS = 8.0
_HEADERS = {
    "Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1",
    # What is not compressed cannot swell.
    "Accept-Encoding": "identity",
    "User-Agent": "oncall-hotline (calendar of a rotation)",
}


class CalendarFetcher:
    """`ports.CalendarSource` over HTTP. ``what`` is what errors call the thing that is fetched."""

    def __init__(self, clock: Clock, what: str = "calendar") -> None:
        self._clock = clock
        self._what = what

    def fetch(self, url: str, *, etag: str, last_modified: str) -> CalendarAnswer | None:
        """The calendar; None where it is as it was. Ends within half a minute. Raises ChannelError."""
        asked = _checked(url, plain_allowed=True, doing=f"fetching the {self._what}")
        doing = f"fetching the {self._what} at {asked.hostname}"
        until = self._clock.now() + _TOGETHER_FOR
        headers = dict(_HEADERS)
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        try:
            with requests.Session() as session:
                session.mount("https://", TimelyAdapter(self._clock))
                session.mount("http://", TimelyAdapter(self._clock))
                # A company's proxy is for the world outside, never for what runs on this machine.
                session.trust_env = not is_loopback(asked.hostname)
                with self._at_the_end_of_redirects(session, asked, headers, until, doing) as response:
                    return self._answer(response, until, doing)
        except AnswerTooLargeError as exc:
            raise SetupError(f"{doing}: it is larger than {MOST_BYTES // 1000} kB") from exc
        except requests.Timeout as exc:
            raise TransientError(f"{doing}: it did not answer in time") from exc
        except (requests.RequestException, ValueError) as exc:
            # The library's own words hold the whole URL.
            raise TransientError(f"{doing}: it cannot be reached ({type(exc).__name__})") from exc

    def _at_the_end_of_redirects(
        self, session: requests.Session, asked: SplitResult, headers: dict[str, str], until: datetime, doing: str
    ) -> requests.Response:
        url, auth = _without_user(asked)
        for _ in range(MOST_REDIRECTS + 1):
            left = max((until - self._clock.now()).total_seconds(), 0.1)
            response = session.get(
                url,
                headers=headers,
                # Something that does nothing, so that no password of this machine's own files is sent.
                auth=auth or (lambda request: request),
                timeout=(min(left, _CONNECT_SECONDS), min(left, _HEAD_SECONDS)),
                allow_redirects=False,
                stream=True,
            )
            if not response.is_redirect:
                return response
            response.close()
            following = urljoin(url, response.headers["Location"])
            parts = _checked(following, plain_allowed=is_loopback(asked.hostname), doing=doing)
            url, _ = _without_user(parts)
            auth = auth if _origin(parts) == _origin(asked) else None
        raise SetupError(f"{doing}: it redirects more than {MOST_REDIRECTS} times")

    def _answer(self, response: requests.Response, until: datetime, doing: str) -> CalendarAnswer | None:
        status = response.status_code
        if status == requests.codes.not_modified:
            return None
        if status != requests.codes.ok:
            gone = f"{doing}: it answered HTTP {status}"
            raise TransientError(gone) if status >= 500 or status == 429 else SetupError(gone)
        left = max((until - self._clock.now()).total_seconds(), 0.1)
        content = timely_content(response, self._clock, MOST_BYTES, left)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise SetupError(f"{doing}: its text is not UTF-8") from exc
        return CalendarAnswer(text, _short(response, "ETag"), _short(response, "Last-Modified"))


def _checked(url: str, *, plain_allowed: bool, doing: str) -> SplitResult:
    """The URL, where it may be asked: never another scheme, never in the clear to another machine."""
    if url.lower().startswith("webcal://"):
        url = f"https{url[6:]}"
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise SetupError(f"{doing}: its URL is none") from None
    plain = parts.scheme == "http" and plain_allowed and is_loopback(parts.hostname)
    if not usable or not (parts.scheme == "https" or plain):
        raise SetupError(f"{doing}: its URL must begin with https:// (plain http:// for this machine only)")
    return parts


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port


def _without_user(parts: SplitResult) -> tuple[str, tuple[str, str] | None]:
    """The URL without user and password, and these."""
    if parts.username is None:
        return parts.geturl(), None
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl(), (unquote(parts.username), unquote(parts.password or ""))


def _short(response: requests.Response, header: str) -> str:
    """A header that is sent back; "" where it is absent or no reasonable one."""
    value = response.headers.get(header, "")
    return value if len(value) <= 200 and value.isascii() and value.isprintable() else ""
