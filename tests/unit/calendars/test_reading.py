"""What other people's calendars say, however they write it; and that none of them can hold us up."""

import time
from datetime import UTC, datetime

import pytest

from oncall.calendars import read
from oncall.errors import CalendarError
from tests.unit.calendars.calendar_text import BEGIN, UNTIL, calendar, event, shift

BRUSSELS = "Europe/Brussels"
LONGEST_SECONDS = 30


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(text: str, zone: str = BRUSSELS) -> list[tuple[str, str]]:
    found = read(text, zone, BEGIN, UNTIL).events
    return [(f"{each.starts_at:%m-%d %H:%M}", f"{each.ends_at:%m-%d %H:%M}") for each in found]


def test_lesson_41_all_day_events_are_whole_days_of_the_schedule_s_zone_and_no_gaps() -> None:
    two_days = calendar(shift("Alice", "20260105", "20260107"))
    assert times(two_days) == [("01-04 23:00", "01-06 23:00")]
    assert times(two_days, "America/New_York") == [("01-05 05:00", "01-07 05:00")]
    assert times(calendar(event("SUMMARY:Alice", "DTSTART;VALUE=DATE:20260105"))) == [("01-04 23:00", "01-05 23:00")]


def test_lesson_41_times_without_a_zone_are_local_to_the_schedule_and_not_hours_off() -> None:
    floating = calendar(shift("Alice", "20260105T090000", "20260105T180000"))
    assert times(floating, "Asia/Shanghai") == [("01-05 01:00", "01-05 10:00")]
    assert times(floating) == [("01-05 08:00", "01-05 17:00")]


def test_lesson_38_a_weekly_event_keeps_its_wall_clock_time_when_the_clocks_change() -> None:
    weekly = event(
        "SUMMARY:Alice", "DTSTART;TZID=Europe/Brussels:20260323T090000", "DTEND;TZID=Europe/Brussels:20260330T090000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    )  # fmt: skip
    assert times(calendar(weekly)) == [
        ("03-23 08:00", "03-30 07:00"), ("03-30 07:00", "04-06 07:00"), ("04-06 07:00", "04-13 07:00"),
    ]  # fmt: skip


def test_the_skipped_hour_is_its_end_and_of_the_repeated_one_the_first_counts() -> None:
    night = event(
        "SUMMARY:Alice", "DTSTART;TZID=Europe/Brussels:20260329T023000", "DTEND;TZID=Europe/Brussels:20261025T023000"
    )
    assert times(calendar(night)) == [("03-29 01:00", "10-25 00:30")]


@pytest.mark.parametrize("name", ["W. Europe Standard Time", "Romance Standard Time", "Europe/Brussels"])
def test_zones_are_known_by_their_windows_names_too(name: str) -> None:
    text = calendar(
        event("SUMMARY:Alice", f"DTSTART;TZID={name}:20260706T090000", f"DTEND;TZID={name}:20260706T180000")
    )
    assert times(text) == [("07-06 07:00", "07-06 16:00")]


def test_a_zone_that_the_calendar_defines_itself_is_understood() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0300\r\n"
        "TZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    )
    text = calendar(
        zone, event("SUMMARY:A", "DTSTART;TZID=Office:20260706T090000", "DTEND;TZID=Office:20260706T100000")
    )
    assert times(text) == [("07-06 06:00", "07-06 07:00")]


def test_a_zone_that_nobody_knows_is_read_as_the_schedule_s_and_said() -> None:
    text = calendar(
        event("SUMMARY:A", "DTSTART;TZID=Shire/Hobbiton:20260706T090000", "DTEND;TZID=Shire/Hobbiton:20260706T100000")
    )
    assert times(text) == [("07-06 07:00", "07-06 08:00")]
    [complaint] = read(text, BRUSSELS, BEGIN, UNTIL).complaints
    assert complaint == "its time zone Shire/Hobbiton is unknown: its times are read as Europe/Brussels"


def test_what_was_taken_out_moved_or_cancelled_is_so() -> None:
    weekly = shift(
        "Alice", "20260105T090000Z", "20260106T090000Z", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE:20260112T090000Z"
    )
    moved = shift("Bob", "20260120T090000Z", "20260121T090000Z", "RECURRENCE-ID:20260119T090000Z")
    cancelled = shift(
        "Alice", "20260126T090000Z", "20260127T090000Z", "RECURRENCE-ID:20260126T090000Z", "STATUS:CANCELLED"
    )
    alone = shift("Carol", "20260201T090000Z", "20260202T090000Z", "STATUS:CANCELLED", uid="2")
    found = read(calendar(weekly, moved, cancelled, alone), BRUSSELS, BEGIN, UNTIL).events
    assert [(each.summary, each.starts_at.day) for each in found] == [("Alice", 5), ("Bob", 20)]


def test_events_are_whole_at_the_edges_of_what_is_asked_for() -> None:
    text = calendar(shift("Alice", "20251220T090000Z", "20260103T090000Z"))
    [found] = read(text, BRUSSELS, BEGIN, UNTIL).events
    assert (found.starts_at, found.ends_at) == (utc("2025-12-20T09:00"), utc("2026-01-03T09:00"))


def test_of_events_that_start_together_the_shorter_comes_later_and_so_covers() -> None:
    long, short = (
        shift(name, "20260105", until, uid=name) for name, until in (("Long", "20260112"), ("Short", "20260106"))
    )
    for text in (calendar(long, short), calendar(short, long)):
        assert [each.summary for each in read(text, BRUSSELS, BEGIN, UNTIL).events] == ["Long", "Short"]


def test_people_are_those_who_did_not_decline_and_no_rooms() -> None:
    text = calendar(
        shift(
            "On call", "20260105T090000Z", "20260106T090000Z",
            "ATTENDEE;CUTYPE=ROOM;CN=Room 3:mailto:room3@example.com",
            "ATTENDEE;PARTSTAT=DECLINED;CN=Bob:mailto:bob@example.com",
            "ATTENDEE;CN=Alice Martin:MAILTO:Alice@Example.com",
            "ORGANIZER;CN=Dana:mailto:dana@example.com",
        )
    )  # fmt: skip
    [found] = read(text, BRUSSELS, BEGIN, UNTIL).events
    assert found.people == ("Alice@Example.com", "Alice Martin", "dana@example.com", "Dana")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is empty"),
        ("  \r\n ", "it is empty"),
        ("<!doctype html><html><body>Sign in</body></html>", "it is a web page, not a calendar"),
        ("502 Bad Gateway", "it is something else, not a calendar"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:2026", "it is cut off"),
        ("BEGIN:VCALENDAR\r\n" + "X-LONG:" + "x" * 1_100_000 + "\r\nEND:VCALENDAR", "it is larger than 1000 kB"),
        ("BEGIN:VCALENDAR\r\nno colon here\r\nEND:VCALENDAR", "cannot be read as a calendar"),
    ],
    ids=["empty", "blank", "html", "text", "truncated", "large", "broken"],
)
def test_what_is_no_calendar_is_refused_and_what_it_is_instead_is_said(text: str, says: str) -> None:
    with pytest.raises(CalendarError, match=says):
        read(text, BRUSSELS, BEGIN, UNTIL)


