"""What the engine needs of the machine: time, ids, chance, and being woken."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait so long."""
        ...


class Ids(Protocol):
    """Names that nobody else has."""

    def new(self) -> str:
        """A fresh id: 32 letters and digits, safe in a URL, not secret."""
        ...

    def secret(self) -> str:
        """A fresh secret of at least 128 bits, safe in a URL."""
        ...


class Rng(Protocol):
    """Chance."""

    def random(self) -> float:
        """A number from 0 up to but not including 1."""
        ...


class Wake(Protocol):
    """How the engine sleeps until there is work. It is only a hint: the rows hold the work."""

    def wait(self, timeout_seconds: float) -> bool:
        """Sleep at most so long; True when somebody called."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...
