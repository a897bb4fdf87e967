"""The slow and obvious oracle: stand beside the clock on the wall, look at it every minute, and see whether we work.

Nothing here computes an instant, and nothing is looked up. A day opens in the minute in which the clock first shows its
opening time or a later one, closes likewise, and neither is undone when the clock is set back.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytz

from oncall.core.business_hours import BusinessHours

MINUTE = timedelta(minutes=1)
MIDNIGHT = time(0, 0)
LONG_AGO = datetime.fromisoformat("0001-01-01")
# Longer than any clock has been set back.
LOOK_BACK_FOR = timedelta(days=2)


def every_minute(hours: BusinessHours, since: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """Each minute from ``since`` on, what the clock shows in it, and whether business time runs."""
    zone = pytz.timezone(hours.timezone)
    at, latest = since - LOOK_BACK_FOR, LONG_AGO
    while True:
        shown = at.astimezone(zone).replace(tzinfo=None)
        latest = max(latest, shown)
        if at >= since:
            yield at, shown, works_at(hours, latest)
        at += MINUTE


def works_at(hours: BusinessHours, latest: datetime) -> bool:
    """Whether business time runs while this is the latest that the clock has shown."""
    day, hour = latest.date(), latest.time()
    if day.weekday() not in hours.days or day in hours.closed or day in hours.holiday_dates:
        return False
    return hours.opens <= hour and (hours.closes == MIDNIGHT or hour < hours.closes)


def deadline(hours: BusinessHours, since: datetime, minutes: int) -> datetime:
    """The end of the minute in which the last of so many business minutes passed."""
    left = minutes
    for at, _, works in every_minute(hours, since):
        left -= works
        if left == 0:
            return at + MINUTE
    raise AssertionError("the minutes never end")


def minutes_between(hours: BusinessHours, since: datetime, until: datetime) -> int:
    """How many business minutes there are."""
    found = 0
    for at, _, works in every_minute(hours, since):
        if at >= until:
            return found
        found += works
    raise AssertionError("the minutes never end")


def closing_of_the_next_day(hours: BusinessHours, since: datetime) -> datetime:
    """The end of the last business minute of the first business day whose date is after the one shown at first."""
    reported_on, opened_on = None, None
    for at, shown, works in every_minute(hours, since):
        reported_on = reported_on or shown.date()
        if opened_on is None and works and shown.date() > reported_on:
            opened_on = shown.date()
        elif opened_on is not None and not works:
            return at
        elif opened_on is not None and shown.date() > opened_on and shown.time() == MIDNIGHT:
            return at  # open until midnight, and again from midnight on
    raise AssertionError("the minutes never end")
