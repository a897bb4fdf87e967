"""Where slow work is done, so that a provider that hangs holds up nobody else."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import Protocol


class Workers(Protocol):
    """Where slow work is done."""

    def free(self) -> int:
        """How many more jobs may be handed over now."""
        ...

    def may_wait(self) -> int:
        """How many jobs more may be handed over that will wait for each other, as they will not wait for long."""
        ...

    def wait_for_room(self, seconds: float) -> None:
        """Wait until jobs may be handed over, but no longer than this."""
        ...

    def submit(self, job: Callable[[], None], *, first: bool = False) -> None:
        """Do it, at once or soon, ``first`` before all that wait; a job records its own failures."""
        ...

    def drain(self, seconds: float | None = None) -> bool:
        """Wait until everything that was handed over is done, but no longer than this; whether it is done."""
        ...


class Inline:
    """Workers that do each job at once, in the caller's thread: for simulations, and to read a test line by line."""

    def free(self) -> int:
        """Always room for a batch."""
        return 100

    def may_wait(self) -> int:
        """Nothing waits."""
        return 0

    def wait_for_room(self, seconds: float) -> None:
        """There always is."""

    def submit(self, job: Callable[[], None], *, first: bool = False) -> None:
        """Do it now."""
        job()

    def drain(self, seconds: float | None = None) -> bool:
        """Nothing is ever pending."""
        return True


class Threads:
    """Workers that do up to ``count`` jobs at the same time."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="oncall-send")
        self._changed = Condition()
        self._first: deque[Callable[[], None]] = deque()
        self._others: deque[Callable[[], None]] = deque()
        self._unfinished = 0
        self._done_lately = 0
        # With fewer than these in hand, more are taken: those that hand out need their time too, and no thread is to be
        # without a job meanwhile.
        self._enough = count * 9 // 4

    def free(self) -> int:
        """Idle threads: what is claimed must not wait long for a thread while its lease runs."""
        # More than there are threads may have been handed over; less than no room would be read as some.
        return max(0, self._count - self._unfinished)

    def may_wait(self) -> int:
        """As many as have been done since some were allowed last, twice the threads at most; none while there are
        still enough that wait. Where a provider hangs nothing gets done, and nothing more waits behind it."""
        with self._changed:
            allowed = self._allowed()
            if allowed:
                self._done_lately = 0
            return allowed

    def _allowed(self) -> int:
        if self._unfinished > self._enough:
            return 0
        waiting = max(0, self._unfinished - self._count)
        return max(0, min(2 * self._count, 2 * self._done_lately) - waiting)

    def _has_room(self) -> bool:
        return self._unfinished < self._count or self._allowed() > 0

    def wait_for_room(self, seconds: float) -> None:
        """Until a thread is idle, or more may wait for one."""
        with self._changed:
            self._changed.wait_for(self._has_room, seconds)

    def submit(self, job: Callable[[], None], *, first: bool = False) -> None:
        """Do it in the next idle thread."""
        with self._changed:
            self._unfinished += 1
            (self._first if first else self._others).append(job)
        self._pool.submit(self._do_next)

    def _do_next(self) -> None:
        with self._changed:
            job = (self._first or self._others).popleft()
        try:
            job()
        finally:
            with self._changed:
                self._unfinished -= 1
                self._done_lately += 1
                if self._has_room():
                    self._changed.notify_all()

    def drain(self, seconds: float | None = None) -> bool:
        """Wait for what is running."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unfinished, seconds)
