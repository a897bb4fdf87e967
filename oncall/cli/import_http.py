"""Asking the API of another system: bounded in time and size, its limits honoured, its errors in our words."""

import os
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from oncall.channels.timely_answers import AnswerTooLargeError, TimelyAdapter, timely_content
from oncall.errors import UsageError
from oncall.ports import Clock
from oncall.schedule_files.importers import Answer, ImportSourceError, parse
from oncall.schedule_files.importers.answer import MAX_BYTES
from oncall.settings import is_loopback

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_ALL_FOR = timedelta(minutes=10)
_TRIES = 5
_LONGEST_PAUSE_SECONDS = 60.0
_MOST_REQUESTS = 10_000


class _BusyError(Exception):
    """Try again after so many seconds."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class ImportApi:
    """One API, asked with one token, which is never written anywhere."""

    def __init__(self, url: str, headers: Mapping[str, str], clock: Clock) -> None:
        self._url = checked_url(url)
        self._session = _session(self._url, clock)
        self._session.headers.update({"Accept": "application/json", **headers})
        self._clock = clock
        self._ends_at = clock.now() + _ALL_FOR
        self._bytes = 0
        self._requests = 0

    def get(self, path: str, **params: str | int | list[str]) -> Answer:
        """The object that the API answers under the path, or under a URL of the same API. Raises ImportSourceError."""
        return self._ask("GET", self._at(path), params=params)

    def post(self, path: str, body: object) -> Answer:
        """The object that the API answers to this JSON. Raises ImportSourceError."""
        return self._ask("POST", self._at(path), json=body)

    def _at(self, path: str) -> str:
        url = path if "://" in path else f"{self._url}/{path.lstrip('/')}"
        here, there = urlsplit(self._url), urlsplit(urljoin(self._url, url))
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise ImportSourceError(
                f"{self._url}: the next page is said to be at another host, {there.netloc}: refused"
            )
        return url

    def _ask(self, method: str, url: str, **sent: object) -> Answer:
        retrying = Retrying(
            retry=retry_if_exception_type(_BusyError),
            stop=stop_after_attempt(_TRIES),
            wait=_pause,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, method, url, **sent)
        except _BusyError as error:
            raise ImportSourceError(f"{url}: {error}; try again later") from error

    def _once(self, method: str, url: str, **sent: object) -> Answer:
        self._requests += 1
        if self._left() <= 0 or self._requests > _MOST_REQUESTS:
            minutes = int(_ALL_FOR.total_seconds()) // 60
            raise ImportSourceError(
                f"{url}: asking for everything took longer than {minutes} minutes; import a file instead"
            )
        try:
            with self._session.request(
                method,
                url,
                timeout=(_CONNECT_SECONDS, min(_READ_SECONDS, self._left())),
                stream=True,
                allow_redirects=False,
                **sent,  # type: ignore[arg-type]
            ) as answer:
                _check(answer, url)
                return parse(self._read(answer, url), url)
        except requests.exceptions.SSLError as error:
            why = "name the file of your company's authority in REQUESTS_CA_BUNDLE or SSL_CERT_FILE"
            raise ImportSourceError(f"{url}: its certificate cannot be trusted ({error}); {why}") from error
        except requests.RequestException as error:
            raise _BusyError(f"cannot be reached ({type(error).__name__})", 1.0) from error
        except OSError as error:  # how requests says that there is no file of that name
            message = f"{error}; mend REQUESTS_CA_BUNDLE or SSL_CERT_FILE"
            raise ImportSourceError(f"{url}: the authorities to trust cannot be read: {message}") from error

    def _left(self) -> float:
        return (self._ends_at - self._clock.now()).total_seconds()

    def _read(self, answer: requests.Response, url: str) -> str:
        try:
            content = timely_content(answer, self._clock, MAX_BYTES - self._bytes, self._left())
        except AnswerTooLargeError as error:
            megabytes = MAX_BYTES // 1024 // 1024
            raise ImportSourceError(f"{url}: the answers are larger than {megabytes} MB together") from error
        except requests.ReadTimeout as error:
            if self._left() > 0:
                raise
            raise ImportSourceError(f"{url}: the answer comes too slowly; import a file instead") from error
        self._bytes += len(content)
        return content.decode("utf-8", "replace")


def _session(url: str, clock: Clock) -> requests.Session:
    """One that goes by the operator's proxy and authorities; on this machine by neither: what is plain stays here."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, TimelyAdapter(clock))
    session.trust_env = not is_loopback(urlsplit(url).hostname)
    session.auth = _no_other_login
    # Asked here too, since on this machine requests does not.
    bundle = os.environ.get("REQUESTS_CA_BUNDLE", "").strip() or os.environ.get("SSL_CERT_FILE", "").strip()
    session.verify = bundle or True
    return session


def _no_other_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stands where a login would: without one, requests looks for it in .netrc and sends it in the token's place."""
    return request


def checked_url(url: str) -> str:
    """The URL of an API without a slash at its end. Raises UsageError where a token must not be sent to it."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise UsageError(f"{url} is not a URL; write one such as https://api.example.com") from error
    if not sound or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname))):
        raise UsageError(f"{url}: a token is sent to https:// only (and to http:// on this machine); write such a URL")
    if parts.username or parts.query or parts.fragment:
        raise UsageError("the URL of an API has no user, query or fragment; write it like https://api.example.com")
    return url.rstrip("/")


def _check(answer: requests.Response, url: str) -> None:
    status = answer.status_code
    if status == requests.codes.too_many_requests:
        raise _BusyError("it asks us to slow down (429)", _seconds(answer.headers))
    if status >= 500:
        raise _BusyError(f"it fails ({status})", 1.0)
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        raise ImportSourceError(f"{url}: the token is refused ({status}); is it complete, and may it read this?")
    if status != requests.codes.ok:
        raise ImportSourceError(f"{url}: it answers {status}; is the address right?")


def _seconds(headers: Mapping[str, str]) -> float:
    for name in ("Retry-After", "ratelimit-reset"):
        written = headers.get(name, "")
        if written.isascii() and written.isdigit():
            return float(written)
    return 2.0


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    seconds = error.seconds if isinstance(error, _BusyError) else 1.0
    return min(max(seconds, float(2 ** (state.attempt_number - 1))), _LONGEST_PAUSE_SECONDS)
