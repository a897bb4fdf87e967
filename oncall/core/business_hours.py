"""Business hours: when "one business hour" runs, and where a promise that is counted in it ends.

A day opens and closes at wall-clock times of one zone, except on the days that are closed. Both become instants as
everywhere here: a local time that daylight saving skips is the first instant after the gap, one that it repeats is the
first occurrence. All counting is done in UTC, so a day on which the clocks change may be an hour longer or shorter.

The openings of a year are worked out once for each calendar, with the business time that went before each of them;
an answer is then looked up by bisection. Threads may share them: the worst is that two make the same year.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import pytz

from oncall.core.clock_changes import ClockChanges, clock_changes
from oncall.errors import NoBusinessTimeError

MON_TO_FRI: tuple[int, ...] = (0, 1, 2, 3, 4)
# How far a deadline is looked for. A promise that takes longer is refused where it is written.
LOOKED_FOR_YEARS = 30

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_MIDNIGHT = time(0, 0)
_FIRST_YEAR, _LAST_YEAR = 2, 9997


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """``days`` count from Monday = 0; ``holidays`` is a country or region code, or "".

    ``closes`` 00:00 is the midnight at the end of the day. ``holiday_dates`` are the public holidays of that code,
    ``closed`` the company's own closing days: neither is a business day.
    """

    timezone: str = "UTC"
    days: tuple[int, ...] = MON_TO_FRI
    opens: time = time(9, 0)
    closes: time = time(18, 0)
    holidays: str = ""
    closed: frozenset[date] = frozenset()
    holiday_dates: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Whether it is a day on which we work, by the calendar alone."""
        return day.weekday() in self.days and day not in self.closed and day not in self.holiday_dates


def add_business_time(start: datetime, duration: timedelta, hours: BusinessHours) -> datetime:
    """The instant (UTC) at which so much business time has passed since ``start``.

    Time that ends exactly with a day ends at its closing, not at the next opening; no time at all ends at ``start``.
    Raises NoBusinessTimeError where that is not within LOOKED_FOR_YEARS.
    """
    if duration <= _NOTHING:
        return start
    at = _naive(start)
    calendar = _calendar(hours)
    number = (at - _DAY).year
    wanted = duration
    for _ in range(LOOKED_FOR_YEARS):
        year = calendar.year(number)
        # Where the clocks are ahead of UTC, what began in one year may be under way in the next.
        wanted += year.passed(at)
        if wanted <= year.total:
            return year.after(wanted).replace(tzinfo=pytz.utc)
        wanted -= year.total
        number += 1
    raise NoBusinessTimeError(
        f"{duration} of business time is not to be had within {LOOKED_FOR_YEARS} years of {start:%Y-%m-%d}: "
        "open on more days, or promise less"
    )


def business_time_between(begins_at: datetime, ends_at: datetime, hours: BusinessHours) -> timedelta:
    """How much business time lies between two instants; nothing where the second is not later."""
    if ends_at <= begins_at:
        return _NOTHING
    first, last = _naive(begins_at), _naive(ends_at)
    calendar = _calendar(hours)
    # A day more at both ends: the years are those of the clock on the wall.
    years = range((first - _DAY).year, (last - _DAY).year + 2)
    return sum((calendar.year(each).passed(last) - calendar.year(each).passed(first) for each in years), _NOTHING)


def end_of_next_business_day(at: datetime, hours: BusinessHours) -> datetime:
    """The instant (UTC) at which the first business day after the day of ``at`` closes.

    The day is the one that the clock on the wall shows at ``at``, whether it is a business day or not, and whatever the
    hour: of what comes on Monday, at 07:00, 10:00 or 22:00, it is Tuesday's closing; of what comes on Friday, Saturday
    or Sunday, Monday's; holidays and closing days are passed by. Raises NoBusinessTimeError as `add_business_time`.
    """
    calendar = _calendar(hours)
    today = calendar.changes.wall(_naive(at)).date()
    for number in range(today.year, today.year + LOOKED_FOR_YEARS):
        year = calendar.year(number)
        index = bisect_right(year.days, today)
        if index < len(year.days):
            return year.closes[index].replace(tzinfo=pytz.utc)
    raise NoBusinessTimeError(
        f"there is no business day within {LOOKED_FOR_YEARS} years of {at:%Y-%m-%d}: open on more days"
    )