ALICE = ("20260105T090000Z", "20260106T090000Z")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("FREQ=SECONDLY", "too often"),
        ("FREQ=MINUTELY", "too often"),
        ("FREQ=DAILY;BYHOUR=0,6;BYMINUTE=0,1,2,3,4;BYSECOND=0,1,2,3,4,5,6,7,8,9", "too often"),
        ("FREQ=HOURLY;BYMINUTE=0,15,30,45", "too often"),
        ("FREQ=DAILY;INTERVAL=0", "cannot be read"),
        ("FREQ=DAILY;BYHOUR=99", "cannot be read"),
        ("FREQ=SOMETIMES", "cannot be read"),
        ("FREQ=DAILY;COUNT=9999999", "too many times"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "days that do not exist"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "too involved"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_a_repetition_that_is_no_rotation_is_passed_by_aloud_and_the_rest_is_read(rule: str, says: str) -> None:
    bad = shift("Mallory", *ALICE, f"RRULE:{rule}", uid="2")
    found = read(calendar(bad, shift("Alice", *ALICE)), BRUSSELS, BEGIN, UNTIL)
    assert [each.summary for each in found.events] == ["Alice"]
    [complaint] = found.complaints
    assert complaint.startswith("the event “Mallory” was passed by: ")
    assert says in complaint


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:00010105T090000Z", "DTEND:00010106T090000Z"),
        ("DTSTART:20260105T090000Z", "DTEND:99991231T235959Z"),
        ("DTSTART:20260105T990000Z",),
        ("DTSTART:20260105T090000Z",),
        ("DTEND:20260105T090000Z",),
    ],
    ids=["year 1", "year 9999", "hour 99", "no end", "no start"],
)
def test_times_that_cannot_be_are_passed_by_aloud(lines: tuple[str, ...]) -> None:
    found = read(calendar(event("SUMMARY:Mallory", *lines)), BRUSSELS, BEGIN, UNTIL)
    assert found.events == ()
    assert "Mallory" in found.complaints[0]


@pytest.mark.parametrize(
    "text",
    [
        calendar(
            *(shift("A", "19000101T000000Z", "19000102T000000Z", "RRULE:FREQ=DAILY", uid=f"{n}") for n in range(999))
        ),
        calendar(*(shift("A", *ALICE, "RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", uid=f"{n}") for n in range(999))),
        calendar(*(shift("A", *ALICE, "RRULE:FREQ=HOURLY", uid=f"{n}") for n in range(9))),
        "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 20_000 + "END:VEVENT\r\n" * 20_000 + "END:VCALENDAR",
        calendar(shift("A", *ALICE, "RDATE:" + ",".join(["20260105T090000Z"] * 20_000))),
    ],
    ids=["daily since 1900", "never", "hourly", "nested", "the same date 20,000 times"],
)
def test_no_calendar_holds_us_up(text: str) -> None:
    began = time.monotonic()
    assert len(read(text, BRUSSELS, BEGIN, UNTIL).events) <= 20_000
    assert time.monotonic() - began < LONGEST_SECONDS
