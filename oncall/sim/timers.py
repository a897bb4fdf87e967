"""Timers: how the carrier waits. Virtual ones are moved by hand, real ones have a thread.

The carrier is one machine that is only ever touched by one thread at a time: virtual timers have one thread anyway,
real ones hold their ``lock`` while they call, and whoever calls the carrier from outside holds it too.
"""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from oncall.ports import Clock

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Timer(Protocol):
    """One call in the future."""

    def cancel(self) -> None:
        """Do not call; nothing happens where it has been called already."""
        ...


class Timers(Protocol):
    """The time, and calls in the future."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def call_at(self, at: datetime, do: Callable[[], None]) -> Timer:
        """Call at that instant, or at once if it has passed; of one instant, in the order they were asked for."""
        ...

    def run(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do slow work beside the machine, then hand its result to the machine."""
        ...


class _Entry:
    """A call in the heap; ``do`` is None once it was cancelled."""

    __slots__ = ("at", "do", "order")

    def __init__(self, at: datetime, order: int, do: Callable[[], None]) -> None:
        self.at = at
        self.order = order
        self.do: Callable[[], None] | None = do

    def __lt__(self, other: "_Entry") -> bool:
        return (self.at, self.order) < (other.at, other.order)

    def cancel(self) -> None:
        self.do = None


class VirtualTimers:
    """Time that stands still until it is moved; nothing here has a thread."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._heap: list[_Entry] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """The present instant of this world."""
        return self._now

    def call_at(self, at: datetime, do: Callable[[], None]) -> Timer:
        """Call when time is moved there."""
        entry = _Entry(max(at, self._now), next(self._order), do)
        heapq.heappush(self._heap, entry)
        return entry

    def run(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Work at this instant, as a call of its own: whoever asked is finished before."""
        self.call_at(self._now, lambda: then(work()))

    def next_at(self) -> datetime | None:
        """When the next call is due; None when there is none."""
        while self._heap and self._heap[0].do is None:
            heapq.heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def run_next(self) -> bool:
        """Move to the next call and make it; False when there is none."""
        at = self.next_at()
        if at is None:
            return False
        entry = heapq.heappop(self._heap)
        self._now = max(self._now, at)
        do, entry.do = entry.do, None
        if do is not None:
            do()
        return True

    def advance_to(self, instant: datetime) -> None:
        """Move to that instant and make every call that is due on the way."""
        while (at := self.next_at()) is not None and at <= instant:
            self.run_next()
        self._now = max(self._now, instant)

    def advance(self, seconds: float) -> None:
        """Move so far and make every call that is due on the way."""
        self.advance_to(self._now + timedelta(seconds=seconds))


class RealTimers:
    """Time as it passes: one thread makes the calls, a pool does the slow work."""

    def __init__(self, clock: Clock, *, workers: int = 16) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._changed = threading.Condition(self.lock)
        self._heap: list[_Entry] = []
        self._order = itertools.count()
        self._stopped = False
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="carrier-webhook")
        self._thread = threading.Thread(target=self._loop, name="carrier-timers", daemon=True)
        self._thread.start()

    def now(self) -> datetime:
        """The present instant."""
        return self._clock.now()

    def call_at(self, at: datetime, do: Callable[[], None]) -> Timer:
        """Call from the timers' thread, which holds the lock meanwhile."""
        with self._changed:
            entry = _Entry(at, next(self._order), do)
            heapq.heappush(self._heap, entry)
            self._changed.notify_all()
        return entry

    def run(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Work in the pool; its result is handed over from the timers' thread."""
        self._pool.submit(self._work, work, then)

    def stop(self) -> None:
        """Make no further calls."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=5)

    def _work(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        try:
            result = work()
        except Exception:  # noqa: BLE001  the pool's edge: a future that nobody reads would swallow it
            _log.exception("webhook worker failed")
            return
        self.call_at(self.now(), lambda: then(result))

    def _loop(self) -> None:
        with self._changed:
            while not self._stopped:
                wait_seconds = self._until_next()
                if wait_seconds is None or wait_seconds > 0:
                    self._changed.wait(wait_seconds)
                    continue
                entry = heapq.heappop(self._heap)
                if entry.do is not None:
                    self._call(entry.do)

    def _until_next(self) -> float | None:
        if not self._heap:
            return None
        return (self._heap[0].at - self.now()).total_seconds()

    def _call(self, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception:  # noqa: BLE001  the loop's edge: one broken call must not stop every telephone
            _log.exception("carrier timer failed")
