"""The clock changes of a zone as a table, so that local times become instants by looking up and adding.

All datetimes here are naive: instants are UTC, the others are what a clock on the wall shows.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate

import pytz
from pytz.tzinfo import BaseTzInfo

from oncall.core.tiling import BEGINNING, END


class ClockChanges:
    """What the clocks of one zone did, and will do, as far as pytz knows."""

    __slots__ = ("_begins", "_last_shown", "_offsets")

    def __init__(self, timezone: str) -> None:
        self._begins, self._offsets = _table(pytz.timezone(timezone))
        ends = [*self._begins[1:], END - timedelta(days=2)]
        # A clock that is set back has already shown what it will show again.
        shown = (end + offset for end, offset in zip(ends, self._offsets, strict=True))
        self._last_shown = list(accumulate(shown, max))

    def instant(self, wall: datetime) -> datetime:
        """The first instant at which the clock shows ``wall``, or later. Raises OverflowError beyond the calendar."""
        return self.instants((wall,))[0]

    def instants(self, walls: Iterable[datetime]) -> list[datetime]:
        """The same for many, which is quick where neighbours lie between the same two clock changes."""
        found = []
        since = until = BEGINNING
        begins, offset = BEGINNING, timedelta(0)
        for wall in walls:
            if not since <= wall < until:
                index = bisect_right(self._last_shown, wall)
                if index == len(self._begins):
                    raise OverflowError("beyond the calendar")
                since, until = self._last_shown[index - 1] if index else BEGINNING, self._last_shown[index]
                begins, offset = self._begins[index], self._offsets[index]
            at = wall - offset
            found.append(at if at >= begins else begins)
        return found

    def second_instant(self, wall: datetime) -> datetime | None:
        """The next instant at which the clock shows ``wall`` again; None where it shows it once, or never."""
        index = bisect_right(self._last_shown, wall)
        if index + 1 >= len(self._begins) or wall - self._offsets[index] < self._begins[index]:
            return None
        at = wall - self._offsets[index + 1]
        return at if at >= self._begins[index + 1] else None

    def wall(self, at: datetime) -> datetime:
        """What the clock shows at an instant."""
        return at + self._offsets[bisect_right(self._begins, at) - 1]

    def unchanged(self, at: datetime) -> tuple[datetime, datetime, timedelta]:
        """From when until when the clock runs on without a change about an instant, and by how much it is ahead."""
        index = bisect_right(self._begins, at) - 1
        until = self._begins[index + 1] if index + 1 < len(self._begins) else END
        return self._begins[index], until, self._offsets[index]


def _table(zone: BaseTzInfo) -> tuple[list[datetime], list[timedelta]]:
    """From when on which offset counts. pytz keeps this to itself, and nothing public of it says all changes."""
    begins = getattr(zone, "_utc_transition_times", None)
    info = getattr(zone, "_transition_info", ())
    if begins is None:
        return [BEGINNING], [zone.utcoffset(None) or timedelta(0)]
    return list(begins), [offset for offset, _, _ in info]


@lru_cache(maxsize=1024)
def clock_changes(timezone: str) -> ClockChanges:
    """Those of a zone named as in the IANA database."""
    return ClockChanges(timezone)
