"""A load generator that takes next to nothing from the servers it measures: one thread, raw sockets, bytes made before.

Each connection is kept alive, as long as the server wants that, and sends its next request when the answer to the last
has come, or when it is due.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Load:
    """What one round saw; latencies in seconds, of good answers. ``computing`` is the processor time, in seconds, that
    the generator itself took."""

    latencies: list[float]
    failures: list[bytes]
    seconds: float
    computing: float = 0.0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def answers(self) -> int:
        """How many there were, of any kind."""
        return len(self.latencies) + len(self.failures)

    @property
    def answered(self) -> float:
        """Answers of any kind a second."""
        return self.answers / self.seconds

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


class _Schedule:
    """When the next request is due; at once where ``pace``, requests a second, is 0."""

    def __init__(self, pace: float, began: float) -> None:
        self._gap = 1 / pace if pace else 0.0
        self._next = began

    def wait(self, now: float) -> float:
        """Seconds until the next is due, 0 where it is."""
        return max(0.0, self._next - now) if self._gap else 0.0

    def taken(self, now: float) -> float:
        """The next is sent now; comes back with when it was due."""
        due = self._next if self._gap else now
        self._next += self._gap
        return due


def put_under_load(
    port: int,
    requests: Iterable[bytes],
    *,
    connections: int = 16,
    seconds: float,
    pace: float = 0.0,
    is_good: Callable[[bytes], bool] = is_document,
) -> Load:
    """Send these requests for so long, or until there are no more; at most ``pace`` a second, unless it is 0.

    With a pace, a request that has to wait for a free connection has waited since it was due. Raises OSError where the
    server hangs up.
    """
    todo = iter(requests)
    latencies: list[float] = []
    failures: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        free = deque(_connect(selector, port) for _ in range(connections))
        busy = 0
        began, took = time.perf_counter(), time.process_time()
        until, schedule = began + seconds, _Schedule(pace, began)
        while True:
            now = time.perf_counter()
            while free and now < until and not schedule.wait(now):
                # In turns: the server hangs up on whoever is idle for seconds.
                if not _next(free[0], todo, schedule.taken(now)):
                    until = now
                    break
                free.popleft()
                busy += 1
            if not busy and now >= until:
                break
            # Selectors count in whole milliseconds, so what is due sooner goes with the next.
            patience = min(schedule.wait(now), until - now) if free and now < until else 10.0
            for key, _ in selector.select(patience):
                line: _Line = key.data
                answer = _read(line)
                if answer:
                    good = is_good(answer)
                    latencies.append(time.perf_counter() - line.sent_at) if good else failures.append(answer[:300])
                    free.append(_still_open(selector, port, line, answer))
                    busy -= 1
        ended = time.perf_counter()
        for line in free:
            line.socket.close()
        return Load(latencies, failures, ended - began, time.process_time() - took)


def _connect(selector: selectors.BaseSelector, port: int) -> _Line:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line = _Line(connection)
    selector.register(connection, selectors.EVENT_READ, line)
    return line


def _still_open(selector: selectors.BaseSelector, port: int, line: _Line, answer: bytes) -> _Line:
    """The same connection, or another where the server has said that it closes this one."""
    if b"\r\nconnection: close\r\n" not in answer.partition(b"\r\n\r\n")[0].lower() + b"\r\n":
        return line
    selector.unregister(line.socket)
    line.socket.close()
    return _connect(selector, port)


def _next(line: _Line, todo: Iterator[bytes], due: float) -> bool:
    request = next(todo, None)
    if request is None:
        return False
    line.received.clear()
    line.sent_at = due
    line.socket.sendall(request)
    return True


def _read(line: _Line) -> bytes:
    part = line.socket.recv(65536)
    if not part:
        raise ConnectionResetError("the server hung up in the middle of a round")
    line.received += part
    return line.answer()
