"""A queue that lets so many through a second, in order: what the account allows."""

from collections.abc import Callable
from datetime import datetime, timedelta

from oncall.sim.timers import Timers


class Pace:
    """One account's queue. ``per_second`` 0 lets everything through at once."""

    def __init__(self, timers: Timers, per_second: float) -> None:
        self._timers = timers
        self._per_second = per_second
        self._next_at: datetime | None = None

    def enqueue(self, do: Callable[[], None], *, weight: int = 1) -> None:
        """Do it when its turn comes, never before this call has returned; ``weight`` is how many turns it takes."""
        now = self._timers.now()
        turn = max(now, self._next_at) if self._next_at is not None else now
        if self._per_second:
            self._next_at = turn + timedelta(seconds=weight / self._per_second)
        self._timers.call_at(turn, do)
