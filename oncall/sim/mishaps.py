"""What goes wrong on our side of a world, and what is told of it."""

from dataclasses import dataclass
from datetime import datetime


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
