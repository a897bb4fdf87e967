"""Rotations that are kept in calendars elsewhere: fetched, the last good one kept, the operators told once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from oncall.core.schedule import on_call
from oncall.errors import TransientError
from oncall.ports import ImportedCalendar
from tests.unit.calendars.calendar_text import calendar, shift
from tests.unit.engine.hotline import MINUTE, NIGHT, SECOND, YAML, Night

URL = "https://calendar.example/private-4711/team.ics"
TEAM = YAML.replace(
    "{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}",
    f'{{name: team, ical: "{URL}", engineers: {{"B.": bob}}}}',
)
ALICE = calendar(shift("On call: Alice", "20261101", "20261201"))
BOB = calendar(shift("B.", "20261101", "20261201"))
NOT_TAKEN = "is not followed any more"


@pytest.fixture
def team(night: Night) -> Night:
    """The rotation of `production` is a calendar."""
    publish(night, TEAM)
    return night


def publish(night: Night, text: str, **files: str) -> None:
    with night.database.begin() as uow:
        uow.schedule_versions.publish(
            {"all.yaml": text, **files}, fingerprint=text, author="test", now=night.clock.now()
        )
    night.clock.at += 2 * SECOND
    night.runtime.configuration.refresh()


def engineer(night: Night, at: datetime | None = None) -> str | None:
    night.clock.at += 2 * SECOND
    night.runtime.configuration.refresh()
    schedule = night.runtime.configuration.current().schedules["production"]
    return on_call(schedule, at or night.clock.now()).engineer


def kept(night: Night) -> ImportedCalendar:
    with night.database.read() as uow:
        found = uow.imported_calendars.get(URL)
    assert found is not None
    return found


def told(night: Night, words: str) -> int:
    """How many emails to operators say so."""
    return sum(words in message.text for message in night.mails.sent)


def test_whoever_the_calendar_names_is_on_call_from_the_first_fetch_on(team: Night) -> None:
    assert engineer(team) is None
    team.calendars.text = ALICE
    team.turn()
    assert engineer(team) == "alice"
    assert team.operators_read() == ""


def test_it_is_fetched_every_ten_minutes_and_not_read_again_where_nothing_changed(team: Night) -> None:
    team.calendars.text = ALICE
    team.turn()
    changed_at = kept(team).changed_at
    team.calendars.text = None
    team.later(60 * MINUTE)
    assert len(team.calendars.asked) == 7
    assert team.calendars.asked[0] == (URL, "")
    assert team.calendars.asked[-1] == (URL, kept(team).etag)
    assert kept(team).changed_at == changed_at
    team.calendars.text = BOB
    team.later(10 * MINUTE)
    assert kept(team).changed_at != changed_at
    assert engineer(team) == "bob"


def test_a_calendar_that_only_dates_itself_anew_has_not_changed(team: Night) -> None:
    team.calendars.text = ALICE
    team.turn()
    before = team.runtime.configuration.changed_at()
    team.calendars.text = ALICE.replace("VERSION:2.0", "VERSION:2.0\r\nX-EXPORTED:20261123T040000Z")
    team.later(30 * MINUTE)
    assert kept(team).changed_at is not None
    assert team.runtime.configuration.changed_at() in (before, kept(team).changed_at)
    assert kept(team).changed_at < NIGHT + 10 * MINUTE


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("<html>Sign in</html>", "it is a web page, not a calendar"),
        ("", "it is empty"),
        (ALICE[:60], "it is cut off"),
        (TransientError("fetching the calendar at calendar.example: it answered HTTP 500"), "HTTP 500"),
        (calendar(), "it has no shift to come any more, and had 1"),
        (calendar(shift("Alice", "20260101", "20260102")), "it has no shift to come any more, and had 1"),
    ],
    ids=["html", "empty", "truncated", "500", "no events", "only past ones"],
)
def test_lesson_41_the_last_good_calendar_serves_on_and_the_operators_are_told_once(
    team: Night, answer: str | Exception, says: str
) -> None:
    team.calendars.text = ALICE
    team.turn()
    if isinstance(answer, Exception):
        team.calendars.raises = answer
    else:
        team.calendars.text = answer
    team.later(10 * MINUTE)
    assert told(team, NOT_TAKEN) == 0, "one failure may be a hiccup"
    team.later(2 * 60 * MINUTE)
    assert engineer(team) == "alice"
    assert told(team, NOT_TAKEN) == 1
    [message] = [each.text for each in team.mails.sent if NOT_TAKEN in each.text]
    assert says in message
    assert "The calendar of the rotation team of production at calendar.example" in message
    assert "What it said at Mon 2026-11-23" in message
    assert kept(team).problem != ""
    team.calendars.raises, team.calendars.text = None, BOB
    team.later(10 * MINUTE)
    assert engineer(team) == "bob"
    assert (kept(team).failures, kept(team).problem) == (0, "")


def test_a_new_trouble_after_a_mended_one_is_told_again(team: Night) -> None:
    team.calendars.text = ALICE
    team.turn()
    for expected in (1, 2):
        team.calendars.raises = TransientError("it answered HTTP 503")
        team.later(60 * MINUTE)
        assert told(team, NOT_TAKEN) == expected
        team.calendars.raises = None
        team.later(60 * MINUTE)


def test_where_there_never_was_a_good_answer_they_are_told_at_once_that_nobody_is_on_call(team: Night) -> None:
    team.calendars.raises = TransientError("fetching the calendar at calendar.example: it cannot be reached")
    team.turn()
    assert told(team, "Nobody is on call by it") == 1
    team.later(60 * MINUTE)
    assert told(team, "Nobody is on call by it") == 1


def test_an_event_that_names_nobody_is_a_gap_that_the_operators_hear_of_once(team: Night) -> None:
    stranger = shift("Zoë", "20261130", "20261207", uid="2")
    team.calendars.text = calendar(shift("Alice", "20261101", "20261130"), stranger)
    team.turn()
    assert engineer(team) == "alice"
    assert engineer(team, NIGHT + timedelta(days=10)) is None
    assert told(team, 'has events that page nobody: "Zoe". Map their names') == 1
    team.later(3 * 60 * MINUTE)
    assert told(team, "Zoe") == 1
    team.calendars.text = calendar(
        shift("Alice", "20261101", "20261130"), shift("Yves", "20261130", "20261207", uid="3")
    )
    team.later(10 * MINUTE)
    assert told(team, "Yves") == 1


def test_a_calendar_is_fetched_by_one_of_several_engines_and_in_no_transaction(team: Night) -> None:
    team.calendars.text = ALICE
    other = Night(team.database, prefix="b")
    other.calendars.text = ALICE
    other.clock.at = team.clock.at
    team.turn()
    other.turn()
    assert (len(team.calendars.asked), len(other.calendars.asked)) == (1, 0)


def test_no_secret_of_the_address_is_logged_or_told(team: Night) -> None:
    team.calendars.raises = TransientError("fetching the calendar at calendar.example: it answered HTTP 404")
    team.turn()
    team.calendars.raises, team.calendars.text = None, "<html>"
    team.later(60 * MINUTE)
    assert "calendar.example" in str(team.logged)
    assert "4711" not in str(team.logged) + team.operators_read()


def test_a_file_belongs_to_the_version_and_is_never_fetched(team: Night) -> None:
    publish(team, TEAM.replace(URL, "team.ics"), **{"team.ics": BOB})
    team.turn()
    assert engineer(team) == "bob"
    assert team.calendars.asked == []
    publish(team, TEAM.replace(URL, "team.ics"), **{"team.ics": ALICE})
    assert engineer(team) == "alice"


def test_the_spans_reach_on_as_days_go_by(team: Night) -> None:
    team.calendars.text = calendar(shift("Alice", "20261101", "20261102", "RRULE:FREQ=DAILY"))
    team.turn()
    far = NIGHT + timedelta(days=420)
    assert engineer(team, far) is None
    team.clock.at = NIGHT + timedelta(days=30)
    assert engineer(team, far) == "alice"


def test_a_configuration_is_out_of_date_from_the_moment_that_a_calendar_which_it_names_changes(team: Night) -> None:
    team.calendars.text = ALICE
    team.turn()
    team.later(2 * SECOND)
    fetched = kept(team)
    with team.database.read() as uow:
        assert team.runtime.configuration.is_up_to_date(uow)
    with team.database.begin() as uow:
        uow.imported_calendars.save(replace(fetched, text=BOB, changed_at=team.clock.at))
    with team.database.read() as uow:
        assert not team.runtime.configuration.is_up_to_date(uow)
    team.later(2 * SECOND)
    with team.database.read() as uow:
        assert team.runtime.configuration.is_up_to_date(uow)


def test_slow_calendars_never_take_the_workers_that_pages_need(team: Night) -> None:
    rotations = ", ".join(f'{{name: r{n}, ical: "https://calendar.example/{n}.ics"}}' for n in range(6))
    publish(team, YAML.replace("{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}", rotations))
    team.runtime.configuration.look_again()
    keeper = team.runtime.engine._calendars
    being_fetched = keeper.claim(team.clock.at, 16)
    assert len(being_fetched) == 2
    assert keeper.claim(team.clock.at, 16) == []
    keeper.fetch_claimed(being_fetched[0])
    assert len(keeper.claim(team.clock.at, 16)) == 1
    assert keeper.claim(team.clock.at, 0) == []


def test_a_mistake_of_ours_in_a_fetch_is_told_to_the_operators_once_and_tried_again(team: Night) -> None:
    team.calendars.text = ALICE
    team.turn()
    team.calendars.raises = ZeroDivisionError(f"{URL} divided by zero")
    team.later(2 * 60 * MINUTE)
    assert engineer(team) == "alice"
    assert told(team, NOT_TAKEN) == 1
    assert told(team, "a mistake of this service (ZeroDivisionError") == 1
    assert "4711" not in str(team.logged) + team.operators_read()
    assert any(event == "calendar.mistake" for event, _ in team.logged)
    team.calendars.raises, team.calendars.text = None, BOB
    team.later(10 * MINUTE)
    assert engineer(team) == "bob"


@pytest.mark.parametrize("trouble", [None, TransientError("it answered HTTP 503")], ids=["answered", "failed"])
def test_an_answer_that_comes_after_its_lease_ran_out_is_dropped(team: Night, trouble: Exception | None) -> None:
    keeper = team.runtime.engine._calendars
    team.clock.at += 2 * SECOND
    team.runtime.configuration.refresh()
    [slow] = keeper.claim(team.clock.at, 1)
    team.clock.at += 3 * MINUTE
    team.calendars.text = BOB
    team.turn()
    newer = kept(team)
    assert newer.text == BOB
    team.calendars.text, team.calendars.raises = ALICE, trouble
    keeper.fetch_claimed(slow)
    assert kept(team) == newer
    assert team.operators_read() == ""
    assert any(event == "calendar.answer_too_late" for event, _ in team.logged)
