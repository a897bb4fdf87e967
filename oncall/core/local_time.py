"""Wall-clock times and instants.

A local time that daylight saving skips means the first instant after the gap; one that it repeats means the
first occurrence. So a later local time is never an earlier instant, and every comparison happens in UTC.
"""

from datetime import datetime

import pytz

from oncall.core.clock_changes import clock_changes


def to_utc(timezone: str, wall: datetime) -> datetime:
    """The instant (aware, UTC) of a naive local time in a zone named as in the IANA database."""
    return clock_changes(timezone).instant(wall).replace(tzinfo=pytz.utc)


def to_local(timezone: str, at: datetime) -> datetime:
    """The same instant in that zone, with its offset."""
    return at.astimezone(pytz.timezone(timezone))


def to_wall(timezone: str, at: datetime) -> datetime:
    """What a clock on the wall of that zone shows at an instant (naive)."""
    return to_local(timezone, at).replace(tzinfo=None)
