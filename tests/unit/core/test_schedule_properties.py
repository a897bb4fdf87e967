"""Against a slow and obvious oracle: step from handoff to handoff on the wall clock, and look.

The oracle's instant of a wall-clock time is the first at which the clock shows that time or a later one: in
the night that skips it the end of the gap, in the night that repeats it the first occurrence.
"""

from calendar import monthrange
from datetime import datetime, time, timedelta
from functools import cache
from itertools import pairwise

import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.local_time import to_utc
from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, on_call, shifts

# Zones, and the nights on which their clocks change.
CHANGES = [
    ("Europe/Brussels", "2026-03-29"),
    ("Europe/Brussels", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Europe/Brussels", "2026-06-15"),
]
QUARTER = timedelta(minutes=15)
TICK = timedelta(microseconds=1)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@cache
def instant(zone: str, local: datetime) -> datetime:
    at = pytz.utc.localize(local) - timedelta(hours=15)
    while at.astimezone(pytz.timezone(zone)).replace(tzinfo=None) < local:
        at += QUARTER
    return at


def plus(local: datetime, length: ShiftLength, start_day: int) -> datetime:
    month = local.month - 1 + length.months
    year, month = local.year + month // 12, month % 12 + 1
    day = min(start_day if length.months else local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day) + length.rest


def turn_owner(rotation: Rotation, zone: str, at: datetime) -> str | None:
    local, number, owner = rotation.starts, 0, None
    while instant(zone, local) <= at:
        owner = rotation.engineers[number % len(rotation.engineers)]
        local = plus(local, rotation.shift[number % len(rotation.shift)], rotation.starts.day)
        number += 1
    return owner


def is_open(rotation: Rotation, zone: str, at: datetime) -> bool:
    today = at.astimezone(pytz.timezone(zone)).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    for day in (today + timedelta(days=offset) for offset in (-2, -1, 0, 1)):
        for window in rotation.during:
            if day.weekday() in window.days:
                last = day + timedelta(days=0 if window.until > window.begins else 1)
                begins = instant(zone, datetime.combine(day, window.begins))
                if begins <= at < instant(zone, datetime.combine(last, window.until)):
                    return True
    return not rotation.during


def answer(schedule: Schedule, at: datetime) -> tuple[str | None, str]:
    for override in reversed(schedule.overrides):
        if override.starts_at <= at < override.ends_at:
            return override.engineer, ""
    for rotation in reversed(schedule.rotations):
        owner = turn_owner(rotation, schedule.timezone, at)
        if owner and is_open(rotation, schedule.timezone, at):
            return owner, rotation.name
    return None, ""


# Half of them in the small hours, when clocks change.
quarters = st.builds(time, st.one_of(st.integers(1, 3), st.integers(0, 23)), st.sampled_from([0, 15, 30, 45]))
lengths = st.one_of(
    st.integers(1, 30).map(lambda h: ShiftLength(rest=timedelta(hours=h))),
    st.integers(1, 10).map(lambda d: ShiftLength(rest=timedelta(days=d))),
)
cycles = st.one_of(
    st.lists(lengths, min_size=1, max_size=3).map(tuple),
    st.integers(1, 3).map(lambda m: (ShiftLength(months=m),)),
)
windows = st.builds(Window, st.sets(st.integers(0, 6), min_size=1).map(tuple), quarters, quarters)
engineers = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(tuple)


@st.composite
def instants(draw: st.DrawFn, zone: str, night: str) -> datetime:
    """Within two days of that night, half of them in its small hours, to the quarter of an hour or a tick beside it."""
    quarters_off = draw(st.one_of(st.integers(0, 20), st.integers(-192, 192)))
    at = instant(zone, wall(night)) + quarters_off * QUARTER
    return at + draw(st.sampled_from([-TICK, timedelta(0), timedelta(minutes=7)]))


@st.composite
def rotations(draw: st.DrawFn, near: datetime) -> Rotation:
    day = near.replace(tzinfo=None).date() - timedelta(days=draw(st.integers(-1, 45)))
    return Rotation(
        draw(st.sampled_from(["first", "second", "third"])),
        datetime.combine(day, draw(quarters)),
        draw(cycles),
        draw(engineers),
        tuple(draw(st.lists(windows, max_size=2))),
    )


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    zone, night = draw(st.sampled_from(CHANGES))
    at = draw(instants(zone, night))
    overrides = []
    for _ in range(draw(st.integers(0, 2))):
        starts_at = draw(instants(zone, night))
        overrides.append(Override("o", starts_at, starts_at + draw(st.integers(1, 99)) * QUARTER))
    layers = draw(st.lists(rotations(at), min_size=1, max_size=3, unique_by=lambda r: r.name))
    return Schedule("s", zone, tuple(layers), tuple(overrides)), at


@given(schedules())
@settings(max_examples=250, deadline=None)
def test_the_answer_and_its_span_are_those_of_stepping_through_every_handoff(
    given: tuple[Schedule, datetime],
) -> None:
    schedule, at = given
    found = on_call(schedule, at)
    same = (found.engineer, found.rotation)
    assert same == answer(schedule, at)
    if found.starts_at is not None:
        assert found.starts_at <= at
        assert same == answer(schedule, found.starts_at)
    if found.ends_at is not None:
        assert at < found.ends_at
        assert same == answer(schedule, found.ends_at - TICK)
        if found.rotation:
            assert same != answer(schedule, found.ends_at)


@given(schedules(), st.integers(1, 300))
@settings(max_examples=100, deadline=None)
def test_shifts_tile_the_time_without_overlap_or_hole_and_agree_with_every_quarter_hour(
    given: tuple[Schedule, datetime], length: int
) -> None:
    schedule, since = given
    until = since + length * QUARTER
    found = shifts(schedule, since, until)
    assert found[0].starts_at == since
    assert found[-1].ends_at == until
    assert all(a.ends_at == b.starts_at for a, b in pairwise(found))
    assert not any(a.same_answer(b) for a, b in pairwise(found))
    for shift in found:
        assert shift.starts_at is not None
        assert shift.ends_at is not None
        assert shift.starts_at < shift.ends_at
        for at in (
            shift.starts_at,
            shift.starts_at + (shift.ends_at - shift.starts_at) / 2,
            shift.ends_at - TICK,
        ):
            assert answer(schedule, at) == (shift.engineer, shift.rotation)


@given(st.sampled_from(CHANGES), st.integers(-1, 1), quarters)
@settings(max_examples=150, deadline=None)
def test_a_wall_clock_time_is_the_first_instant_at_which_the_clock_shows_it_or_more(
    change: tuple[str, str], days: int, at: time
) -> None:
    zone, night = change
    local = datetime.combine(wall(night) + timedelta(days=days), at)
    assert to_utc(zone, local) == instant(zone, local)


def test_the_day_that_samoa_left_out_begins_when_the_next_one_does() -> None:
    assert to_utc("Pacific/Apia", wall("2011-12-30 12:00")) == pytz.utc.localize(wall("2011-12-30 10:00"))
