"""HTTP without sockets: webhooks into the service's WSGI app, and the service's requests into the carrier's."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from wsgiref.types import WSGIApplication

import requests
from requests.structures import CaseInsensitiveDict

from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_http import ApiHttpClient, TimeLimits
from oncall.ports import Clock


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a WSGI app answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """Its Content-Type, or ""."""
        return next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")


def ask(app: WSGIApplication, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
    """One request to this app, in this thread. Whatever the app raises comes through."""
    parts = urlsplit(url)
    raw = parts.path + (f"?{parts.query}" if parts.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": raw,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    begun: list[tuple[int, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _problem: Any = None) -> Callable[[bytes], object]:
        begun.append((int(status.split(" ", 1)[0]), dict(headers)))
        return lambda _data: None

    parts_of_body = app(environ, start_response)
    try:
        content = b"".join(parts_of_body)
    finally:
        close = getattr(parts_of_body, "close", None)
        if close is not None:
            close()
    status, answered = begun[-1]
    return HttpAnswer(status, answered, content)


def post_form(app: WSGIApplication, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> HttpAnswer:
    """A form, posted."""
    typed = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return ask(app, "POST", url, typed, urlencode(form).encode())


# Hears of every request to the provider: method, path, form, and what was answered.
Heard = Callable[[str, str, Mapping[str, str], HttpAnswer], None]


class InProcessHttp(ApiHttpClient):
    """The library's door to the network, which leads into the carrier's app instead."""

    def __init__(self, app: WSGIApplication, api_url: str, clock: Clock, heard: Heard) -> None:
        super().__init__(api_url, clock, TimeLimits())
        self._app = app
        self._heard = heard

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
        """The carrier's answer, as if it had come over the network."""
        # `requests` would make the same of it, at three times the price, in every one of a world's requests.
        query, form = urlencode(_fields(params)), _fields(data)
        address = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})} if form else {**(headers or {})}
        if auth is not None:
            sent["Authorization"] = f"Basic {b64encode(':'.join(auth).encode()).decode()}"
        answer = ask(self._app, method, address, sent, urlencode(form).encode())
        said = {name: value for name, value in reversed(form) if value}
        self._heard(method, urlsplit(url).path, said, answer)
        return _as_response(address, answer)

    def content(self, response: requests.Response, max_bytes: int, seconds: float) -> bytes:
        """The body, which is all there: nothing trickles here."""
        return bytes(response.raw.read())


def _fields(given: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Names and texts as `requests` sends them: a name once for each value of its list, and none for a value that is
    None."""
    return [
        (name, str(value))
        for name, values in (given or {}).items()
        for value in (values if isinstance(values, (list, tuple)) else (values,))
        if value is not None
    ]


class InProcessAccount(TwilioAccount):
    """Our account at a carrier in this process: the real client, without a network."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_url: str,
        *,
        app: WSGIApplication,
        from_number: Callable[[], str],
        clock: Clock,
        heard: Heard,
    ) -> None:
        super().__init__(account_sid, auth_token, api_url, from_number=from_number, clock=clock)
        self._in_process = InProcessHttp(app, api_url, clock, heard)

    def _http(self) -> ApiHttpClient:
        return self._in_process


def _as_response(url: str, answer: HttpAnswer) -> requests.Response:
    response = requests.Response()
    response.url = url
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = BytesIO(answer.body)
    return response
