"""Calendars become rotations of the configuration."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from oncall.calendars import with_calendars
from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.configuration import Configuration
from oncall.core.engineer import Absence, Engineer
from oncall.core.hotline import Hotline
from oncall.core.schedule import Schedule, on_call, shifts
from tests.unit.calendars.calendar_text import calendar, event, shift

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
URL = "https://calendar.example/team.ics"


def configured(*rotations: CalendarRotation) -> Configuration:
    return Configuration(
        hotline=Hotline("Example", "+3225550199", "p"),
        engineers={key: Engineer(key, key.title(), "+1") for key in ("alice", "bob")},
        schedules={"production": Schedule("production", "Europe/Brussels", rotations)},
        policies={},
    )


def test_a_calendar_says_who_is_on_call_and_a_later_event_covers_an_earlier_one() -> None:
    text = calendar(
        shift("On call: Alice", "20260105", "20260112"), shift("Bob", "20260107T120000Z", "20260107T180000Z", uid="2")
    )
    filled, troubles = with_calendars(configured(CalendarRotation("team", source=URL)), {URL: text}, NOW)
    schedule = filled.schedules["production"]
    assert troubles == []
    assert on_call(schedule, NOW).engineer == "bob"
    assert on_call(schedule, NOW - timedelta(minutes=1)).engineer == "alice"
    assert on_call(schedule, NOW + timedelta(hours=6)).engineer == "alice"
    assert on_call(schedule, NOW + timedelta(days=6)).engineer is None


def test_who_is_known_under_another_name_is_mapped_and_who_is_not_leaves_a_gap_aloud() -> None:
    text = calendar(
        shift("A. M.", "20260105", "20260112"),
        shift("Zoë", "20260112", "20260119", "ATTENDEE:mailto:z@x.example", uid="2"),
    )
    rotation = CalendarRotation("team", source=URL, names=(("a. m.", "alice"),))
    filled, [trouble] = with_calendars(configured(rotation), {URL: text}, NOW)
    assert on_call(filled.schedules["production"], NOW).engineer == "alice"
    assert on_call(filled.schedules["production"], NOW + timedelta(days=7)).engineer is None
    assert trouble.text.startswith("“Zoë” (z@x.example), from Mon 2026-01-12 00:00 CET, names no engineer")
    assert "map the name under `engineers:`" in trouble.text


def test_an_event_that_may_be_either_of_two_says_whose_and_what_to_write_instead() -> None:
    two = {"anna": Engineer("anna", "Anna Berg", "+1"), "amr": Engineer("amr", "Anna Rossi", "+2")}
    configuration = replace(configured(CalendarRotation("team", source=URL)), engineers=two)
    filled, [trouble] = with_calendars(configuration, {URL: calendar(shift("Anna", "20260105", "20260112"))}, NOW)
    assert on_call(filled.schedules["production"], NOW).engineer is None
    assert trouble.text == (
        "“Anna”, from Mon 2026-01-05 00:00 CET, may be Anna Rossi (`amr`) or Anna Berg (`anna`), so nobody is on call "
        "by it; write the full name or the email address of one of them in the calendar, or map what it says under "
        "`engineers:` of the rotation"
    )
    rotation = CalendarRotation("team", source=URL, names=(("anna", "anna"),))
    mapped = replace(configured(rotation), engineers=two)
    assert with_calendars(mapped, {URL: calendar(shift("Anna", "20260105", "20260112"))}, NOW)[1] == []


def test_strangers_of_the_past_are_not_spoken_of_and_a_calendar_without_a_future_is() -> None:
    past, coming = shift("Zoë", "20251222", "20251229"), shift("Alice", "20260105", "20260112", uid="2")
    configuration = configured(CalendarRotation("team", source=URL))
    assert with_calendars(configuration, {URL: calendar(past, coming)}, NOW)[1] == []
    [trouble] = with_calendars(configuration, {URL: calendar(past)}, NOW)[1]
    assert trouble.text == "it has no shift to come, so nobody is on call by it"


def test_lesson_42_somebody_who_is_away_is_not_on_call_though_the_calendar_says_so() -> None:
    text = calendar(shift("Bob", "20260101", "20260201"), shift("Alice", "20260105", "20260112", uid="2"))
    filled, _ = with_calendars(configured(CalendarRotation("team", source=URL)), {URL: text}, NOW)
    schedule = filled.schedules["production"]
    absence = Absence(datetime(2026, 1, 7, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC), "holiday")
    away = replace(schedule, away={"alice": (absence,)})
    assert [on_call(each, NOW).engineer for each in (schedule, away)] == ["alice", "bob"]
    assert on_call(away, NOW + timedelta(days=2)).engineer == "alice"
    assert on_call(replace(away, away={"alice": (absence,), "bob": (absence,)}), NOW).engineer is None


def test_a_calendar_that_is_not_there_or_is_none_leaves_its_rotation_as_it_was() -> None:
    rotation = CalendarRotation("team", source=URL)
    configuration = configured(rotation)
    assert with_calendars(configuration, {}, NOW) == (configuration, [])
    filled, [trouble] = with_calendars(configuration, {URL: "<html>"}, NOW)
    assert filled == configuration
    assert "a web page" in trouble.text


def test_the_answer_is_the_same_all_year_so_that_no_shift_at_an_edge_moves_every_day() -> None:
    text = calendar(event("SUMMARY:Alice", "DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=DAILY"))
    configuration = configured(CalendarRotation("team", source=URL))
    march, october, next_year = (
        with_calendars(configuration, {URL: text}, datetime(*day, tzinfo=UTC))[0].schedules["production"]
        for day in ((2026, 3, 20), (2026, 10, 20), (2027, 3, 20))
    )
    assert march == october != next_year
    a_year_ahead = shifts(october, datetime(2026, 8, 15, tzinfo=UTC), datetime(2027, 11, 20, tzinfo=UTC))
    assert [each.engineer for each in a_year_ahead] == ["alice"]


def test_a_configuration_without_calendars_is_left_alone() -> None:
    configuration = replace(configured(), schedules={})
    assert with_calendars(configuration, {}, NOW)[0] is configuration
