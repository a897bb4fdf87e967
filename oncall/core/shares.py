"""Shares: how much of the on-call duty each engineer carries, so that an unfair rotation shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from oncall.core.local_time import to_utc, to_wall
from oncall.core.shift import Shift

NIGHT_FROM = time(22, 0)
NIGHT_UNTIL = time(7, 0)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Share:
    """``total_for`` is all of it, of which ``nights_for`` lies between 22:00 and 07:00 and ``weekends_for`` on a
    Saturday or Sunday; a Saturday night counts as both."""

    total_for: timedelta = timedelta(0)
    nights_for: timedelta = timedelta(0)
    weekends_for: timedelta = timedelta(0)
    shifts: int = 0


def shares(shifts: Iterable[Shift], timezone: str) -> dict[str, Share]:
    """The share of every engineer who has a shift, the largest first; nights and weekends are those of the zone.

    The shifts must be clipped: one without a start or an end, and a coverage gap, counts for nobody.
    """
    found: dict[str, Share] = {}
    for shift in shifts:
        if shift.engineer is None or shift.starts_at is None or shift.ends_at is None:
            continue
        before = found.get(shift.engineer, Share())
        nights_for, weekends_for = _nights_and_weekends(shift.starts_at, shift.ends_at, timezone)
        found[shift.engineer] = Share(
            before.total_for + (shift.ends_at - shift.starts_at),
            before.nights_for + nights_for,
            before.weekends_for + weekends_for,
            before.shifts + 1,
        )
    return dict(sorted(found.items(), key=lambda item: (-item[1].total_for, item[0])))


def _nights_and_weekends(starts_at: datetime, ends_at: datetime, timezone: str) -> tuple[timedelta, timedelta]:
    nights_for = weekends_for = timedelta(0)
    day, last = to_wall(timezone, starts_at).date() - timedelta(days=1), to_wall(timezone, ends_at).date()
    while day <= last:
        following = day + timedelta(days=1)
        night = _at(timezone, day, NIGHT_FROM), _at(timezone, following, NIGHT_UNTIL)
        nights_for += _overlap(starts_at, ends_at, *night)
        if day.weekday() >= _SATURDAY:
            whole = _at(timezone, day, time(0)), _at(timezone, following, time(0))
            weekends_for += _overlap(starts_at, ends_at, *whole)
        day = following
    return nights_for, weekends_for


def _at(timezone: str, day: date, wall: time) -> datetime:
    return to_utc(timezone, datetime.combine(day, wall))


def _overlap(starts_at: datetime, ends_at: datetime, since: datetime, until: datetime) -> timedelta:
    return max(min(ends_at, until) - max(starts_at, since), timedelta(0))
