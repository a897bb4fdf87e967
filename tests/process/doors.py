"""The webs of one installation behind one address, as a load balancer has them."""

import http.client
import random
import threading
import time
from collections import Counter


class Doors:
    """Requests go to any web whose port is open here.

    ``took`` has when each answer came, by the monotonic clock, and how many seconds it took.
    """

    def __init__(self, *ports: int) -> None:
        self._ports = ports
        self._under_way: Counter[int] = Counter()
        self._changed = threading.Condition()
        self.took: list[tuple[float, float]] = []

    def through(self, *ports: int) -> None:
        """From now on requests go to these; none is under way to any other when this returns."""
        with self._changed:
            self._ports = ports
            closed = [port for port in self._under_way if port not in ports]
            assert self._changed.wait_for(lambda: not any(self._under_way[port] for port in closed), 12)

    def post(self, request: bytes) -> bytes:
        """The TwiML that came back, whole; b"" for anything else."""
        with self._changed:
            port = random.choice(self._ports)
            self._under_way[port] += 1
        began = time.monotonic()
        try:
            return _answer(port, request)
        finally:
            ended = time.monotonic()
            with self._changed:
                self.took.append((ended, ended - began))
                self._under_way[port] -= 1
                self._changed.notify_all()

    def slowest(self, since: float, until: float) -> float:
        """The longest that any answer took, of those that came between these instants; 0.0 where there was none."""
        return max((seconds for at, seconds in self.took if since <= at <= until), default=0.0)


def _answer(port: int, request: bytes) -> bytes:
    status, body = answered(port, request, seconds=10)
    document = body.rstrip()
    return document if status == http.HTTPStatus.OK and document.endswith(b"</Response>") else b""


def answered(port: int, request: bytes, *, seconds: float) -> tuple[int, bytes]:
    """The status and the body of what came back whole in time; 0 and nothing where none did."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.connect()
        connection.sock.sendall(request)
        response = http.client.HTTPResponse(connection.sock, method="POST")
        response.begin()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
