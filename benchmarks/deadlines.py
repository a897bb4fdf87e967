"""Deadlines a second: when a promise in business hours ends, against stepping through the days one by one."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytz

from benchmarks.figures import Figure
from oncall.core.business_hours import BusinessHours, add_business_time, end_of_next_business_day
from oncall.core.local_time import to_utc, to_wall
from oncall.schedule_files.public_holidays import public_holidays

HOURS = BusinessHours("Europe/Brussels", holidays="BE", holiday_dates=public_holidays("BE"))
SINCE = datetime(2026, 1, 1, tzinfo=pytz.utc)
YEARS_FOR = timedelta(days=3 * 365)
DEADLINES = 100_000
STEPPED = 5_000
_HOUR, _MONTH = timedelta(hours=1), timedelta(hours=180)
# Spread over three years by the golden ratio, so that neighbours in the list are far apart in time.
_INSTANTS = [
    SINCE + timedelta(seconds=number * 58_469_729 % int(YEARS_FOR.total_seconds())) for number in range(DEADLINES)
]


def measure(_folder: Path) -> list[Figure]:
    """Random instants of three years, with public holidays and the clock changes of Brussels."""
    for instant in _INSTANTS[:STEPPED]:
        if add_business_time(instant, _MONTH, HOURS) != _stepped(instant, _MONTH):
            raise AssertionError(f"the two do not agree on {instant}")
    hour_for = _best(lambda: _ask(lambda at: add_business_time(at, _HOUR, HOURS), DEADLINES))
    day_for = _best(lambda: _ask(lambda at: end_of_next_business_day(at, HOURS), DEADLINES))
    many_for = _best(lambda: _ask(lambda at: add_business_time(at, _MONTH, HOURS), STEPPED))
    floor_for = _best(lambda: _ask(lambda at: _stepped(at, _MONTH), STEPPED), runs=2)
    against = "random instants of three years"
    return [
        Figure("one business hour", DEADLINES / hour_for, "deadlines/s", against, at_least=100_000),
        Figure("the next business day", DEADLINES / day_for, "deadlines/s", against, at_least=100_000),
        Figure(
            "twenty business days", floor_for / many_for, "times as fast",
            f"stepping day by day, {STEPPED / floor_for:,.0f} deadlines/s", at_least=10,
        ),
    ]  # fmt: skip


def _ask(deadline: Callable[[datetime], datetime], count: int) -> None:
    for instant in _INSTANTS[:count]:
        deadline(instant)


def _best(run: Callable[[], None], runs: int = 5) -> float:
    """Processor time, and of the quickest of a few runs: what else the machine does only ever adds."""
    found = []
    for _ in range(runs):
        began = time.process_time()
        run()
        found.append(time.process_time() - began)
    return min(found)


def _stepped(start: datetime, duration: timedelta) -> datetime:
    """The same deadline as anybody would write it down first: day after day, each made an instant on its own."""
    left, day = duration, to_wall(HOURS.timezone, start).date()
    while True:
        if HOURS.is_business_day(day):
            opens_at = to_utc(HOURS.timezone, datetime.combine(day, HOURS.opens))
            closes_at = to_utc(HOURS.timezone, datetime.combine(day, HOURS.closes))
            open_for = closes_at - max(opens_at, start)
            if left <= open_for:
                return max(opens_at, start) + left
            left -= max(open_for, timedelta(0))
        day += timedelta(days=1)
