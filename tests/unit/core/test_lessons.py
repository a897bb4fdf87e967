"""What has gone wrong in other systems, one test each, named after it."""

from datetime import datetime, time, timedelta
from itertools import pairwise

import pytz

from oncall.core.calendar_rotation import CalendarRotation, CalendarSpan
from oncall.core.engineer import Absence
from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, handoffs, next_shift, on_call, shifts
from oncall.core.shares import shares

BRUSSELS = "Europe/Brussels"
DAY = (ShiftLength(rest=timedelta(days=1)),)
WEEK = (ShiftLength(rest=timedelta(weeks=1)),)
HALF_DAY = (ShiftLength(rest=timedelta(hours=12)),)
MON_TO_FRI = (0, 1, 2, 3, 4)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return pytz.utc.localize(wall(text))


def local(at: datetime | None, zone: str = BRUSSELS) -> str:
    assert at is not None
    return f"{at.astimezone(pytz.timezone(zone)):%m-%d %H:%M}"


def test_shifts_moved_by_an_hour_after_the_clocks_changed() -> None:
    """Grafana OnCall 3261, 5247, 5455, 4208."""
    nights = Schedule("s", BRUSSELS, (Rotation("r", wall("2026-01-05 21:00"), HALF_DAY, ("alice", "bob")),))
    year = shifts(nights, utc("2026-02-01 20:00"), utc("2026-12-20 20:00"))
    assert {local(each.starts_at)[-5:] for each in year} == {"09:00", "21:00"}


def test_an_hour_had_nobody_or_two_after_the_clocks_changed() -> None:
    """Grafana OnCall 3261: windows of two rotations that meet at 02:30 leave no hole and do not overlap."""
    early = Rotation("early", wall("2026-01-05"), DAY, ("alice",), (Window(begins=time(14, 30), until=time(2, 30)),))
    late = Rotation("late", wall("2026-01-05"), DAY, ("bob",), (Window(begins=time(2, 30), until=time(14, 30)),))
    both = Schedule("s", BRUSSELS, (early, late))
    for night in ("2026-03-28", "2026-10-24"):
        found = shifts(both, utc(f"{night} 14:00"), utc(f"{night} 14:00") + timedelta(days=2))
        assert [each.engineer for each in found] == ["alice", "bob", "alice", "bob", "alice"][: len(found)]
        assert all(one.ends_at == other.starts_at for one, other in pairwise(found))


def test_the_screen_was_an_hour_off_because_it_guessed_the_offset() -> None:
    """Grafana OnCall 2950, 3576: every edge is an instant, and carries its own offset."""
    weekly = Schedule("s", BRUSSELS, (Rotation("r", wall("2026-10-19 09:00"), WEEK, ("alice", "bob")),))
    found = on_call(weekly, utc("2026-10-25 12:00"))
    assert (found.starts_at, found.ends_at) == (utc("2026-10-19 07:00"), utc("2026-10-26 08:00"))


def test_daily_shifts_in_a_zone_that_is_not_utc_put_both_engineers_on_every_day() -> None:
    """Grafana OnCall 4197."""
    daily = Schedule("s", "America/Los_Angeles", (Rotation("r", wall("2026-01-05"), DAY, ("alice", "bob")),))
    found = shifts(daily, utc("2026-01-05 08:00"), utc("2026-01-15 08:00"))
    assert [each.engineer for each in found] == ["alice", "bob"] * 5
    assert {local(each.starts_at, "America/Los_Angeles")[-5:] for each in found} == {"00:00"}


def test_what_the_repeated_hour_means_was_written_nowhere() -> None:
    """GoAlert 512, 1252. Here a local time that comes twice is the first, at a start and at an end."""
    window = Window(begins=time(2, 15), until=time(2, 45))
    odd = Schedule("s", BRUSSELS, (Rotation("r", wall("2026-10-01"), DAY, ("alice",), (window,)),))
    found = on_call(odd, utc("2026-10-25 00:20"))
    assert (found.starts_at, found.ends_at) == (utc("2026-10-25 00:15"), utc("2026-10-25 00:45"))
    assert on_call(odd, utc("2026-10-25 01:20")).engineer is None


def test_a_whole_day_entry_of_a_calendar_was_seen_as_a_gap() -> None:
    """Grafana OnCall 5570, 3032, 4247, 576."""
    day = CalendarSpan("alice", utc("2026-10-24 22:00"), utc("2026-10-25 23:00"))  # the 25th, of 25 hours
    calendar = Schedule("s", BRUSSELS, (CalendarRotation("team", (day,)),))
    found = on_call(calendar, utc("2026-10-25 12:00"))
    assert (found.engineer, found.starts_at, found.ends_at) == ("alice", day.starts_at, day.ends_at)
    assert found.why == "rotation team: the calendar says so"


def test_entries_of_a_calendar_that_overlap_were_both_on_call() -> None:
    late = CalendarSpan("bob", utc("2026-01-05 12:00"), utc("2026-01-06 00:00"))
    whole = CalendarSpan("alice", utc("2026-01-05 00:00"), utc("2026-01-06 00:00"))
    calendar = Schedule("s", "UTC", (CalendarRotation("team", (whole, late)),))
    assert on_call(calendar, utc("2026-01-05 11:59")).engineer == "alice"
    assert on_call(calendar, utc("2026-01-05 12:00")).engineer == "bob"


