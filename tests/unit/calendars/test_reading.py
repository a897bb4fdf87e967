"""What other people's calendars say, however they write it; and that none of them can hold us up."""

import time
from datetime import UTC, datetime

import pytest

from oncall.calendars import read
from oncall.errors import CalendarError
from tests.unit.calendars.calendar_text import BEGIN, UNTIL, calendar, event, shift

BRUSSELS = "Europe/Brussels"
# On a machine that has others to serve too; alone it is well under one. A calendar of before these limits took three.
LONGEST_SECONDS = 5


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
        ("BEGIN:VCALENDAR\r\n" + "X-LONG:" + "x" * 500_000 + "\r\nEND:VCALENDAR", "it is larger than 500 kB: keep"),
        ("BEGIN:VCALENDAR\r\n" + "X:\r\n" * 30_000 + "END:VCALENDAR", "it has 30001 lines, more than 20000: keep"),
        (calendar(*["BEGIN:VEVENT\r\nEND:VEVENT"] * 2_001), "it has 2001 events, more than 2000: keep"),
        ("BEGIN:VCALENDAR\r\nno colon here\r\nEND:VCALENDAR", "cannot be read as a calendar"),
    ],
    ids=["empty", "blank", "html", "text", "truncated", "large", "long", "many", "broken"],
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
        ("DTSTART:20260105T090000Z", "DURATION:P999999999D"),
        ("DTSTART:20260105T090000Z", "DURATION:-P999999999D"),
        ("DTSTART;VALUE=DATE:20260105", "DURATION:P9999999D"),
        ("DTSTART:20260105T090000Z", "DURATION:P100000D", "RRULE:FREQ=DAILY"),
        ("DTSTART:20260105T090000Z", "DTEND:20260106T090000Z", "DTEND:20260107T090000Z"),
        ("DTSTART:20260105T090000Z", "DURATION:P1D", "DURATION:P999999999D"),
        (
            "DTSTART:20260105T090000Z", "DTEND:20260106T090000Z", "RRULE:FREQ=DAILY",
            "EXDATE;TZID=Europe/Brussels:00010101T000000",
        ),
        ("DTSTART:20260105T090000Z", "DTEND:20260106T090000Z", "RDATE;VALUE=PERIOD:20260107T090000Z/P9999999D"),
        (
            "DTSTART:20260105T090000Z", "DTEND:20260106T090000Z",
            "RECURRENCE-ID;TZID=America/New_York:99991231T235959",
        ),
    ],
    ids=[
        "year 1", "year 9999", "hour 99", "no end", "no start", "longer than time", "back before time",
        "days without number", "centuries every day", "two ends", "two durations", "left out in year 1",
        "a date of centuries", "moved from year 9999",
    ],
)  # fmt: skip
def test_times_that_cannot_be_are_passed_by_aloud_and_the_rest_is_read(lines: tuple[str, ...]) -> None:
    bad, good = event("SUMMARY:Mallory", *lines, uid="2"), shift("Alice", *ALICE)
    found = read(calendar(bad, good), BRUSSELS, BEGIN, UNTIL)
    assert [each.summary for each in found.events] == ["Alice"]
    assert "Mallory" in found.complaints[0]


def test_an_event_may_last_for_years_unless_it_repeats_and_it_is_said_what_to_do() -> None:
    years = shift("Alice", "20200101", "20400101", uid="1")
    repeats = event("SUMMARY:Bob", "DTSTART;VALUE=DATE:20260101", "DURATION:P367D", "RRULE:FREQ=DAILY", uid="2")
    centuries = event("SUMMARY:Dana", "DTSTART;VALUE=DATE:20260101", "DURATION:P60000D", uid="3")
    found = read(calendar(years, repeats, centuries), BRUSSELS, BEGIN, UNTIL)
    assert [each.summary for each in found.events] == ["Alice"]
    assert found.complaints == (
        "the event “Bob” was passed by: it repeats, and lasts longer than 366 days each time: shorten it",
        "the event “Dana” was passed by: it lasts longer than a hundred years: give it an end",
    )


def test_a_repetition_until_the_year_9999_goes_on_for_ever() -> None:
    for until in ("99991231T235959Z", "99991231"):
        found = read(calendar(shift("Alice", *ALICE, f"RRULE:FREQ=DAILY;UNTIL={until}")), BRUSSELS, BEGIN, UNTIL)
        assert (len(found.events), found.complaints) == (361, ())


