"""Where slow work is done, so that a provider that hangs holds up nobody else."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol


class Workers(Protocol):
    """Where slow work is done."""

    def free(self) -> int:
        """How many more jobs may be handed over now."""
        ...

    def submit(self, job: Callable[[], None]) -> None:
        """Do it, at once or soon; a job records its own failures."""
        ...

    def drain(self) -> None:
        """Wait until everything that was handed over is done."""
        ...


class Inline:
    """Workers that do each job at once, in the caller's thread: for simulations, and to read a test line by line."""

    def free(self) -> int:
        """Always room for a batch."""
        return 100

    def submit(self, job: Callable[[], None]) -> None:
        """Do it now."""
        job()

    def drain(self) -> None:
        """Nothing is ever pending."""


class Threads:
    """Workers that do up to ``count`` jobs at the same time."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="oncall-send")
        self._running: set[Future[None]] = set()

    def free(self) -> int:
        """Idle threads: what is claimed must not wait for a thread while its lease runs."""
        self._running = {future for future in self._running if not future.done()}
        # More than there are threads may have been handed over; less than no room would be read as some.
        return max(0, self._count - len(self._running))

    def submit(self, job: Callable[[], None]) -> None:
        """Do it in the next idle thread."""
        self._running.add(self._pool.submit(job))

    def drain(self) -> None:
        """Wait for what is running."""
        wait(self._running)
