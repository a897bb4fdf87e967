"""Who carries how much: hours, nights and weekends."""

from datetime import datetime, timedelta

import pytz

from oncall.core.rotation import Rotation, ShiftLength
from oncall.core.schedule import Schedule, handoffs, shifts
from oncall.core.shares import Share, shares
from oncall.core.shift import Shift

ZONE = "Europe/Brussels"


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_a_week_has_seven_nights_of_nine_hours_and_two_days_of_weekend() -> None:
    week = Shift("alice", utc("2026-01-05 08:00"), utc("2026-01-12 08:00"), "weekly", "")
    assert shares([week], ZONE) == {"alice": Share(hours(168), hours(63), hours(48), 1)}


def test_the_night_on_which_the_clock_is_set_back_is_an_hour_longer() -> None:
    night = Shift("alice", utc("2026-10-24 20:00"), utc("2026-10-25 06:00"), "nights", "")  # 22:00 to 07:00
    assert shares([night], ZONE)["alice"] == Share(hours(10), hours(10), hours(10), 1)


def test_the_largest_share_is_first_and_a_gap_is_nobodys() -> None:
    found = shares(
        [
            Shift("bob", utc("2026-01-05 10:00"), utc("2026-01-05 11:00"), "r", ""),
            Shift(None, utc("2026-01-05 11:00"), utc("2026-01-05 20:00"), "", ""),
            Shift("alice", utc("2026-01-06 10:00"), utc("2026-01-06 12:00"), "r", ""),
            Shift("bob", utc("2026-01-07 10:00"), utc("2026-01-07 10:30"), "r", ""),
        ],
        ZONE,
    )
    assert list(found.items()) == [
        ("alice", Share(hours(2), hours(0), hours(0), 1)),
        ("bob", Share(hours(1.5), hours(0), hours(0), 2)),
    ]


def test_weekdays_only_is_unfair_to_nobody_in_a_year_of_three() -> None:
    """A rotation whose shift does not divide its week deals all days of the week alike."""
    daily = Rotation(
        "r", datetime.fromisoformat("2026-01-05 09:00"), (ShiftLength(rest=timedelta(days=1)),), ("a", "b", "c")
    )
    found = shares(shifts(Schedule("s", "UTC", (daily,)), utc("2026-01-05 09:00"), utc("2027-01-18 09:00")), "UTC")
    assert {share.weekends_for.days for share in found.values()} == {36}


def test_handoffs_are_the_shifts_that_begin_with_another_engineer_than_before() -> None:
    starts, week = datetime.fromisoformat("2026-01-05 09:00"), (ShiftLength(rest=timedelta(weeks=1)),)
    schedule = Schedule("s", ZONE, (Rotation("weekly", starts, week, ("alice", "alice", "bob")),))
    found = handoffs(schedule, utc("2026-01-05 08:00"), utc("2026-01-26 08:00"))
    assert [(each.engineer, each.starts_at, each.ends_at) for each in found] == [
        ("alice", utc("2026-01-05 08:00"), utc("2026-01-19 08:00")),
        ("bob", utc("2026-01-19 08:00"), utc("2026-01-26 08:00")),
    ]
    assert handoffs(schedule, utc("2026-01-26 08:00"), utc("2026-01-26 08:00")) == []
    [first] = handoffs(schedule, utc("2026-01-26 08:00"), utc("2026-01-26 08:01"))
    assert first.engineer == "alice"
