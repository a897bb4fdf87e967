"""The times that an event is written with, and whether they can be those of a shift."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar import Component, Event

# Somebody may be on call for years, as a feed of ours says of a shift without an end; nobody's turn comes daily and
# lasts for years.
LONGEST_EVENT = timedelta(days=36_600)
LONGEST_REPEATED = timedelta(days=366)
_YEARS = range(1900, 2200)
_WRITTEN_ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
_COUNTS = frozenset({*_WRITTEN_ONCE, "RRULE", "RDATE", "EXDATE"})


def why_no_shift(event: Event) -> str:
    """Why no shift has such times, in words, before anything is reckoned with them; "" where one may.

    The libraries refuse the whole calendar where a time of one event leaves the years that they know.
    """
    if any(str(name).upper() in _COUNTS for name, _ in event.errors):
        return "a time of it cannot be read"
    if any(isinstance(event.get(name), list) for name in _WRITTEN_ONCE):
        return "a time of it is written twice"
    if time_of(event, "DTSTART") is None:
        return "it has no start"
    if any(each.year not in _YEARS for each in _all_times(event)):
        return f"it is not between the years {_YEARS.start} and {_YEARS.stop}"
    if any(until.year < _YEARS.start for until in _rules_ends(event)):
        return f"its repetition ended before the year {_YEARS.start}"
    longest = max((abs(length) for length in _lengths(event)), default=timedelta(0))
    if longest > LONGEST_EVENT:
        return "it lasts longer than a hundred years: give it an end"
    if longest > LONGEST_REPEATED and ("RRULE" in event or "RDATE" in event):
        return f"it repeats, and lasts longer than {LONGEST_REPEATED.days} days each time: shorten it"
    return ""


def time_of(event: Component, name: str) -> date | None:
    """The day or the instant of that name; None where there is none."""
    found = getattr(event.get(name), "dt", None)
    return found if isinstance(found, date) else None


def listed_dates(event: Component, name: str) -> list[Any]:
    """All values of RDATE or EXDATE, each a day, an instant, or a pair for a period."""
    return [value.dt for some in listed(event.get(name)) for value in getattr(some, "dts", ())]


def listed(found: Any) -> list[Any]:
    """A property's values, of which the library gives a single one bare, and none as None."""
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def longest_of(event: Event) -> timedelta:
    """How long the event, or any date of it, lasts at most; a day where it does not say."""
    return max([timedelta(days=1), *_lengths(event)])


def with_known_years(event: Event) -> None:
    """Many programs write “for ever” as a rule that ends in the year 9999, which the libraries cannot reckon with."""
    last = _YEARS.stop - 1
    for rule in listed(event.get("RRULE")):
        untils = rule.get("UNTIL", [])
        if untils:
            rule["UNTIL"] = [
                each.replace(year=last, month=12, day=30) if each.year > last else each for each in listed(untils)
            ]


def as_instant(value: date) -> datetime:
    """Near enough for counting days."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _all_times(event: Event) -> Iterator[date]:
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        if (found := time_of(event, name)) is not None:
            yield found
    for name in ("RDATE", "EXDATE"):
        for value in listed_dates(event, name):
            yield from (each for each in _parts(value) if isinstance(each, date))


def _rules_ends(event: Event) -> Iterator[date]:
    for rule in listed(event.get("RRULE")):
        yield from listed(rule.get("UNTIL"))


def _lengths(event: Event) -> Iterator[timedelta]:
    starts, ends = time_of(event, "DTSTART"), time_of(event, "DTEND")
    if starts is not None and ends is not None:
        yield as_instant(ends) - as_instant(starts)
    duration = getattr(event.get("DURATION"), "dt", None)
    if isinstance(duration, timedelta):
        yield duration
    for value in listed_dates(event, "RDATE"):
        match _parts(value):
            case [_, timedelta() as length]:
                yield length
            case [date() as first, date() as last]:
                yield as_instant(last) - as_instant(first)


def _parts(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]
