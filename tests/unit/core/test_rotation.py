"""Whose turn it is, and when it passes on."""

from datetime import datetime, time, timedelta

import pytest
import pytz

from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, Shift, on_call

BRUSSELS = "Europe/Brussels"
HOURS_12 = ShiftLength(rest=timedelta(hours=12))
DAY = ShiftLength(rest=timedelta(days=1))
WEEK = ShiftLength(rest=timedelta(weeks=1))
MONTH = ShiftLength(months=1)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


MONDAY_AT_NINE = wall("2026-01-05 09:00")


def rotation(
    *shift: ShiftLength,
    starts: datetime = MONDAY_AT_NINE,
    engineers: str = "alice bob carol",
    during: tuple[Window, ...] = (),
) -> Rotation:
    return Rotation("weekly", starts, shift, tuple(engineers.split()), during)


def span(of: Rotation, timezone: str, at: datetime) -> Shift:
    return on_call(Schedule("alone", timezone, (of,)), at)


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("at", "engineer"),
    [
        ("2026-01-05 07:59:59", None),
        ("2026-01-05 08:00", "alice"),  # 09:00 in Brussels
        ("2026-01-12 07:59:59", "alice"),
        ("2026-01-12 08:00", "bob"),
        ("2026-01-26 08:00", "alice"),
        ("2026-03-30 06:59:59", "carol"),  # the Monday after the clocks went forward: still 09:00 there
        ("2026-03-30 07:00", "alice"),
    ],
)
def test_weekly_turns_pass_on_at_nine_whatever_the_season(at: str, engineer: str | None) -> None:
    assert span(rotation(WEEK), BRUSSELS, utc(at)).engineer == engineer


def test_a_turn_says_from_when_to_when() -> None:
    found = span(rotation(WEEK), BRUSSELS, utc("2026-03-25 12:00"))
    assert (found.starts_at, found.ends_at) == (utc("2026-03-23 08:00"), utc("2026-03-30 07:00"))


def test_the_day_shift_on_the_night_of_the_clock_change_is_an_hour_short_or_long() -> None:
    short = span(rotation(DAY), BRUSSELS, utc("2026-03-29 01:00"))
    long = span(rotation(DAY), BRUSSELS, utc("2026-10-25 01:00"))
    assert short.starts_at
    assert short.ends_at
    assert long.starts_at
    assert long.ends_at
    assert short.ends_at - short.starts_at == timedelta(hours=23)
    assert long.ends_at - long.starts_at == timedelta(hours=25)


@pytest.mark.parametrize("at", ["2026-03-29 06:59:59", "2026-10-25 07:59:59"])
def test_twelve_hour_shifts_hand_over_at_nine_on_the_wall_also_after_a_clock_change(at: str) -> None:
    found = span(rotation(HOURS_12, engineers="alice bob"), BRUSSELS, utc(at))
    assert found.engineer == "bob"  # the night
    assert found.ends_at == utc(at) + timedelta(seconds=1)


def test_a_handoff_in_the_skipped_hour_happens_when_the_clock_has_jumped() -> None:
    found = span(rotation(DAY, starts=wall("2026-03-01 02:30")), BRUSSELS, utc("2026-03-29 01:00"))
    assert found.starts_at == utc("2026-03-29 01:00")


def test_a_handoff_in_the_repeated_hour_happens_the_first_time() -> None:
    turns = rotation(DAY, starts=wall("2026-10-01 02:30"))
    first, second = utc("2026-10-25 00:30"), utc("2026-10-25 01:15")
    assert span(turns, BRUSSELS, first - timedelta(seconds=1)).ends_at == first
    assert span(turns, BRUSSELS, second).starts_at == first


def test_a_turn_that_fits_into_the_skipped_hour_is_passed_by() -> None:
    hourly = rotation(ShiftLength(rest=timedelta(hours=1)), starts=wall("2026-03-29 00:00"), engineers="a b c d")
    before, after = (span(hourly, BRUSSELS, utc(f"2026-03-29 {at}")).engineer for at in ("00:59", "01:00"))
    assert (before, after) == ("b", "d")


def test_monthly_turns_that_start_on_the_31st_pass_on_at_the_end_of_shorter_months() -> None:
    monthly = rotation(MONTH, starts=wall("2026-01-31 09:00"))
    found = span(monthly, BRUSSELS, utc("2026-03-01 12:00"))
    assert (found.engineer, found.starts_at, found.ends_at) == (
        "bob",
        utc("2026-02-28 08:00"),
        utc("2026-03-31 07:00"),
    )


def test_turn_k_of_a_cycle_belongs_to_engineer_k_mod_n() -> None:
    cycle = rotation(ShiftLength(rest=timedelta(days=4)), ShiftLength(rest=timedelta(days=3)))
    firsts = ["2026-01-05", "2026-01-09", "2026-01-12", "2026-01-16", "2026-01-19"]
    assert [span(cycle, BRUSSELS, utc(f"{day} 08:00")).engineer for day in firsts] == [
        "alice",
        "bob",
        "carol",
        "alice",
        "bob",
    ]
    assert span(cycle, BRUSSELS, utc("2026-01-09 08:00")).ends_at == utc("2026-01-12 08:00")


OFFICE = (Window((0, 1, 2, 3, 4), time(9), time(18)),)


@pytest.mark.parametrize(
    ("at", "engineer"),
    [
        ("2026-01-05 08:00", "alice"),
        ("2026-01-05 17:00", None),
        ("2026-01-06 08:00", "bob"),
        ("2026-01-10 12:00", None),  # Saturday; its turn runs on
        ("2026-01-12 12:00", "bob"),  # the eighth day, the second of the three
    ],
)
def test_turns_run_on_while_a_window_is_closed(at: str, engineer: str | None) -> None:
    assert span(rotation(DAY, during=OFFICE), BRUSSELS, utc(at)).engineer == engineer


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-01-09 21:59", False),
        ("2026-01-09 22:00", True),
        ("2026-01-10 06:59", True),
        ("2026-01-10 07:00", False),
    ],
)
def test_a_window_whose_end_is_not_later_ends_on_the_day_after_the_named_one(at: str, is_open: bool) -> None:
    night = (Window((4,), time(22), time(7)),)
    found = span(rotation(WEEK, during=night), "UTC", utc(at))
    assert (found.engineer is not None) is is_open


def test_a_window_without_times_is_the_whole_day() -> None:
    saturdays = rotation(WEEK, during=(Window((5,)),))
    found = span(saturdays, BRUSSELS, utc("2026-01-10 12:00"))
    assert (found.starts_at, found.ends_at) == (utc("2026-01-09 23:00"), utc("2026-01-10 23:00"))


def test_a_rotation_of_a_century_ago_answers_for_today() -> None:
    old = rotation(ShiftLength(rest=timedelta(hours=1)), starts=wall("1926-01-04 09:00"), engineers="alice bob")
    found = span(old, "UTC", utc("2026-01-05 09:30"))
    assert (found.engineer, found.starts_at) == ("alice", utc("2026-01-05 09:00"))


def test_a_turn_beyond_the_calendar_has_no_end_in_sight() -> None:
    found = span(rotation(ShiftLength(rest=timedelta(days=3_000_000))), "UTC", utc("2026-02-01 00:00"))
    assert (found.engineer, found.ends_at) == ("alice", None)
