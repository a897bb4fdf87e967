"""A second process that hands calls and texts to the providers while many are to go at once.

One interpreter computes on one core, and where many are to go half of its time is the provider's client. So that works
in a process of its own then, beside the engine that decides and records.

1. Few at a time go from here: a page in a quiet night depends on no other process. The other one is started when many
   are to go, and used while more than a few are under way.
2. Where an order cannot be handed over, it goes from here as ever. Where it was, and no answer comes, it may have gone:
   OutcomeUnknownError, as after an answer that the network lost, so the provider is asked before it is sent again.
3. A process that failed once is given up, and another is started a minute later at the earliest.
"""

import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oncall.channels.orders import READY, Order, receipt_of
from oncall.errors import OutcomeUnknownError
from oncall.ports import Clock, Receipt

# Of one incident a call and a text go at the same time.
FROM_HERE_AT_MOST = 2
MANY = 8
_START_WITHIN_SECONDS = 20.0
_LATER_THAN_AGREED_SECONDS = 1.0
_MANY_BYTES = 65_536
_NOT_AGAIN_FOR = timedelta(minutes=1)


class _Line:
    """Carries one order, and then its answer. Raises OSError where the other end is gone, or silent for too long."""

    def __init__(self, ours: socket.socket, seconds: float) -> None:
        self._socket = ours
        self._waits_for = 0.0
        self._wait_for(seconds)

    def write(self, order: bytes, seconds: float) -> None:
        self._wait_for(seconds)
        self._socket.sendall(order)

    def read(self) -> bytes:
        """A line; it does not end with a line feed where the other end was closed."""
        answer = b""
        while not answer.endswith(b"\n"):
            part = self._socket.recv(_MANY_BYTES)
            if not part:
                break
            answer += part
        return answer

    def _wait_for(self, seconds: float) -> None:
        # The kernel keeps the time: Python's own way makes four calls of two, each of which lets other threads in.
        if seconds != self._waits_for:
            whole, part = divmod(seconds, 1)
            limit = struct.pack("ll", int(whole), int(part * 1_000_000))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            self._waits_for = seconds

    def close(self) -> None:
        self._socket.close()


@dataclass
class _Running:
    """A process, and its lines: ``free`` ones, and how many are ``busy``."""

    process: subprocess.Popen[bytes]
    free: list[_Line] = field(default_factory=list)
    busy: int = 0
    given_up: bool = False


class SendingProcess:
    """May be used by many threads. ``command`` starts the process, the descriptors of its ``lines`` sockets appended;
    ``beside`` runs a function in a thread of its own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        lines: int,
        clock: Clock,
        log: Callable[..., None],
        beside: Callable[[Callable[[], None]], None],
    ) -> None:
        self._command = list(command)
        self._lines = lines
        self._clock = clock
        self._log = log
        self._beside = beside
        self._guard = threading.Lock()
        self._under_way = 0
        self._running: _Running | None = None
        self._is_starting = False
        self._is_closed = False
        self._not_before: datetime | None = None

    def carried_out(self, order: Order, from_here: Callable[[], Receipt]) -> Receipt:
        """What the provider said to it, wherever it went from. Raises ChannelError."""
        with self._guard:
            self._under_way += 1
            taken = self._free_line()
        try:
            return from_here() if taken is None else self._asked(*taken, order, from_here)
        finally:
            with self._guard:
                self._under_way -= 1

    def close(self, *, at_once: bool = False) -> None:
        """End the process once what it is sending has gone, or ``at_once``: that may have gone then. No other is
        started."""
        with self._guard:
            running, self._running = self._running, None
            self._is_closed = True
        if running is None:
            return
        self._give_up(running)
        if at_once:
            _end(running.process)

    def _free_line(self) -> tuple[_Running, _Line] | None:
        if self._running is None:
            if self._under_way >= MANY and self._may_start():
                self._start_beside()
            return None
        if self._under_way <= FROM_HERE_AT_MOST or not self._running.free:
            return None
        self._running.busy += 1
        return self._running, self._running.free.pop()

    def _start_beside(self) -> None:
        self._is_starting = True
        try:
            self._beside(self._start)
        except RuntimeError as problem:
            # The machine has no thread left, and what was to be sent goes all the same.
            self._is_starting = False
            self._not_before = self._clock.now() + _NOT_AGAIN_FOR
            self._log("sending_process.not_started", problem=repr(problem))

    def _may_start(self) -> bool:
        if self._is_starting or self._is_closed:
            return False
        return self._not_before is None or self._clock.now() >= self._not_before

    def _asked(self, running: _Running, line: _Line, order: Order, from_here: Callable[[], Receipt]) -> Receipt:
        try:
            line.write(order.as_line(), order.seconds + _LATER_THAN_AGREED_SECONDS)
        except OSError as problem:
            # Not whole, so nobody read it as an order.
            self._lost(running, line, repr(problem))
            return from_here()
        try:
            answer = line.read()
        except OSError as exc:
            self._lost(running, line, repr(exc))
            raise OutcomeUnknownError("the process that was sending it gave no answer; it may have been done") from exc
        if not answer.endswith(b"\n"):
            self._lost(running, line, "it ended")
        else:
            self._back(running, line)
        return receipt_of(answer)

    def _back(self, running: _Running, line: _Line) -> None:
        with self._guard:
            running.free.append(line)
            running.busy -= 1
        if running.given_up:
            self._give_up(running)

    def _lost(self, running: _Running, line: _Line, problem: str) -> None:
        line.close()
        with self._guard:
            running.busy -= 1
            is_news = self._running is running
            if is_news:
                self._running = None
                self._not_before = self._clock.now() + _NOT_AGAIN_FOR
        if is_news:
            self._log("sending_process.lost", problem=problem)
        self._give_up(running)

    def _give_up(self, running: _Running) -> None:
        """Hand it nothing more. Whoever has the last answer, or has waited for it in vain, ends it."""
        with self._guard:
            running.given_up = True
            lines, running.free = running.free, []
            is_over = not running.busy
        _close(lines)
        if is_over:
            _end(running.process)

    def _start(self) -> None:
        try:
            running = self._started()
        except OSError as problem:
            self._log("sending_process.not_started", problem=repr(problem))
            running = None
        with self._guard:
            self._is_starting = False
            self._not_before = self._clock.now() + _NOT_AGAIN_FOR
            if not self._is_closed:
                self._running = running
        if running is not None and self._is_closed:
            self._give_up(running)
        elif running is not None:
            self._log("sending_process.started", lines=self._lines)

    def _started(self) -> _Running:
        """Raises OSError where it cannot be started, or is not ready in time."""
        pairs = [socket.socketpair() for _ in range(self._lines)]
        lines = [_Line(ours, _START_WITHIN_SECONDS) for ours, _ in pairs]
        theirs = [end.fileno() for _, end in pairs]
        try:
            process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
                [*self._command, *map(str, theirs)], stdin=subprocess.DEVNULL, pass_fds=theirs
            )
        except OSError:
            _close(lines)
            raise
        finally:
            for _, end in pairs:
                end.close()
        try:
            for line in lines:
                if line.read() != READY:
                    raise ConnectionError("it ended before it was ready, or is of another release")
        except OSError:
            _close(lines)
            _end(process)
            raise
        return _Running(process, lines)


def _close(lines: Sequence[_Line]) -> None:
    for line in lines:
        line.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """It has nothing left to do; it may be frozen, too."""
    process.kill()
    process.wait()
