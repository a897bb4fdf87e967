"""Every minute has the engineer whom standing beside the clock gives, through every clock change.

`make sweep` does the same for every zone that there is, over longer nights.
"""

import os
import random
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import cache

import pytest
import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.calendar_rotation import CalendarRotation, CalendarSpan
from oncall.core.clock_changes import clock_changes
from oncall.core.engineer import Absence
from oncall.core.override import Override
from oncall.core.rotation import Membership, Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, on_call, shifts
from tests.unit.core.minute_by_minute import DAY, MINUTE, every_minute

IS_SWEEP = bool(os.environ.get("ONCALL_SWEEP"))
HOUR = timedelta(hours=1)
HOURS_AROUND = 30 if IS_SWEEP else 4
YEARS = range(2000, 2041)

# Whole and half hours, the south and the north, midnight changes, days left out, Ramadan, politics.
ZONES = [
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Khartoum", "Africa/Windhoek", "America/Araguaina",
    "America/Asuncion", "America/Caracas", "America/Godthab", "America/Havana", "America/Los_Angeles",
    "America/Mexico_City", "America/Miquelon", "America/New_York", "America/Santiago", "America/Sao_Paulo",
    "America/Scoresbysund", "America/St_Johns", "Antarctica/Casey", "Antarctica/Troll", "Asia/Amman", "Asia/Baghdad",
    "Asia/Beirut", "Asia/Dhaka", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Pyongyang", "Asia/Tehran",
    "Asia/Ulaanbaatar", "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney",
    "Europe/Brussels", "Europe/Chisinau", "Europe/Dublin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London",
    "Europe/Moscow", "Europe/Volgograd", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter",
    "Pacific/Fiji", "Pacific/Norfolk", "Pacific/Tongatapu", "UTC",
]  # fmt: skip
SWEPT = list(pytz.all_timezones) if IS_SWEEP else ZONES


@cache
def changes(zone: str) -> list[datetime]:
    """Every instant from 2000 to 2040 at which the offset changes, found by looking every quarter of an hour where
    two days differ."""
    clock, found = pytz.timezone(zone), []
    at, end = (datetime(year, 1, 1, tzinfo=pytz.utc) for year in (YEARS.start, YEARS.stop))
    offset = at.astimezone(clock).utcoffset()
    while at < end:
        if (at + DAY).astimezone(clock).utcoffset() != offset:
            quarter = at
            while quarter < at + DAY:
                quarter += MINUTE * 15
                if quarter.astimezone(clock).utcoffset() != offset:
                    found.append(quarter)
                    offset = quarter.astimezone(clock).utcoffset()
        at += DAY
    return found


def random_schedule(chance: random.Random, zone: str, near: datetime) -> Schedule:
    """One or two rotations that began in the hours before, short turns, windows, a member who comes or goes."""
    wall = near.astimezone(pytz.timezone(zone)).replace(tzinfo=None)

    def soon(hours: int) -> datetime:
        return wall + chance.randrange(-hours * 4, hours * 4) * 15 * MINUTE

    rotations = []
    for name in ("first", "second")[: chance.randint(1, 2)]:
        engineers = tuple(chance.sample("abcde", chance.randint(1, 4)))
        members: tuple[Membership, ...] = ()
        if chance.random() < 0.4:
            members = tuple(_membership(chance, soon) for _ in engineers)
        shift = tuple(ShiftLength(rest=chance.randint(1, 24) * 15 * MINUTE) for _ in range(chance.randint(1, 3)))
        begins, until = (time(chance.randrange(24), chance.choice((0, 15, 30, 45))) for _ in range(2))
        days = tuple(sorted(chance.sample(range(7), chance.randint(3, 7))))
        during = (Window(days, begins, until),) if chance.random() < 0.5 else ()
        starts = (
            soon(HOURS_AROUND) if chance.random() < 0.2 else wall - chance.randint(1, HOURS_AROUND * 4) * 15 * MINUTE
        )
        rotations.append(Rotation(name, starts, shift, engineers, during, None, members))
    return Schedule("s", zone, tuple(rotations))


def _membership(chance: random.Random, soon) -> Membership:
    kind = chance.randrange(4)
    first = soon(4)
    return (Membership(), Membership(joins=first), Membership(leaves=first), Membership(first, first + 3 * HOUR))[kind]


@pytest.mark.parametrize("zone", SWEPT)
def test_every_minute_around_every_clock_change_from_2000_to_2040(zone: str) -> None:
    assert len(ZONES) >= 40
    for change in changes(zone) or [datetime(2026, 3, 29, 1, tzinfo=pytz.utc)]:
        schedule = random_schedule(random.Random(f"{zone} {change}"), zone, change)
        since, until = change - (HOURS_AROUND + 3) * HOUR, change + HOURS_AROUND * HOUR
        for at, engineer in every_minute(schedule, since, until):
            assert on_call(schedule, at).engineer == engineer, (zone, at, schedule)