def test_a_repetition_that_ended_long_ago_still_counts_while_its_last_event_lasts() -> None:
    half_a_year = shift("Alice", "20250701", "20260201", "RRULE:FREQ=YEARLY;UNTIL=20250801")
    assert [each.summary for each in read(calendar(half_a_year), BRUSSELS, BEGIN, UNTIL).events] == ["Alice"]


def test_an_event_that_repeats_too_much_does_not_take_the_others_with_it() -> None:
    greedy = shift("Mallory", "20260101T000000Z", "20260101T010000Z", "RRULE:FREQ=HOURLY", uid="2")
    modest = shift("Alice", *ALICE, "RRULE:FREQ=WEEKLY")
    found = read(calendar(greedy, modest), BRUSSELS, BEGIN, UNTIL)
    assert {each.summary for each in found.events} == {"Alice"}
    assert found.complaints == ("the event “Mallory” was passed by: all repetitions together are too many",)


@pytest.mark.parametrize("name", ["RDATE", "EXDATE"])
def test_dates_that_are_listed_count_as_repetitions(name: str) -> None:
    many = shift("Mallory", *ALICE, f"{name}:" + ",".join(["20260105T090000Z"] * 4_000), uid="2")
    found = read(calendar(many, shift("Alice", *ALICE)), BRUSSELS, BEGIN, UNTIL)
    assert [each.summary for each in found.events] == ["Alice"]
    assert found.complaints == ("the event “Mallory” was passed by: all repetitions together are too many",)


def test_three_shifts_a_day_for_years_are_a_real_calendar() -> None:
    since, until = utc("2025-01-01"), utc("2028-01-01")
    thirds = [
        shift("A", f"20150101T{hour:02}0000Z", f"20150101T{hour + 7:02}0000Z", "RRULE:FREQ=DAILY", uid=f"{hour}")
        for hour in (0, 8, 16)
    ]
    found = read(calendar(*thirds), BRUSSELS, since, until)
    assert (len(found.events), found.complaints) == (3 * 1095, ())


DAYS = [f"2026{month:02}{day:02}" for month in range(1, 7) for day in range(1, 28)]
HOURS = [f"{day}T{hour:02}0000Z" for day in DAYS for hour in range(24)]


@pytest.mark.parametrize(
    "text",
    [
        calendar(
            *(shift("A", "19000101T000000Z", "19000102T000000Z", "RRULE:FREQ=DAILY", uid=f"{n}") for n in range(999))
        ),
        calendar(*(shift("A", *ALICE, "RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", uid=f"{n}") for n in range(999))),
        calendar(*(shift("A", *ALICE, "RRULE:FREQ=HOURLY", uid=f"{n}") for n in range(9))),
        "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 2_000 + "END:VEVENT\r\n" * 2_000 + "END:VCALENDAR",
        "BEGIN:VCALENDAR\r\n" + "BEGIN:VTODO\r\n" * 9_990 + "END:VTODO\r\n" * 9_990 + "END:VCALENDAR",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" * 9_990,
        "BEGIN:VCALENDAR\r\n" + "X:\r\n" * 19_990 + "END:VCALENDAR",
        calendar(shift("A", *ALICE, "RDATE:" + ",".join(["20260105T090000Z"] * 20_000))),
        calendar(shift("A", *ALICE, "RDATE:" + ",".join(HOURS[:3_400]))),
        calendar(shift("A", *ALICE, "RRULE:FREQ=WEEKLY", "EXDATE:" + ",".join(HOURS[:3_400]))),
        calendar(*(shift(f"A{n}", *ALICE, uid=f"{n}") for n in range(2_000))),
        calendar(
            shift("A", "20260101T000000Z", "20260101T010000Z", "RRULE:FREQ=HOURLY;UNTIL=20260521T000000Z"),
            *(shift("B", at, at[:-3] + "1Z", f"RECURRENCE-ID:{at}") for at in HOURS[:1_999]),
        ),
    ],
    ids=[
        "daily since 1900", "never", "hourly", "nested", "nested tasks", "calendars", "empty lines",
        "the same date 20,000 times", "dates", "dates left out", "events", "moved events",
    ],
)  # fmt: skip
def test_no_calendar_holds_us_up(text: str) -> None:
    began = time.thread_time()
    assert len(read(text, BRUSSELS, BEGIN, UNTIL).events) <= 5_500
    took = time.thread_time() - began
    assert took < LONGEST_SECONDS
