"""Why an answer is what it is, in sentences."""

from datetime import datetime, timedelta

import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.calendar_rotation import CalendarRotation, CalendarSpan
from oncall.core.engineer import Absence
from oncall.core.explanation import explain
from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, on_call
from tests.unit.core.minute_by_minute import MINUTE
from tests.unit.core.test_minute_by_minute import whole_schedules

WEEK = (ShiftLength(rest=timedelta(weeks=1)),)


def utc(text: str) -> datetime:
    return pytz.utc.localize(datetime.fromisoformat(text))


STARTS = datetime.fromisoformat("2026-01-05 09:00")
ENTRY = CalendarSpan("carol", utc("2026-01-06 00:00"), utc("2026-01-07 00:00"))


def test_a_calendar_and_what_it_covers_are_named() -> None:
    layers = (Rotation("base", STARTS, WEEK, ("alice", "bob")), CalendarRotation("team", (ENTRY,)))
    assert explain(Schedule("s", "UTC", layers), utc("2026-01-06 12:00")) == [
        "The calendar of the rotation team has an entry of carol's.",
        "The rotation team covers base, which would have alice; later ones lie on top.",
    ]


def test_every_reason_for_which_nobody_is_on_call_is_named() -> None:
    away = {"bob": (Absence(utc("2026-01-01 00:00"), utc("2027-01-01 00:00")),)}
    layers = (
        Rotation("later", datetime.fromisoformat("2026-09-01 09:00"), WEEK, ("alice",)),
        Rotation("over", STARTS, WEEK, ("alice",), until=datetime.fromisoformat("2026-02-01")),
        Rotation("closed", STARTS, WEEK, ("alice",), (Window((5, 6)),)),
        Rotation("ill", STARTS, WEEK, ("bob",)),
        CalendarRotation("team", (ENTRY,)),
    )
    assert explain(Schedule("s", "UTC", layers, (), away), utc("2026-03-04 12:00")) == [
        "The rotation later has not begun: it starts at Tue 2026-09-01 09:00 UTC.",
        "The rotation over is over: it ended at Sun 2026-02-01 00:00 UTC.",
        "The rotation closed does not count at this time: all its windows are closed.",
        "Everybody in the rotation ill is away or not a member at this time.",
        "The calendar of the rotation team has no entry for this time of anybody who is there.",
        "No override covers it.",
    ]
    assert explain(Schedule("s", "UTC"), utc("2026-03-04 12:00"))[0].startswith("The schedule has no rotations")


def test_an_override_of_somebody_who_is_away_says_so() -> None:
    away = {"bob": (Absence(utc("2026-01-01 00:00"), utc("2027-01-01 00:00")),)}
    override = Override("bob", utc("2026-01-06 00:00"), utc("2026-01-07 00:00"), origin="Bob Peeters by SMS")
    said = explain(Schedule("s", "UTC", (), (override,), away), utc("2026-01-06 12:00"))
    assert said[0].startswith("An override made by Bob Peeters by SMS gives everybody's shifts")
    assert said[1] == "bob is away then, but an override is meant as it is written."


@given(whole_schedules(), st.integers(-3 * 1440, 1440))
@settings(max_examples=100, deadline=None)
def test_there_is_an_explanation_at_every_minute_and_it_names_who_is_on_call(given, minute: int) -> None:
    schedule, change = given
    at = change + minute * MINUTE
    said = explain(schedule, at)
    assert all(sentence.endswith(".") for sentence in said)
    assert (on_call(schedule, at).engineer or "") in " ".join(said)
