"""The webs of one installation behind one address, as a load balancer has them."""

import http.client
import random
import time


class Doors:
    """Requests go to any web whose port is open here. ``took`` has the seconds that each answer took, by when it came."""

    def __init__(self, *ports: int) -> None:
        self._ports = ports
        self.took: list[tuple[float, float]] = []

    def through(self, *ports: int) -> None:
        """From now on, requests go to these."""
        self._ports = ports

    def post(self, request: bytes) -> bytes:
        """The TwiML that came back, whole; b"" for anything else."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", random.choice(self._ports), timeout=10)
        try:
            connection.connect()
            connection.sock.sendall(request)
            response = http.client.HTTPResponse(connection.sock, method="POST")
            response.begin()
            document = response.read().rstrip()
            return document if response.status == http.HTTPStatus.OK and document.endswith(b"</Response>") else b""
        except (OSError, http.client.HTTPException):
            return b""
        finally:
            connection.close()
            ended = time.monotonic()
            self.took.append((ended, ended - began))

    def slowest(self, since: float, until: float) -> float:
        """The longest that any answer took, of those that came between these instants; 0.0 where there was none."""
        return max((seconds for at, seconds in self.took if since <= at <= until), default=0.0)
