"""A schedule as rows to be drawn: one for each rotation, one for the overrides, and who is on call in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from oncall.core.local_time import to_utc, to_wall
from oncall.core.schedule import Schedule, Shift, shifts

ON_CALL = "on call"
OVERRIDES = "overrides"
DAYS_IN_A_WEEK = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One engineer without a break; None is a coverage gap."""

    engineer: str | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """``bars`` do not overlap and are in order; ``is_result`` is the row that counts, where gaps are bars too."""

    label: str
    bars: tuple[Bar, ...]
    is_result: bool = False


def rows_of(schedule: Schedule, since: datetime, until: datetime) -> list[Row]:
    """In the order in which they cover each other, the result last; no row for overrides where none counts."""
    whole = shifts(schedule, since, until)
    rows = [
        Row(rotation.name, _bars(shifts(replace(schedule, rotations=(rotation,), overrides=()), since, until)))
        for rotation in schedule.rotations
    ]
    overrides = _bars([shift for shift in whole if not shift.rotation])
    if overrides:
        rows.append(Row(OVERRIDES, overrides))
    return [*rows, Row(ON_CALL, _bars(whole, gaps=True), is_result=True)]


def engineers_of(rows: Sequence[Row]) -> list[str]:
    """Everybody who is drawn, each once, in the order of the rows."""
    return list(dict.fromkeys(bar.engineer for row in rows for bar in row.bars if bar.engineer))


def _bars(found: Sequence[Shift], *, gaps: bool = False) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    for shift in found:
        if shift.engineer is None and not gaps:
            continue
        assert shift.starts_at is not None
        assert shift.ends_at is not None
        last = bars[-1] if bars else None
        if last and (last.engineer, last.ends_at) == (shift.engineer, shift.starts_at):
            bars[-1] = replace(last, ends_at=shift.ends_at)
        else:
            bars.append(Bar(shift.engineer, shift.starts_at, shift.ends_at))
    return tuple(bars)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days side by side, on the wall clock of ``timezone``: a position is a part of a day, whatever its length."""

    timezone: str
    first: date
    days: int

    @property
    def starts_at(self) -> datetime:
        """The first instant of the first day."""
        return self.at(0)

    @property
    def ends_at(self) -> datetime:
        """The first instant after the last day."""
        return self.at(self.days)

    def at(self, position: float) -> datetime:
        """The instant at so many days from the left edge."""
        wall = datetime(self.first.year, self.first.month, self.first.day) + position * _DAY  # noqa: DTZ001 - the wall's
        return to_utc(self.timezone, wall)

    def position(self, at: datetime) -> float:
        """So many days from the left edge; less than 0 and more than ``days`` outside."""
        wall = to_wall(self.timezone, at)
        return (wall - datetime(self.first.year, self.first.month, self.first.day)) / _DAY  # noqa: DTZ001 - the wall's

    def dates(self) -> list[date]:
        """Its days."""
        return [self.first + number * _DAY for number in range(self.days)]

    def cells(self, a_day: int) -> list[tuple[datetime, datetime]]:
        """The days cut into so many cells each; a cell that the clock jumps over has no length."""
        edges = [self.at(number / a_day) for number in range(self.days * a_day + 1)]
        return list(pairwise(edges))


def stretches(timezone: str, since: datetime, until: datetime, days: int) -> list[Stretch]:
    """Whole days from that of ``since`` to that which ends with or after ``until``, so many in a stretch."""
    first, last = to_wall(timezone, since), to_wall(timezone, until)
    whole = (last.date() - first.date()).days + (1 if last.time() != last.min.time() else 0)
    return [
        Stretch(timezone, first.date() + number * _DAY, min(days, whole - number)) for number in range(0, whole, days)
    ]
