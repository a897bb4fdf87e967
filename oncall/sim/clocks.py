"""The time as the processes of a world read it: each from a clock of its own, which may be seconds wrong."""

from datetime import datetime, timedelta

from oncall.sim.timers import VirtualTimers
from oncall.system import SeededRng

# Leases allow for more (engine/leases.py); two processes may differ by twice as much.
MOST_SECONDS_WRONG = 2.0


class VirtualClock:
    """The world's time as one process reads it (ports.Clock): ``ahead`` of what it is, or behind where negative."""

    def __init__(self, timers: VirtualTimers, ahead: timedelta = timedelta(0)) -> None:
        self._timers = timers
        self.ahead = ahead

    def now(self) -> datetime:
        """The present instant, as far as this clock knows."""
        return self._timers.now() + self.ahead

    def sleep(self, seconds: float) -> None:
        """A short retry: the world does not move for it."""


class Clocks:
    """The clock of each process, by its name; all are right where ``seed`` is None. ``wrong_by`` is the most.

    A process that comes back has the clock that it had: its machine is the same.
    """

    def __init__(self, timers: VirtualTimers, seed: int | None) -> None:
        self._timers = timers
        self._seed = seed
        self.wrong_by = timedelta(seconds=0 if seed is None else MOST_SECONDS_WRONG)

    def of(self, process: str) -> VirtualClock:
        """The clock of this process."""
        share = 2 * SeededRng(f"clock of {process} {self._seed}").random() - 1
        return VirtualClock(self._timers, self.wrong_by * share)
