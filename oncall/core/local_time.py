"""Wall-clock times and instants.

A local time that daylight saving skips means the first instant after the gap; one that it repeats means the
first occurrence. So a later local time is never an earlier instant, and every comparison happens in UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytz

from oncall.core.clock_changes import clock_changes

_TICK = timedelta(microseconds=1)


def to_utc(timezone: str, wall: datetime) -> datetime:
    """The instant (aware, UTC) of a naive local time in a zone named as in the IANA database."""
    return clock_changes(timezone).instant(wall).replace(tzinfo=pytz.utc)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a local time was taken to mean. ``is_skipped``: no clock shows it. ``again_at``: when it comes again."""

    at: datetime
    is_skipped: bool = False
    again_at: datetime | None = None


def read_local(timezone: str, wall: datetime) -> Reading:
    """The same instant as `to_utc`, and whether the clock skips or repeats that time."""
    changes = clock_changes(timezone)
    at, again_at = changes.instant(wall), changes.second_instant(wall)
    return Reading(
        at.replace(tzinfo=pytz.utc),
        changes.wall(at) != wall,
        again_at.replace(tzinfo=pytz.utc) if again_at else None,
    )


def skipped_before(timezone: str, at: datetime) -> tuple[datetime, datetime] | None:
    """From which wall-clock time to which the clock is set on at this instant; None where it is not."""
    changes, instant = clock_changes(timezone), at.astimezone(pytz.utc).replace(tzinfo=None)
    since, until = changes.wall(instant - _TICK) + _TICK, changes.wall(instant)
    return (since, until) if since < until else None


def to_local(timezone: str, at: datetime) -> datetime:
    """The same instant in that zone, with its offset."""
    return at.astimezone(pytz.timezone(timezone))


def to_wall(timezone: str, at: datetime) -> datetime:
    """What a clock on the wall of that zone shows at an instant (naive)."""
    return to_local(timezone, at).replace(tzinfo=None)
