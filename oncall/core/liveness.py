"""Whether engines still work, and by how much clocks differ, told from what engines said last."""

from collections.abc import Iterable
from datetime import datetime, timedelta

# An engine says every five seconds that it works; one turn may take some seconds, and clocks may differ by five.
SILENT_AFTER = timedelta(seconds=30)
SKEW_WARNS_FROM = timedelta(seconds=2)
# What leases allow for: beyond it, engines take work from each other that is still being done.
SKEW_FAILS_FROM = timedelta(seconds=5)
_ZERO = timedelta(0)


def since_last_tick(ticks: Iterable[datetime], now: datetime) -> timedelta | None:
    """How long ago the freshest of these ticks was; never below nothing, as its clock may be ahead of ours.

    None where there is none.
    """
    return min((max(now - at, _ZERO) for at in ticks), default=None)


def alive(ticks: Iterable[datetime], now: datetime) -> int:
    """How many of these last ticks are of engines that still work."""
    return sum(abs(now - at) <= SILENT_AFTER for at in ticks)
