"""A small server that answers as Twilio's API does, or as we tell it to. One send for each answer."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
TOKEN = "the-auth-token"
BASIC = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


@dataclass
class Request:
    """What came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    headers: dict[str, str]
    body: str = ""


@dataclass
class Answer:
    """What goes out.

    ``after`` seconds of silence come first, ``drip`` seconds before each byte of the body, with ``drip_head`` of the
    head, too.
    """

    status: int = 200
    body: bytes | str | dict[str, object] = b""
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    drip: float = 0.0
    drip_head: bool = False
    hang_up: bool = False


def refused(status: int, code: int, message: str = "no") -> Answer:
    """As Twilio refuses."""
    body: dict[str, object] = {"code": code, "message": message, "more_info": "", "status": status}
    return Answer(status, body)


def created(sid: str, status: str = "queued") -> Answer:
    """As Twilio confirms."""
    return Answer(201, {"sid": sid, "status": status, "direction": "outbound-api"})


class FakeTwilio:
    """Answers in the order given; the last answer again and again."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[Answer | Callable[[Request], Answer]] = []
        self.url = ""

    def will(self, *answers: Answer | Callable[[Request], Answer]) -> None:
        """Say what it answers from now on."""
        self.answers = list(answers)

    def answer(self, request: Request) -> Answer:
        """The next answer."""
        self.requests.append(request)
        one = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return one(request) if callable(one) else one


class _Handler(BaseHTTPRequestHandler):
    fake: FakeTwilio
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        answer = self.fake.answer(
            Request(
                self.command,
                parts.path,
                parse_qs(parts.query),
                parse_qs(body, keep_blank_values=True),
                dict(self.headers.items()),
                body,
            )
        )
        try:
            self._give(answer)
        except OSError:
            self.close_connection = True

    def _give(self, answer: Answer) -> None:
        time.sleep(answer.after)
        if answer.hang_up:
            self.close_connection = True
            self.connection.close()
            return
        body = answer.body
        if isinstance(body, dict):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
        head = f"HTTP/1.1 {answer.status} x\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        if not answer.drip:
            self.connection.sendall(head.encode() + b"\r\n" + body)
            return
        head_bytes = head.encode() + b"\r\n"
        if not answer.drip_head:
            self.connection.sendall(head_bytes)
        for byte in (head_bytes + body) if answer.drip_head else body:
            time.sleep(answer.drip)
            self.connection.sendall(bytes([byte]))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """A client that went away is what some tests are about."""


@contextmanager
def running_fake_twilio(port: int = 0) -> Iterator[FakeTwilio]:
    """The server, on loopback, until the block ends."""
    fake = FakeTwilio()

    server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"fake": fake}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
