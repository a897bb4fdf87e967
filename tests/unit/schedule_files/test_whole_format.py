"""Every key of a schedule, from the YAML to the answer."""

from datetime import datetime, timedelta

import pytest
import pytz

from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.configuration import Configuration
from oncall.core.engineer import Absence
from oncall.core.schedule import on_call, shifts
from oncall.schedule_files import load
from oncall.schedule_files.public_holidays import public_holidays

PEOPLE = """
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: down}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001", timezone: Europe/Lisbon, away: [{from: 2026-02-01, until: 2026-02-09 12:00, reason: skiing}]}
  bob: {name: Bob Peeters, phone: "+32470000002", away: [{from: 2026-08-01, until: 2026-08-15}]}
  carol: {name: Carol Janssens, phone: "+32470000003"}
  dave: {name: Dave Maes, phone: "+32470000004"}
escalation_policies:
  down: {steps: [{page: [production], wait: 5m}]}
schedules:
  production:
    timezone: Europe/Brussels
"""  # noqa: E501


def read(rest: str) -> Configuration:
    return load({"a.yaml": PEOPLE + rest})


def answer(rest: str, at: str) -> str | None:
    """Who is on call, at a local time in Brussels."""
    schedule = read(rest).schedules["production"]
    return on_call(schedule, pytz.timezone("Europe/Brussels").localize(datetime.fromisoformat(at))).engineer


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


HOLIDAYS = """
    rotations:
      - {name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [bob]}
      - name: office
        starts: 2026-01-05 09:00
        shift: 1d
        engineers: [dave]
        during: [{days: [mon, tue, wed, thu, fri], from: "09:00", until: "18:00", except_holidays: BE}]
      - name: free
        starts: 2026-01-05 09:00
        shift: 1d
        engineers: [carol]
        during: [{days: [sat, sun], holidays: BE, from: "22:00", until: "07:00"}]
"""


@pytest.mark.parametrize(
    ("at", "engineer"),
    [
        ("2026-07-20 12:00", "dave"),  # a Monday
        ("2026-07-21 12:00", "bob"),  # Belgium's national day, a Tuesday
        ("2026-07-21 21:59", "bob"),
        ("2026-07-21 22:00", "carol"),  # the night that begins on it
        ("2026-07-22 06:59", "carol"),
        ("2026-07-22 07:00", "bob"),
        ("2026-07-04 12:00", "bob"),  # somebody else's national day
    ],
)
def test_a_window_begins_on_public_holidays_or_leaves_them_out(at: str, engineer: str) -> None:
    assert answer(HOLIDAYS, at) == engineer


def test_a_window_of_holidays_without_days_is_open_on_holidays_only() -> None:
    only = HOLIDAYS.replace("days: [sat, sun], holidays: BE", "holidays: US-CA")
    assert answer(only, "2026-03-31 23:00") == "carol"  # Cesar Chavez Day, in California
    assert answer(only.replace("US-CA", "US"), "2026-03-31 23:00") == "bob"
    assert answer(only, "2026-07-11 23:00") == "bob"  # a Saturday


def test_holidays_of_many_countries_are_known_also_where_years_are_missing() -> None:
    assert all(len(public_holidays(code)) > 200 for code in ("BE", "DE-BY", "US", "GB", "IN", "JP", "BR", "ZA", "AU"))
    assert public_holidays("") == frozenset()


@pytest.mark.parametrize(
    ("shift", "handoffs"),
    [
        ("12h", ["01-05 09:00", "01-05 21:00", "01-06 09:00"]),
        ("3d", ["01-05 09:00", "01-08 09:00", "01-11 09:00"]),
        ("2w", ["01-05 09:00", "01-19 09:00", "02-02 09:00"]),
        ("1mo", ["01-05 09:00", "02-05 09:00", "03-05 09:00"]),
        ("[4d, 3d]", ["01-05 09:00", "01-09 09:00", "01-12 09:00"]),
    ],
)
def test_shifts_of_hours_days_weeks_months_and_cycles(shift: str, handoffs: list[str]) -> None:
    rotation = f"    rotations: [{{name: r, starts: 2026-01-05 09:00, shift: {shift}, engineers: [carol, dave]}}]\n"
    schedule = read(rotation).schedules["production"]
    found = shifts(schedule, utc("2026-01-05 08:00"), utc("2026-04-01 00:00"))[:3]
    brussels = pytz.timezone("Europe/Brussels")
    assert [f"{each.starts_at.astimezone(brussels):%m-%d %H:%M}" for each in found if each.starts_at] == handoffs


