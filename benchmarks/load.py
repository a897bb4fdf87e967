"""A load generator that takes next to nothing from the servers it measures: one thread, raw sockets, bytes made before.

Each connection is kept alive and sends its next request when the answer to the last has come.
"""

import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Load:
    """What one round saw; latencies in seconds, of good answers."""

    latencies: list[float]
    failures: list[bytes]
    seconds: float

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency, in seconds, that this share of the answers kept; 0 where there were none."""
        return quantile(self.latencies, share)


def quantile(values: Iterable[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


@dataclass(slots=True)
class _Line:
    """One connection."""

    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def answer(self) -> bytes:
        """The whole answer, once it is here; b"" before."""
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return b""
        _, _, rest = head.lower().partition(b"content-length:")
        length = int(rest.partition(b"\r\n")[0] or 0)
        return bytes(self.received) if len(body) >= length else b""


def is_document(answer: bytes) -> bool:
    """Whether it is 200, and a document of ours."""
    return answer.startswith(b"HTTP/1.1 200") and b"<Response" in answer


def put_under_load(
    port: int,
    requests: Iterable[bytes],
    *,
    connections: int = 16,
    seconds: float,
    is_good: Callable[[bytes], bool] = is_document,
) -> Load:
    """Send these requests for so long, or until there are no more. Raises OSError where the server hangs up."""
    todo = iter(requests)
    latencies: list[float] = []
    failures: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        until = began + seconds
        open_lines = sum(_next(_connect(selector, port), todo) for _ in range(connections))
        while open_lines:
            for key, _ in selector.select(10):
                line: _Line = key.data
                answer = _read(line)
                if not answer:
                    continue
                now = time.perf_counter()
                good = is_good(answer)
                latencies.append(now - line.sent_at) if good else failures.append(answer[:300])
                if now >= until or not _next(line, todo):
                    selector.unregister(line.socket)
                    line.socket.close()
                    open_lines -= 1
        return Load(latencies, failures, time.perf_counter() - began)


def _connect(selector: selectors.BaseSelector, port: int) -> _Line:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line = _Line(connection)
    selector.register(connection, selectors.EVENT_READ, line)
    return line


def _next(line: _Line, todo: Iterator[bytes]) -> bool:
    request = next(todo, None)
    if request is None:
        return False
    line.received.clear()
    line.sent_at = time.perf_counter()
    line.socket.sendall(request)
    return True


def _read(line: _Line) -> bytes:
    part = line.socket.recv(65536)
    if not part:
        raise ConnectionResetError("the server hung up in the middle of a round")
    line.received += part
    return line.answer()
