"""A telephone provider that takes every call and text, and remembers when."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Taken:
    """One call or text that the service asked for; ``at`` is monotonic, ``kind`` is Calls or Messages."""

    at: float
    kind: str
    to: str
    body: str
    url: str


class Provider:
    """What it was asked for, when it was asked to change something of it, and what it would list.

    ``tell`` is handed each that it takes, and the address that is to be told what becomes of it.
    """

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.changed_at: list[float] = []
        self.url = ""
        self.tell: Callable[[dict[str, str], str], None] | None = None
        self._listed: list[dict[str, str]] = []
        self._serial = count(1)
        self._changed = threading.Condition()

    def take(self, at: float, kind: str, form: dict[str, str]) -> dict[str, str]:
        """Create it; what the API answers."""
        to, body = form.get("To", ""), form.get("Body", "")
        with self._changed:
            sid = f"{'CA' if kind == 'Calls' else 'SM'}{next(self._serial):032x}"
            made = {"sid": sid, "status": "queued", "to": to, "body": body, "direction": "outbound-api", "kind": kind}
            made["date_created"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
            self._listed.append(made)
            self.taken.append(Taken(at, kind, to, body, form.get("Url", "")))
            self._changed.notify_all()
        if self.tell is not None:
            self.tell(made, form.get("StatusCallback", ""))
        return made

    def change(self, at: float) -> dict[str, str]:
        """Change a call or text, as asked; what the API answers."""
        with self._changed:
            self.changed_at.append(at)
            self._changed.notify_all()
        return {"sid": "changed", "status": "canceled"}

    def wait_for_changes(self, how_many: int, seconds: float) -> bool:
        """Whether so many changes were asked for in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.changed_at) >= how_many, seconds)

    def write_down(self, sid: str, from_number: str, to: str, ago_seconds: float) -> None:
        """List a call that came in so long ago and is over."""
        began = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() - ago_seconds))
        call = {"sid": sid, "status": "completed", "to": to, "from": from_number, "direction": "inbound"}
        with self._changed:
            self._listed.append({**call, "kind": "Calls", "start_time": began})

    def listing(self, kind: str, to: str, most: int) -> list[dict[str, str]]:
        """The latest of a number, newest first."""
        with self._changed:
            return [one for one in reversed(self._listed) if one["kind"] == kind and one["to"] == to][:most]

    def wait_for(self, how_many: int, seconds: float) -> bool:
        """Whether so many things were taken in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.taken) >= how_many, seconds)


class _Handler(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"
    # Head and body leave apart; without this the second waits for the first to be confirmed.
    disable_nagle_algorithm = True

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        """A call or a text; or a change of one, which is granted."""
        at = time.monotonic()
        form = dict(parse_qsl(self._body(), keep_blank_values=True))
        kind = self._kind()
        self._answer(201, self.provider.take(at, kind, form) if kind else self.provider.change(at))

    def do_GET(self) -> None:
        """A listing; nothing was recorded."""
        query, kind = dict(parse_qsl(urlsplit(self.path).query)), self._kind()
        if urlsplit(self.path).path.endswith("/Recordings.json"):
            self._answer(200, {"recordings": [], "page_size": 50, "next_page_uri": None})
            return
        if not kind:
            self._answer(404, {"code": 20404, "message": "not found", "status": 404})
            return
        found = self.provider.listing(kind, query.get("To", ""), int(query.get("PageSize", 50)))
        self._answer(200, {kind.lower(): found, "page_size": 50, "next_page_uri": None})

    def _body(self) -> str:
        """Raises ConnectionError where it broke off: whoever sent it is gone, and no provider takes half of it."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError(f"{len(body)} of {length} bytes came")
        return body.decode()

    def _kind(self) -> str:
        name = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".json")
        return name if name in ("Calls", "Messages") else ""

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_args: object) -> None:
        """A service that was killed in the middle of a request is what some tests are about."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider on loopback until the block ends."""
    provider = Provider()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": provider}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