def test_a_rotation_ends_where_it_says() -> None:
    ends = "    rotations: [{name: r, starts: 2026-01-05, until: 2026-03-01 09:00, shift: 1w, engineers: [carol]}]\n"
    assert answer(ends, "2026-03-01 08:59") == "carol"
    assert answer(ends, "2026-03-01 09:00") is None


def test_an_override_instead_of_one_engineer_leaves_everybody_else_alone() -> None:
    swap = """
    rotations: [{name: r, starts: 2026-01-05 09:00, shift: 1d, engineers: [bob, carol]}]
    overrides: [{engineer: dave, from: 2026-03-02, until: 2026-03-09, instead_of: bob, reason: swap}]
"""
    schedule = read(swap).schedules["production"]
    found = shifts(schedule, utc("2026-03-02 08:00"), utc("2026-03-06 08:00"))
    assert [each.engineer for each in found] == ["dave", "carol", "dave", "carol"]
    assert found[0].why == "override instead of bob: swap"


def test_engineers_join_and_leave_at_a_local_time() -> None:
    members = """
    rotations:
      - name: r
        starts: 2026-01-05 09:00
        shift: 1w
        engineers: [carol, {engineer: bob, until: 2026-02-01}, {engineer: dave, from: 2026-02-01}]
"""
    weeks = [answer(members, f"2026-{day} 12:00") for day in ("01-05", "01-12", "01-19", "01-26", "02-02", "02-09")]
    assert weeks == ["carol", "bob", "carol", "bob", "carol", "dave"]
    assert answer(members, "2026-02-01 00:00") == "dave"  # the rest of the turn of Bob, who has left


def test_an_absence_is_local_to_its_engineer_and_hands_the_shift_on() -> None:
    away = "    rotations: [{name: r, starts: 2026-02-02 09:00, shift: 1w, engineers: [alice, carol]}]\n"
    schedule = read(away).schedules["production"]
    assert schedule.away["alice"] == (Absence(utc("2026-02-01 00:00"), utc("2026-02-09 12:00"), "skiing"),)
    assert schedule.away["bob"] == (Absence(utc("2026-07-31 22:00"), utc("2026-08-14 22:00")),)
    assert on_call(schedule, utc("2026-02-02 12:00")).why == (
        "rotation r: it is alice's turn, who is away (skiing); carol is the next who is there"
    )


def test_a_rotation_may_be_a_calendar() -> None:
    ical = (
        "    rotations: [{name: team, ical: 'https://calendar.example/team.ics?x=1', engineers: {'Alice M.': alice}}]\n"
    )
    [found] = read(ical).schedules["production"].rotations
    assert found == CalendarRotation("team", (), "https://calendar.example/team.ics?x=1", (("Alice M.", "alice"),))


def test_the_sun_is_followed_by_three_rotations_in_one_schedule() -> None:
    """Each office has its own rotation and hours, in the schedule's zone; together they leave no gap."""
    sun = """
    rotations:
      - {name: asia, starts: 2026-01-05, shift: 1w, engineers: [carol], during: [{from: "00:00", until: "08:00"}]}
      - {name: europe, starts: 2026-01-05, shift: 1w, engineers: [bob, dave], during: [{from: "08:00", until: "16:00"}]}
      - {name: america, starts: 2026-01-05, shift: 1w, engineers: [alice], during: [{from: "16:00", until: "24:00"}]}
"""
    schedule = read(sun).schedules["production"]
    found = shifts(schedule, utc("2026-03-02 23:00"), utc("2026-03-03 23:00"))
    assert [(each.rotation, each.ends_at - each.starts_at) for each in found if each.ends_at and each.starts_at] == [
        ("asia", timedelta(hours=8)),
        ("europe", timedelta(hours=8)),
        ("america", timedelta(hours=8)),
    ]
    year = shifts(schedule, utc("2026-03-01 00:00"), utc("2027-03-01 00:00"))
    assert all(each.engineer for each in year)
