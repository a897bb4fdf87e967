"""Wall-clock times and instants.

A local time that daylight saving skips means the first instant after the gap; one that it repeats means the
first occurrence. So a later local time is never an earlier instant, and every comparison happens in UTC.
"""

from datetime import datetime, timedelta
from functools import lru_cache

import pytz
from pytz.tzinfo import BaseTzInfo

_DAY = timedelta(days=1)


@lru_cache(maxsize=8192)
def to_utc(timezone: str, wall: datetime) -> datetime:
    """The instant (aware, UTC) of a naive local time in a zone named as in the IANA database."""
    zone = pytz.timezone(timezone)
    try:
        return zone.localize(wall, is_dst=None).astimezone(pytz.utc)
    except pytz.AmbiguousTimeError:
        return _candidates(zone, wall)[0]
    except pytz.NonExistentTimeError:
        return _first_instant_after(zone, wall)


def to_local(timezone: str, at: datetime) -> datetime:
    """The same instant in that zone, with its offset."""
    return at.astimezone(pytz.timezone(timezone))


def to_wall(timezone: str, at: datetime) -> datetime:
    """What a clock on the wall of that zone shows at an instant (naive)."""
    return to_local(timezone, at).replace(tzinfo=None)


def _candidates(zone: BaseTzInfo, wall: datetime) -> list[datetime]:
    return sorted(zone.localize(wall, is_dst=is_dst).astimezone(pytz.utc) for is_dst in (True, False))


def _first_instant_after(zone: BaseTzInfo, wall: datetime) -> datetime:
    """Where the clock jumps over ``wall``. Changes fall on whole seconds, so seconds are searched."""
    first, last = _candidates(zone, wall)
    before, after = int((first - _DAY).timestamp()), int((last + _DAY).timestamp())
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, pytz.utc).astimezone(zone).replace(tzinfo=None) > wall:
            after = middle
        else:
            before = middle
    return datetime.fromtimestamp(after, pytz.utc)
