"""How much work the repetitions of an event are, known before any of it is done.

The library steps through a rule from its first day on, and one that never matches it would follow to the year 9999.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import Event, vRecur

from oncall.calendars.event_times import as_instant, listed, listed_dates, longest_of

# Three shifts a day for the three years that are looked at, and weekly turns since long ago, are well within these.
MOST_STEPS = 50_000
MOST_REPEATS = 3_500
MOST_FILTERED_RULES = 12
MOST_COUNT = 20_000
# A shift that begins more often than every half hour is none.
_TIMES_A_DAY = {"HOURLY": 24.0, "DAILY": 1.0, "WEEKLY": 1.0, "MONTHLY": 1.0, "YEARLY": 1.0}
_MOST_TIMES_A_DAY = 48
_PICKS = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class _Cost:
    """Steps that the library takes, repetitions that come of them, and rules that might never match."""

    steps: float = 0
    repeats: float = 0
    filtered: int = 0

    def __add__(self, other: "_Cost") -> "_Cost":
        return _Cost(self.steps + other.steps, self.repeats + other.repeats, self.filtered + other.filtered)


class Allowance:
    """What one calendar may cost. ``refusal`` takes the cost of an event that is followed off it."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._until = until
        self._spent = _Cost()

    def refusal(self, event: Event, starts: date) -> str:
        """Why this event's repetitions are not followed, in words; "" where they are."""
        spent = self._spent + _Cost(repeats=sum(len(listed_dates(event, name)) for name in ("RDATE", "EXDATE")))
        for rule in listed(event.get("RRULE")):
            if why := _why_no_rotation(rule):
                return why
            spent += self._cost(rule, starts)
        if spent.filtered > MOST_FILTERED_RULES:
            return "there are too many rules like it"
        if spent.steps > MOST_STEPS or spent.repeats > MOST_REPEATS:
            return "all repetitions together are too many"
        # One that is passed by costs nothing: it must not take the others with it.
        self._spent = spent
        return ""

    def _cost(self, rule: Any, starts: date) -> _Cost:
        often = str(_first(rule, "FREQ", "")).upper()
        times = _times_a_day(rule) / int(_first(rule, "INTERVAL", 1))
        last = min([self._until, *(as_instant(until) for until in _all(rule, "UNTIL"))])
        first = as_instant(starts)
        return _Cost(
            steps=int(_days(first, last) * times) + 1,
            repeats=_days(max(first, self._since), last) * times * _share_of_days(rule, often),
            filtered=int(any(_all(rule, part) for part in _PICKS)),
        )


def _why_no_rotation(rule: Any) -> str:
    often = str(_first(rule, "FREQ", "")).upper()
    interval = _first(rule, "INTERVAL", 1)
    if often in ("SECONDLY", "MINUTELY"):
        return "it repeats too often to be a shift"
    if often not in _TIMES_A_DAY or not isinstance(interval, int) or interval < 1 or not _is_sound(rule):
        return "its repetition cannot be read"
    if int(_first(rule, "COUNT", 0)) > MOST_COUNT:
        return "it repeats too many times"
    if _times_a_day(rule) > _MOST_TIMES_A_DAY:
        return "it repeats too often to be a shift"
    return _why_never(rule, often, interval)


def _why_never(rule: Any, often: str, interval: int) -> str:
    """Why it may be without end in search of a day that matches."""
    months, days = _all(rule, "BYMONTH"), _all(rule, "BYMONTHDAY")
    if months and days and not any(abs(day) <= _LONGEST_MONTHS[month - 1] for month in months for day in days):
        return "it repeats on days that do not exist"
    picks = any(_all(rule, part) for part in _PICKS) or (interval > 1 and bool(_all(rule, "BYDAY")))
    if picks and often in ("DAILY", "HOURLY"):
        return "its repetition is too involved: write it by weeks, months or years"
    return ""


def _times_a_day(rule: Any) -> float:
    times = _TIMES_A_DAY[str(_first(rule, "FREQ", "")).upper()]
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= max(len(_all(rule, part)), 1)
    return times


def _share_of_days(rule: Any, often: str) -> float:
    """On how many of all days it repeats, at most and roughly."""
    weekdays = len(_all(rule, "BYDAY"))
    match often:
        case "WEEKLY":
            return max(weekdays, 1) / 7
        case "MONTHLY":
            return min(max(weekdays * 5, len(_all(rule, "BYMONTHDAY")), 1) / 30, 1.0)
        case "YEARLY":
            months = max(len(_all(rule, "BYMONTH")), 1)
            return min(months * max(weekdays * 53, len(_all(rule, "BYMONTHDAY")), 1) / 365, 1.0)
        case _:
            return 1.0


def _days(since: datetime, until: datetime) -> float:
    return max((until - since) / timedelta(days=1), 0.0)


def is_over(event: Event, since: datetime) -> bool:
    """Whether every repetition ended before ``since``, by the rules' own word."""
    rules = listed(event.get("RRULE"))
    ends = [_all(rule, "UNTIL") for rule in rules]
    if not rules or not all(ends) or "RDATE" in event:
        return False
    longest = longest_of(event)
    return all(as_instant(until) + longest < since for untils in ends for until in untils)


def _is_sound(rule: Any) -> bool:
    """Whether the library will take the rule: it skips what it does not take without a word."""
    without_end: Any = vRecur({name: value for name, value in rule.items() if name.upper() != "UNTIL"})
    try:
        rrulestr(without_end.to_ical().decode(), dtstart=datetime(2026, 1, 5))  # noqa: DTZ001 - any day will do
    except (ValueError, TypeError, KeyError):
        return False
    return all(1 <= month <= 12 for month in _all(rule, "BYMONTH"))


def _all(rule: Any, part: str) -> list[Any]:
    found = rule.get(part, [])
    return list(found) if isinstance(found, list | tuple) else [found]


def _first(rule: Any, part: str, default: Any) -> Any:
    found = _all(rule, part)
    return found[0] if found else default
