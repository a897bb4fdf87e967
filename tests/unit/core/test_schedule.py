"""Who is on call: the layers of a schedule, and the spans between two changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

import pytz

from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, Shift, next_shift, on_call, shifts

WEEK = (ShiftLength(rest=timedelta(weeks=1)),)
DAY = (ShiftLength(rest=timedelta(days=1)),)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


WEEKLY = Rotation("weekly", wall("2026-01-05 09:00"), WEEK, ("alice", "bob", "carol"))
OFFICE = Rotation(
    "office", wall("2026-01-05 09:00"), DAY, ("dana", "erik"), (Window((0, 1, 2, 3, 4), time(9), time(18)),)
)
CHRISTMAS = Override("carol", utc("2026-12-24 08:00"), utc("2026-12-26 08:00"), "Alice is away")
SCHEDULE = Schedule("production", "Europe/Brussels", (WEEKLY, OFFICE), (CHRISTMAS,))


def brief(shift: Shift) -> tuple[str | None, str, str]:
    return shift.engineer, f"{shift.starts_at:%d %H:%M}", f"{shift.ends_at:%d %H:%M}"


def test_a_later_rotation_covers_an_earlier_one_while_it_has_somebody() -> None:
    week = shifts(SCHEDULE, utc("2026-01-05 08:00"), utc("2026-01-07 08:00"))
    assert [brief(shift) for shift in week] == [
        ("dana", "05 08:00", "05 17:00"),
        ("alice", "05 17:00", "06 08:00"),
        ("erik", "06 08:00", "06 17:00"),
        ("alice", "06 17:00", "07 08:00"),
    ]
    assert [shift.rotation for shift in week] == ["office", "weekly", "office", "weekly"]


def test_an_override_covers_every_rotation_and_says_its_reason() -> None:
    found = on_call(SCHEDULE, utc("2026-12-24 12:00"))
    assert (found.engineer, found.rotation, found.why) == ("carol", "", "override: Alice is away")
    assert (found.starts_at, found.ends_at) == (CHRISTMAS.starts_at, CHRISTMAS.ends_at)


def test_a_later_override_covers_an_earlier_one_and_gives_way_when_it_ends() -> None:
    later = Override("erik", utc("2026-12-24 12:00"), utc("2026-12-24 13:00"))
    both = Schedule("production", "Europe/Brussels", (WEEKLY,), (CHRISTMAS, later))
    found = shifts(both, utc("2026-12-24 10:00"), utc("2026-12-24 14:00"))
    assert [shift.engineer for shift in found] == ["carol", "erik", "carol"]
    assert on_call(both, utc("2026-12-24 11:00")).ends_at == later.starts_at


def test_before_the_first_rotation_nobody_is_on_call_and_it_has_always_been_so() -> None:
    found = on_call(SCHEDULE, utc("2025-12-31 00:00"))
    assert (found.engineer, found.starts_at, found.ends_at) == (None, None, utc("2026-01-05 08:00"))
    assert found.why.startswith("nobody")


def test_a_schedule_without_rotations_is_one_gap() -> None:
    empty = Schedule("empty", "UTC")
    assert on_call(empty, utc("2026-01-01 00:00")).engineer is None
    assert next_shift(empty, utc("2026-01-01 00:00")) is None
    [only] = shifts(empty, utc("2026-01-01 00:00"), utc("2026-02-01 00:00"))
    assert (only.starts_at, only.ends_at) == (utc("2026-01-01 00:00"), utc("2026-02-01 00:00"))


def test_turns_of_the_same_engineer_that_meet_are_one_shift() -> None:
    twice = Schedule("s", "UTC", (Rotation("r", wall("2026-01-05 09:00"), WEEK, ("alice", "alice", "bob")),))
    found = on_call(twice, utc("2026-01-13 00:00"))
    assert (found.starts_at, found.ends_at) == (utc("2026-01-05 09:00"), utc("2026-01-19 09:00"))


def test_an_engineer_who_is_alone_is_on_call_with_no_end_in_sight() -> None:
    alone = Schedule("s", "UTC", (Rotation("r", wall("2026-01-05 09:00"), DAY, ("alice",)),))
    found = on_call(alone, utc("2030-01-01 00:00"))
    assert (found.engineer, found.starts_at, found.ends_at) == ("alice", utc("2026-01-05 09:00"), None)
    assert next_shift(alone, utc("2030-01-01 00:00")) is None


def test_windows_that_touch_all_year_round_are_one_shift_with_no_end_in_sight() -> None:
    always = Schedule("s", "UTC", (Rotation("r", wall("2026-01-05 00:00"), DAY, ("alice",), (Window(),)),))
    found = on_call(always, utc("2026-01-09 12:00"))
    assert (found.starts_at, found.ends_at) == (utc("2026-01-05 00:00"), None)


def test_the_next_shift_is_whoever_comes_after_the_present_one() -> None:
    following = next_shift(SCHEDULE, utc("2026-01-05 12:00"))
    assert following is not None
    assert brief(following) == ("alice", "05 17:00", "06 08:00")


def test_the_shift_before_an_override_ends_where_the_override_begins() -> None:
    quiet = Schedule("s", "Europe/Brussels", (WEEKLY,), (CHRISTMAS,))
    assert on_call(quiet, utc("2026-12-23 12:00")).ends_at == CHRISTMAS.starts_at
    assert on_call(quiet, utc("2026-12-26 12:00")).starts_at == CHRISTMAS.ends_at


def test_an_override_that_nothing_underneath_survives_is_not_split_by_what_it_covers() -> None:
    [only] = shifts(SCHEDULE, CHRISTMAS.starts_at, CHRISTMAS.ends_at)
    assert only.engineer == "carol"


def test_no_shifts_between_an_instant_and_itself() -> None:
    assert shifts(SCHEDULE, utc("2026-01-05 12:00"), utc("2026-01-05 12:00")) == []


def test_threads_that_ask_at_once_get_the_same_answers() -> None:
    instants = [utc("2026-01-05 08:00") + timedelta(hours=7 * number) for number in range(2000)]
    expected = [on_call(SCHEDULE, at) for at in instants]
    fresh = Schedule("production", "Europe/Brussels", (WEEKLY, OFFICE), (CHRISTMAS,))
    with ThreadPoolExecutor(8) as pool:
        rounds = pool.map(lambda _: [on_call(fresh, at) for at in instants], range(8))
        assert all(found == expected for found in rounds)


def test_a_schedule_that_was_asked_is_equal_to_one_that_was_not() -> None:
    fresh = Schedule("production", "Europe/Brussels", (WEEKLY, OFFICE), (CHRISTMAS,))
    on_call(SCHEDULE, utc("2026-01-05 08:00"))
    assert fresh == SCHEDULE
    assert hash(fresh) == hash(SCHEDULE)
    assert repr(fresh) == repr(SCHEDULE)


def test_a_thousand_years_ahead_and_back_have_answers_too() -> None:
    assert on_call(SCHEDULE, utc("3026-01-05 08:00")).engineer is not None
    assert on_call(SCHEDULE, utc("1026-01-05 08:00")).engineer is None
    weekly = Schedule("s", "Europe/Brussels", (WEEKLY,))
    assert on_call(weekly, utc("9990-01-05 08:00")).engineer in WEEKLY.engineers


def test_a_later_override_of_one_engineer_sees_what_the_earlier_ones_left() -> None:
    first = Override("dana", utc("2026-02-02 08:00"), utc("2026-02-09 08:00"), "", "bob")
    second = Override("erik", utc("2026-02-03 08:00"), utc("2026-02-04 08:00"), "ill", "dana", "Erik Claes by SMS")
    swapped = Schedule(
        "s", "Europe/Brussels", (Rotation("w", wall("2026-02-02 09:00"), WEEK, ("bob",)),), (first, second)
    )
    found = shifts(swapped, utc("2026-02-02 08:00"), utc("2026-02-05 08:00"))
    assert [each.engineer for each in found] == ["dana", "erik", "dana"]
    assert found[1].why == "override (Erik Claes by SMS) instead of dana: ill"
