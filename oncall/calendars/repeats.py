"""How much work the repetitions of an event are, known before any of it is done.

The library steps through a rule from its first day on, and one that never matches it would follow to the year 9999.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import Event, vRecur

MOST_STEPS = 250_000
MOST_REPEATS = 20_000
MOST_FILTERED_RULES = 24
MOST_COUNT = 100_000
# A shift that begins more often than every half hour is none.
_TIMES_A_DAY = {"HOURLY": 24.0, "DAILY": 1.0, "WEEKLY": 1.0, "MONTHLY": 1.0, "YEARLY": 1.0}
_MOST_TIMES_A_DAY = 48
_PICKS = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Allowance:
    """What one calendar may cost. ``refusal`` takes an event's cost off it."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._until = until
        self._steps = MOST_STEPS
        self._repeats: float = MOST_REPEATS
        self._filtered = MOST_FILTERED_RULES

    def refusal(self, event: Event, starts: date) -> str:
        """Why this event's repetitions are not followed, in words; "" where they are."""
        for rule in _rules(event):
            if why := self._of_rule(rule, starts):
                return why
        return ""

    def _of_rule(self, rule: Any, starts: date) -> str:
        often = str(_first(rule, "FREQ", "")).upper()
        interval = _first(rule, "INTERVAL", 1)
        if often in ("SECONDLY", "MINUTELY"):
            return "it repeats too often to be a shift"
        if often not in _TIMES_A_DAY or not isinstance(interval, int) or interval < 1 or not _is_sound(rule):
            return "its repetition cannot be read"
        if int(_first(rule, "COUNT", 0)) > MOST_COUNT:
            return "it repeats too many times"
        times = _TIMES_A_DAY[often]
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            times *= max(len(_all(rule, part)), 1)
        if times > _MOST_TIMES_A_DAY:
            return "it repeats too often to be a shift"
        each_day = times * _share_of_days(rule, often) / interval
        return self._never(rule, often, interval) or self._too_long(rule, starts, times / interval, each_day)

    def _never(self, rule: Any, often: str, interval: int) -> str:
        picks = [part for part in _PICKS if _all(rule, part)]
        months, days = _all(rule, "BYMONTH"), _all(rule, "BYMONTHDAY")
        if months and days and not any(abs(day) <= _LONGEST_MONTHS[month - 1] for month in months for day in days):
            return "it repeats on days that do not exist"
        skips_days = often in ("DAILY", "HOURLY") and interval > 1 and bool(_all(rule, "BYDAY"))
        if not picks and not skips_days:
            return ""
        if often in ("DAILY", "HOURLY"):
            return "its repetition is too involved: write it by weeks, months or years"
        self._filtered -= 1
        return "" if self._filtered >= 0 else "there are too many rules like it"

    def _too_long(self, rule: Any, starts: date, steps_a_day: float, repeats_a_day: float) -> str:
        last = min([self._until, *(_as_instant(until) for until in _all(rule, "UNTIL"))])
        first = _as_instant(starts)
        self._steps -= int(_days(first, last) * steps_a_day) + 1
        self._repeats -= _days(max(first, self._since), last) * repeats_a_day
        return "" if self._steps >= 0 and self._repeats >= 0 else "all repetitions together are too many"


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
    rules = list(_rules(event))
    ends = [_all(rule, "UNTIL") for rule in rules]
    if not rules or not all(ends) or "RDATE" in event:
        return False
    longest = timedelta(days=32)
    return all(_as_instant(until) + longest < since for untils in ends for until in untils)


def _is_sound(rule: Any) -> bool:
    """Whether the library will take the rule: it skips what it does not take without a word."""
    without_end: Any = vRecur({name: value for name, value in rule.items() if name.upper() != "UNTIL"})
    try:
        rrulestr(without_end.to_ical().decode(), dtstart=datetime(2026, 1, 5))  # noqa: DTZ001 - any day will do
    except (ValueError, TypeError, KeyError):
        return False
    return all(1 <= month <= 12 for month in _all(rule, "BYMONTH"))


def _rules(event: Event) -> Iterable[Any]:
    found = event.get("RRULE", [])
    return found if isinstance(found, list) else [found]


def _all(rule: Any, part: str) -> list[Any]:
    found = rule.get(part, [])
    return list(found) if isinstance(found, list | tuple) else [found]


def _first(rule: Any, part: str, default: Any) -> Any:
    found = _all(rule, part)
    return found[0] if found else default


def _as_instant(value: date) -> datetime:
    """Near enough for counting days."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