def test_a_holiday_of_the_engineer_clashed_with_their_shift() -> None:
    """Grafana OnCall 322: somebody who is away is passed over, and everybody else keeps their turns."""
    away = {"bob": (Absence(utc("2026-01-12 00:00"), utc("2026-01-20 00:00"), "on holiday"),)}
    weekly = Rotation("r", wall("2026-01-05 09:00"), WEEK, ("alice", "bob", "carol"))
    weeks = [
        on_call(Schedule("s", "UTC", (weekly,), (), away), utc(f"2026-01-{day:02} 12:00")) for day in (5, 12, 19, 26)
    ]
    assert [each.engineer for each in weeks] == ["alice", "carol", "carol", "alice"]
    assert "on holiday" in weeks[1].why


def test_a_public_holiday_clashed_with_office_hours() -> None:
    """Grafana 106464, terraform-provider-ilert 30."""
    christmas = frozenset({wall("2026-12-25").date()})
    office = Window(MON_TO_FRI, time(9), time(18), except_on=christmas)
    layers = (
        Rotation("base", wall("2026-01-05 09:00"), WEEK, ("alice",)),
        Rotation("office", wall("2026-01-05 09:00"), DAY, ("dana",), (office,)),
    )
    assert on_call(Schedule("s", BRUSSELS, layers), utc("2026-12-24 12:00")).engineer == "dana"
    assert on_call(Schedule("s", BRUSSELS, layers), utc("2026-12-25 12:00")).engineer == "alice"


def test_a_rotation_on_weekdays_only_starved_some_engineers() -> None:
    """GoAlert 55: turns run on over the weekend, so that three engineers get alike."""
    office = Window(MON_TO_FRI, time(9), time(18))
    daily = Rotation("r", wall("2026-01-05 09:00"), DAY, ("alice", "bob", "carol"), (office,))
    found = shifts(
        Schedule("s", "UTC", (daily,)), utc("2026-01-05 09:00"), utc("2026-01-26 09:00") + timedelta(days=21)
    )
    hours = {name: share.total_for for name, share in shares(found, "UTC").items()}
    assert set(hours.values()) == {timedelta(hours=9 * 10)}


def test_there_were_no_months_and_no_cycles_of_four_and_three_days() -> None:
    """GoAlert 3196, 1138."""
    cycle = (ShiftLength(rest=timedelta(days=4)), ShiftLength(rest=timedelta(days=3)))
    split = Schedule("s", BRUSSELS, (Rotation("r", wall("2026-01-05 09:00"), cycle, ("alice", "bob")),))
    assert {local(each.starts_at)[-5:] for each in shifts(split, utc("2026-03-02 08:00"), utc("2026-05-04 07:00"))} == {
        "09:00"
    }
    monthly = Schedule(
        "s", BRUSSELS, (Rotation("r", wall("2026-01-31 09:00"), (ShiftLength(months=1),), ("alice", "bob")),)
    )
    found = shifts(monthly, utc("2026-01-31 08:00"), utc("2026-06-01 07:00"))
    assert [local(each.starts_at) for each in found] == [
        "01-31 09:00",
        "02-28 09:00",
        "03-31 09:00",
        "04-30 09:00",
        "05-31 09:00",
    ]


def test_nobody_could_say_when_their_next_shift_is() -> None:
    """GoAlert 1973, 583; Grafana OnCall 5353."""
    weekly = Schedule("s", "UTC", (Rotation("r", wall("2026-01-05 09:00"), WEEK, ("alice", "bob", "carol")),))
    mine = [
        each for each in handoffs(weekly, utc("2026-01-06 00:00"), utc("2026-03-01 00:00")) if each.engineer == "alice"
    ]
    assert [each.starts_at for each in mine] == [utc("2026-01-26 09:00"), utc("2026-02-16 09:00")]
    following = next_shift(weekly, utc("2026-01-06 00:00"))
    assert following is not None
    assert following.engineer == "bob"


def test_take_this_shift_now_for_somebody_hit_by_an_emergency() -> None:
    """Grafana OnCall 4538: only bob's hours change hands, and it is said by whom."""
    weekly = Rotation("r", wall("2026-01-05 09:00"), DAY, ("alice", "bob"))
    take = Override("carol", utc("2026-01-06 12:00"), utc("2026-01-08 00:00"), "", "bob", "Carol Janssens by SMS")
    found = shifts(Schedule("s", "UTC", (weekly,), (take,)), utc("2026-01-06 09:00"), utc("2026-01-08 09:00"))
    assert [each.engineer for each in found] == ["bob", "carol", "alice"]
    assert found[1].why == "override (Carol Janssens by SMS) instead of bob"


def test_missing_coverage_was_silence() -> None:
    """GoAlert 2878, 3057; Grafana OnCall 4072: a gap is an answer, with its beginning and its end."""
    office = Window(MON_TO_FRI, time(9), time(18))
    hours = Schedule("s", "UTC", (Rotation("r", wall("2026-01-05 09:00"), DAY, ("alice",), (office,)),))
    gap = on_call(hours, utc("2026-01-10 12:00"))
    assert (gap.engineer, gap.starts_at, gap.ends_at) == (None, utc("2026-01-09 18:00"), utc("2026-01-12 09:00"))
    assert gap.why.startswith("nobody")


def test_a_rotation_across_restricted_hours_picked_the_wrong_person() -> None:
    """OneUptime 2413, 2086: closed hours neither delay a turn nor hand it to anybody else."""
    night = Window((4, 5, 6), time(22), time(6))
    daily = Rotation("r", wall("2026-01-05 12:00"), DAY, ("alice", "bob", "carol"), (night,))
    found = shifts(Schedule("s", "UTC", (daily,)), utc("2026-01-09 12:00"), utc("2026-01-12 12:00"))
    assert [each.engineer for each in found if each.engineer] == ["bob", "carol", "alice"]  # turns 4, 5 and 6
