"""The period of a report: whole days of one zone, as people count them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from oncall.core.local_time import to_utc
from oncall.errors import UsageError

MOST_DAYS = 3660
YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of the day ``first`` to the beginning of ``until``, which is not part of it.

    ``starts_at`` and ``ends_at`` are the instants of those midnights in ``timezone``.
    """

    timezone: str
    first: date
    until: date
    starts_at: datetime
    ends_at: datetime

    @property
    def days(self) -> int:
        """How many."""
        return (self.until - self.first).days

    @property
    def last(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)

    def before(self) -> "Period":
        """The one before it: the month before a whole month, the year before a whole year, else as many days."""
        for months in (12, 1):
            if self.first.day == 1 and later_month(self.first, months) == self.until:
                return _between(self.timezone, later_month(self.first, -months), self.first)
        return _between(self.timezone, self.first - timedelta(days=self.days), self.first)

    def following(self) -> "Period":
        """The one after it, as long as `before` counts."""
        for months in (12, 1):
            if self.first.day == 1 and later_month(self.first, months) == self.until:
                return _between(self.timezone, self.until, later_month(self.until, months))
        return _between(self.timezone, self.until, self.until + timedelta(days=self.days))

    def contains(self, at: datetime) -> bool:
        """Whether this instant is in it."""
        return self.starts_at <= at < self.ends_at


def period(timezone: str, first: date, until: date) -> Period:
    """Raises UsageError for one that is empty, longer than ten years, or beyond all calendars."""
    if until <= first:
        raise UsageError(f"the period from {first} to {until} has no day: `to` is the first day that is not part of it")
    if (until - first).days > MOST_DAYS:
        raise UsageError(f"the period from {first} to {until} is longer than ten years: ask for less")
    if first.year not in YEARS or until.year not in YEARS:
        raise UsageError(f"write years from {YEARS.start} to {YEARS.stop - 1}")
    return _between(timezone, first, until)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def later_month(month: date, by: int) -> date:
    """The first day of the month that is so many later, or earlier."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def months_of(first: date, until: date) -> list[date]:
    """The first days of all months that have a day in it, in order."""
    found = [month_of(first)]
    while (following := later_month(found[-1], 1)) < until:
        found.append(following)
    return found


def _between(timezone: str, first: date, until: date) -> Period:
    return Period(timezone, first, until, midnight(timezone, first), midnight(timezone, until))


def midnight(timezone: str, day: date) -> datetime:
    """The instant at which the day begins there."""
    return to_utc(timezone, datetime.combine(day, time()))