@st.composite
def whole_schedules(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    """Everything that the format has, near a clock change, to the quarter of an hour."""
    zone = draw(st.sampled_from([zone for zone in ZONES if changes(zone)]))
    change = draw(st.sampled_from(changes(zone)))
    wall = change.astimezone(pytz.timezone(zone)).replace(tzinfo=None, minute=0)
    quarters = st.integers(-150, 60).map(lambda count: count * 15 * MINUTE)
    names = st.sampled_from("abcd")
    times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
    dates = st.frozensets(st.integers(-2, 2).map(lambda off: (wall + off * DAY).date()), max_size=2)
    days = st.sets(st.integers(0, 6)).map(tuple)
    windows = st.builds(Window, days, times, times, dates, dates)
    length = st.one_of(
        st.integers(1, 200).map(lambda count: ShiftLength(rest=count * 15 * MINUTE)),
        st.integers(1, 3).map(lambda count: ShiftLength(rest=count * DAY)),
    )
    rotations: list[Rotation | CalendarRotation] = []
    for index in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 4)) == 0:
            rotations.append(CalendarRotation(f"r{index}", tuple(draw(_calendar_spans(change, quarters, names)))))
            continue
        engineers = tuple(draw(st.lists(names, min_size=1, max_size=4)))
        maybe = st.one_of(st.none(), quarters.map(lambda off: wall + off))
        member = st.builds(Membership, maybe, maybe)
        members = st.lists(member, min_size=len(engineers), max_size=len(engineers)).map(tuple)
        rotations.append(
            Rotation(
                f"r{index}",
                wall + draw(quarters),
                tuple(draw(st.lists(length, min_size=1, max_size=3))),
                engineers,
                tuple(draw(st.lists(windows, max_size=2))),
                draw(maybe),
                draw(st.one_of(st.just(()), members)),
            )
        )
    overrides = []
    for _ in range(draw(st.integers(0, 3))):
        starts_at = change + draw(quarters)
        ends_at = starts_at + draw(st.integers(1, 120)) * 15 * MINUTE
        overrides.append(Override(draw(names), starts_at, ends_at, "", draw(st.one_of(st.just(""), names))))
    away: Mapping[str, tuple[Absence, ...]] = {
        name: tuple(
            Absence(change + off, change + off + 9 * HOUR, "ill") for off in draw(st.lists(quarters, max_size=2))
        )
        for name in draw(st.sets(names))
    }
    return Schedule("s", zone, tuple(rotations), tuple(overrides), away), change


@st.composite
def _calendar_spans(draw: st.DrawFn, change: datetime, quarters, names) -> list[CalendarSpan]:
    found = []
    for off in sorted(draw(st.lists(quarters, max_size=3))):
        starts_at = change + off
        found.append(CalendarSpan(draw(names), starts_at, starts_at + draw(st.integers(1, 90)) * 15 * MINUTE))
    return found


@given(whole_schedules())
@settings(max_examples=1500 if IS_SWEEP else 50, deadline=None)
def test_every_minute_of_a_schedule_that_uses_the_whole_format(given: tuple[Schedule, datetime]) -> None:
    schedule, change = given
    since, until = change - 3 * DAY, change + 1 * DAY
    tiles = shifts(schedule, since, until)
    index = 0
    for at, engineer in every_minute(schedule, since, until):
        if at >= tiles[index].ends_at:
            index += 1
        assert on_call(schedule, at).engineer == engineer
        assert tiles[index].engineer == engineer
        assert tiles[index].starts_at <= at


@given(whole_schedules(), st.integers(-3 * 1440, 1440))
@settings(max_examples=150, deadline=None)
def test_a_whole_shift_has_one_answer_and_ends_where_another_begins(given, minute: int) -> None:
    schedule, change = given
    at = change + minute * MINUTE
    found = on_call(schedule, at)
    assert found.starts_at is None or found.starts_at <= at
    assert found.ends_at is None or at < found.ends_at
    for edge, beside in ((found.starts_at, -1), (found.ends_at, 0)):
        if edge is not None:
            assert not on_call(schedule, edge + timedelta(microseconds=beside)).same_answer(found)
            assert on_call(schedule, edge + timedelta(microseconds=-1 - beside)) == found


def _pytz_says(zone, wall: datetime) -> datetime:
    try:
        return zone.localize(wall, is_dst=None).astimezone(pytz.utc)
    except pytz.AmbiguousTimeError:
        return min(zone.localize(wall, is_dst=is_dst).astimezone(pytz.utc) for is_dst in (True, False))


@pytest.mark.parametrize("letter", sorted({name[:4] for name in pytz.all_timezones}))
def test_the_skipped_and_the_repeated_hour_in_every_zone_of_pytz(letter: str) -> None:
    """A skipped time is the first instant after the gap, a repeated one the first occurrence."""
    for name in (each for each in pytz.all_timezones if each.startswith(letter)):
        zone, table = pytz.timezone(name), clock_changes(name)
        for change in (each for each in getattr(zone, "_utc_transition_times", ()) if each.year >= 1960):
            at = pytz.utc.localize(change)
            before = (at - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None) + timedelta(seconds=1)
            after = at.astimezone(zone).replace(tzinfo=None)
            early, late = min(before, after), max(before, after)
            walls = [early - MINUTE, early, early + (late - early) / 2, late, late + MINUTE]
            for wall in walls:
                is_skipped = before <= wall < after
                if is_skipped:
                    assert table.instant(wall) == change, (name, wall)
                else:
                    assert table.instant(wall) == _pytz_says(zone, wall).replace(tzinfo=None), (name, wall)
