"""An invitation means the same instants to a calendar program as to us, whatever the clocks do."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import pytz
from icalendar import Calendar, Timezone

from oncall.calendars.invitations import Invitation, cancel, request
from oncall.core.meeting import Every, Meeting

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def meeting(zone: str) -> Meeting:
    return Meeting(
        "acme", "acme", Every.WEEK, 6, time(10, 30), zone, timedelta(minutes=45), ("dana",), date(2026, 1, 4)
    )


def invitation(zone: str, **changes: object) -> Invitation:
    found = meeting(zone)
    facts: dict[str, object] = {
        "uid": "meeting-1@example.com",
        "sequence": 2,
        "summary": "Status, and more; ACME",
        "description": "first line\nsecond line",
        "where": "Room 1",
        "timezone": zone,
        "starts": datetime.combine(found.first_day, found.at),
        "lasts_for": found.lasts_for,
        "rule": found.rule,
        "organiser": ("Example Hosting", "hotline@example.com"),
        "attendees": (("Dana Dubois", "dana@example.com"), ("", "jane@acme.example")),
        "changed_at": NOW,
    }
    return Invitation(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.fixture
def zones_of_long_ago(tmp_path: Path):
    """On this machine Morocco still has the rules that it had before 2026."""
    (tmp_path / "Africa").mkdir()
    with pytz.open_resource("Africa/Lagos") as an_hour_ahead:
        (tmp_path / "Africa" / "Casablanca").write_bytes(an_hour_ahead.read())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zoneinfo.ZoneInfo.clear_cache(only_keys=["Africa/Casablanca"])
    yield
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache(only_keys=["Africa/Casablanca"])


@pytest.mark.usefixtures("zones_of_long_ago")
def test_the_rules_of_a_zone_that_changed_them_are_ours_and_not_the_machine_s() -> None:
    calendar = Calendar.from_ical(request(invitation("Africa/Casablanca")))
    [rules] = calendar.walk("VTIMEZONE")
    december = datetime.combine(date(2026, 12, 6), time(10, 30))
    assert as_they_reckon(rules, december) == pytz.timezone("Africa/Casablanca").localize(december)


def as_they_reckon(rules: Timezone, wall: datetime) -> datetime:
    """The instant by the rules as they are written, and not by those that go by the zone's name on this machine."""
    theirs = rules.to_tz(lookup_tzid=False)
    return theirs.localize(wall) if hasattr(theirs, "localize") else wall.replace(tzinfo=theirs)


@pytest.mark.parametrize("zone", ["Europe/Brussels", "America/New_York", "Australia/Sydney", "Asia/Kathmandu"])
def test_the_rules_of_the_zone_that_go_with_it_give_every_meeting_its_instant(zone: str) -> None:
    calendar = Calendar.from_ical(request(invitation(zone)))
    [rules] = calendar.walk("VTIMEZONE")
    found = meeting(zone)
    at = NOW
    for _ in range(150):
        following = found.next_after(at)
        assert as_they_reckon(rules, datetime.combine(following.day, found.at)) == following.begins_at
        at = following.begins_at


def test_it_asks_for_an_answer_and_a_cancellation_takes_all_of_it_back() -> None:
    asked, taken_back = (Calendar.from_ical(make(invitation("UTC"))) for make in (request, cancel))
    [event] = asked.walk("VEVENT")
    assert (str(asked["METHOD"]), str(event["STATUS"]), int(event["SEQUENCE"])) == ("REQUEST", "CONFIRMED", 2)
    assert [person.params["RSVP"] for person in event["ATTENDEE"]] == ["TRUE", "TRUE"]
    assert (str(event["SUMMARY"]), event["ORGANIZER"].params["CN"]) == ("Status, and more; ACME", "Example Hosting")
    [gone] = taken_back.walk("VEVENT")
    assert (str(taken_back["METHOD"]), str(gone["STATUS"]), str(gone["UID"])) == ("CANCEL", "CANCELLED", event["UID"])


def test_no_name_or_place_can_add_a_line() -> None:
    evil = "x\r\nATTENDEE:mailto:everybody@example.com"
    written = request(invitation("UTC", where=evil, summary=evil, attendees=((evil, "jane@acme.example"),)))
    assert not any(line.startswith("ATTENDEE:") for line in written.splitlines())
