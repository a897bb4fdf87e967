"""Schedules: how many answers a second, a year of shifts, against icalendar, and whether age makes them slower."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import pytz
import recurring_ical_events
from icalendar import Calendar

from benchmarks.figures import Figure
from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, on_call, shifts
from oncall.core.windows import windows_tiling

ZONE = "Europe/Brussels"
SINCE = datetime(2026, 1, 1, tzinfo=pytz.utc)
YEAR = timedelta(days=365)
ANSWERS = 200_000
SCHEDULES = 100
# What comes from calendars is measured on fewer, and counted up: it takes seconds.
CALENDARS = 5
OFFICE = Window((0, 1, 2, 3, 4), time_of_day(9), time_of_day(18))
WEEKENDS = Window((5, 6))


def measure(_folder: Path) -> list[Figure]:
    """Every run asks schedules that were never asked before, so that nothing is remembered from an earlier one."""
    year_for = _best(lambda: _year_of_shifts(SCHEDULES))
    calendar_for = _best(_year_of_calendars, runs=2) * SCHEDULES / CALENDARS
    young, old = (_best(lambda start=start: _ask_a_new_schedule(start)) for start in ("2025-01-06", "1826-01-02"))
    against = "three rotations, 50 overrides, random instants of a year, from a cold start"
    return [
        Figure("who is on call", ANSWERS / _best(_ask), "answers/s", against, at_least=200_000),
        Figure("a year of shifts for 100 schedules", year_for, "s", "three rotations each", at_most=0.5),
        Figure(
            "the same against calendars", calendar_for / year_for, "times as fast",
            f"icalendar and recurring-ical-events, {calendar_for:.3g} s", at_least=20,
        ),
        Figure("a rotation 200 years old against one a year old", old / young, "times as long", at_most=1.5),
    ]  # fmt: skip


def _best(run: Callable[[], None], runs: int = 5) -> float:
    """Processor time, and of the quickest of a few runs: what else the machine does only ever adds."""
    found = []
    for _ in range(runs):
        began = time.process_time()
        run()
        found.append(time.process_time() - began)
    return min(found)


def _schedule(start: str = "2025-01-06", overrides: int = 0) -> Schedule:
    def rotation(name: str, shift_for: timedelta, engineers: str, *during: Window) -> Rotation:
        starts = datetime.fromisoformat(f"{start} 09:00")
        return Rotation(name, starts, (ShiftLength(rest=shift_for),), tuple(engineers), during)

    return Schedule(
        "production",
        ZONE,
        (
            rotation("weekly", timedelta(weeks=1), "abc"),
            rotation("office", timedelta(days=1), "de", OFFICE),
            rotation("weekends", timedelta(weeks=1), "fgh", WEEKENDS),
        ),
        tuple(
            Override(
                "x", SINCE + number * timedelta(days=7), SINCE + number * timedelta(days=7, hours=1) + timedelta(days=1)
            )
            for number in range(overrides)
        ),
    )


# Spread over the year by the golden ratio, so that neighbours in the list are far apart in time.
_INSTANTS = [SINCE + timedelta(seconds=number * 19_489_909 % int(YEAR.total_seconds())) for number in range(ANSWERS)]


def _ask() -> None:
    schedule = _schedule(overrides=50)
    for at in _INSTANTS:
        on_call(schedule, at)


def _year_of_shifts(count: int) -> None:
    windows_tiling.cache_clear()
    for _ in range(count):
        assert len(shifts(_schedule(), SINCE, SINCE + YEAR)) > 500


def _ask_a_new_schedule(start: str) -> None:
    for day in range(100):
        schedule = _schedule(start)
        at = SINCE + timedelta(days=day)
        on_call(schedule, at)
        shifts(schedule, at, at + timedelta(days=14))


def _year_of_calendars() -> None:
    """The same three rotations, each engineer's turns as one recurring event, as calendars would hold them."""
    for _ in range(CALENDARS):
        events = recurring_ical_events.of(Calendar.from_ical(_CALENDAR)).between(SINCE, SINCE + YEAR)
        assert len(events) > 300


def _event(name: str, start: str, end: str, rule: str) -> str:
    lines = (
        f"UID:{name}",
        f"SUMMARY:{name}",
        f"DTSTART;TZID={ZONE}:{start}",
        f"DTEND;TZID={ZONE}:{end}",
        f"RRULE:{rule}",
    )
    return "\r\n".join(("BEGIN:VEVENT", "DTSTAMP:20250101T000000Z", *lines, "END:VEVENT"))


def _calendar() -> str:
    weekly = [
        _event(name, f"202501{6 + 7 * turn:02}T090000", f"202501{13 + 7 * turn:02}T090000", "FREQ=WEEKLY;INTERVAL=3")
        for turn, name in enumerate("abc")
    ]
    office = [  # every other day, where it is a working day
        _event(
            name,
            f"202501{6 + turn:02}T090000",
            f"202501{6 + turn:02}T180000",
            "FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR",
        )
        for turn, name in enumerate("de")
    ]
    weekends = [
        _event(
            f"{name}{day}",
            f"202501{11 + day + 7 * turn:02}T000000",
            f"202501{12 + day + 7 * turn:02}T000000",
            "FREQ=WEEKLY;INTERVAL=3",
        )
        for turn, name in enumerate("fgh")
        for day in (0, 1)
    ]
    return "\r\n".join(
        ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//", *weekly, *office, *weekends, "END:VCALENDAR", "")
    )


_CALENDAR = _calendar()
