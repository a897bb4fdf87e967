"""What goes wrong on our side of a world, and what is told of it; and its time as the service reads it."""

from dataclasses import dataclass
from datetime import datetime

from oncall.sim.timers import VirtualTimers


@dataclass(frozen=True, slots=True)
class Mishaps:
    """Chances of what can go wrong on our side: a crash at a commit, an answer that gets lost, a wake-up unheard."""

    crash_before_commit: float = 0.0
    crash_after_commit: float = 0.0
    response_lost: float = 0.0
    wake_lost: float = 0.0
    restart_seconds: float = 2.0


NO_MISHAPS = Mishaps()


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the world's story: when, who, what."""

    at: datetime
    who: str
    what: str


class VirtualClock:
    """The world's time as the service reads it (ports.Clock)."""

    def __init__(self, timers: VirtualTimers) -> None:
        self._timers = timers

    def now(self) -> datetime:
        """The present instant of the world."""
        return self._timers.now()

    def sleep(self, seconds: float) -> None:
        """A short retry: the world does not move for it."""
