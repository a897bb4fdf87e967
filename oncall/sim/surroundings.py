"""What the invariants need of the world that they watch."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from oncall.sim.carrier import Carrier
from oncall.sim.clocks import Clocks
from oncall.sim.pagerduty_schedule import PagerDutySchedule


class Surroundings(Protocol):
    """What the checks need of the world."""

    seed: int
    crashes: int
    replay: str
    clocks: Clocks
    oncalls: PagerDutySchedule | None

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """The accounts; the phones are the same to all."""
        ...

    @property
    def now(self) -> datetime:
        """The present instant."""
        ...

    @property
    def database_is_away(self) -> bool:
        """Whether every transaction is refused now."""
        ...

    @property
    def undisturbed(self) -> bool:
        """Whether nothing on our side or the provider's has gone wrong for a while."""
        ...

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Call so many seconds from now."""
        ...