def is_open(at: datetime, hours: BusinessHours) -> bool:
    """Whether business time runs at this instant; it does at the opening, and no more at the closing."""
    instant = _naive(at)
    number = (instant - _DAY).year
    return any(_calendar(hours).year(each).is_open(instant) for each in (number, number + 1))


def next_opening(at: datetime, hours: BusinessHours) -> datetime:
    """The first instant (UTC), from ``at`` on, at which business time runs: ``at`` itself while it does.

    Raises NoBusinessTimeError as `add_business_time`.
    """
    if is_open(at, hours):
        return at
    instant = _naive(at)
    number = (instant - _DAY).year
    for each in range(number, number + LOOKED_FOR_YEARS):
        year = _calendar(hours).year(each)
        index = bisect_left(year.opens, instant)
        if index < len(year.opens):
            return year.opens[index].replace(tzinfo=pytz.utc)
    raise NoBusinessTimeError(
        f"business hours do not open within {LOOKED_FOR_YEARS} years of {at:%Y-%m-%d}: open on more days"
    )


class _Year:
    """The openings of the days of one year on the wall, in order, as instants (naive, UTC).

    ``before`` is the business time of the year that went before each of them, ``days`` the date of each.
    """

    __slots__ = ("before", "closes", "days", "opens", "total")

    def __init__(self, hours: BusinessHours, changes: ClockChanges, number: int) -> None:
        days = [day for day in _days_of(number) if hours.is_business_day(day)]
        closing = _DAY if hours.closes == _MIDNIGHT else _NOTHING
        opens = changes.instants([datetime.combine(day, hours.opens) for day in days])
        closes = changes.instants([datetime.combine(day, hours.closes) + closing for day in days])
        self.days: list[date] = []
        self.opens: list[datetime] = []
        self.closes: list[datetime] = []
        self.before: list[timedelta] = []
        self.total = _NOTHING
        for day, opens_at, closes_at in zip(days, opens, closes, strict=True):
            if opens_at < closes_at:  # a zone may skip a whole day
                self.days.append(day)
                self.opens.append(opens_at)
                self.closes.append(closes_at)
                self.before.append(self.total)
                self.total += closes_at - opens_at

    def passed(self, at: datetime) -> timedelta:
        """The business time of this year that has passed by then."""
        index = bisect_right(self.opens, at) - 1
        return self.before[index] + min(at, self.closes[index]) - self.opens[index] if index >= 0 else _NOTHING

    def after(self, passed: timedelta) -> datetime:
        """The first instant by which so much of it has passed; some, and not more than ``total``."""
        index = bisect_left(self.before, passed) - 1
        return self.opens[index] + (passed - self.before[index])

    def is_open(self, at: datetime) -> bool:
        """Whether one of these openings is under way."""
        index = bisect_right(self.opens, at) - 1
        return index >= 0 and at < self.closes[index]


class _Calendar:
    """Business hours, worked out for the years that were asked for."""

    __slots__ = ("_hours", "_years", "changes")

    def __init__(self, hours: BusinessHours) -> None:
        self._hours = hours
        self.changes = clock_changes(hours.timezone)
        self._years: dict[int, _Year] = {}

    def year(self, number: int) -> _Year:
        """One year. Raises NoBusinessTimeError beyond the calendar."""
        found = self._years.get(number)
        if found is None:
            if not _FIRST_YEAR <= number <= _LAST_YEAR:
                raise NoBusinessTimeError(f"the year {number} is beyond the calendar: promise less")
            found = self._years[number] = _Year(self._hours, self.changes, number)
        return found


@lru_cache(maxsize=64)
def _calendar(hours: BusinessHours) -> _Calendar:
    return _Calendar(hours)


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + index * _DAY for index in range((date(year + 1, 1, 1) - first).days)]


def _naive(at: datetime) -> datetime:
    return at.astimezone(pytz.utc).replace(tzinfo=None)
