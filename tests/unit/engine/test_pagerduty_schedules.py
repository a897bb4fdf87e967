"""Schedules that PagerDuty answers for: asked every two minutes, the last good answer kept, the operators told once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall.calendars import oncalls_text
from oncall.core.schedule import on_call
from oncall.errors import SetupError, TransientError
from oncall.ports import ImportedCalendar
from oncall.schedule_files import load
from tests.unit.engine.hotline import MINUTE, NIGHT, SECOND, YAML, Night

SOURCE = "pagerduty:PSCHED1"
ROTATIONS = "timezone: UTC\n    rotations: [{name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice]}]"
THEIRS = YAML.replace(ROTATIONS, "pagerduty: PSCHED1", 1).replace(
    'phone: "+32470000001"', 'phone: "+32470000001", pagerduty: PALICE'
)
NOT_TAKEN = "is not followed any more"


def row(user: str, start: str = "2026-11-20T00:00:00Z", end: str | None = "2026-12-20T00:00:00Z") -> dict[str, Any]:
    return {
        "escalation_level": 1,
        "schedule": {"id": "PSCHED1"},
        "user": {"id": user, "name": f"User {user}", "email": f"{user.lower()}@example.com"},
        "start": start,
        "end": end,
    }


def answer(*rows: dict[str, Any]) -> str:
    return oncalls_text(rows, "PSCHED1")


ALICE = answer(row("PALICE"))
MAPPED = THEIRS.replace('phone: "+32470000002"', 'phone: "+32470000002", email: pbob@example.com')
BOB = answer(row("PBOB"))


@pytest.fixture
def theirs(night: Night) -> Night:
    """PagerDuty says who is on call in `production`."""
    assert "pagerduty: PSCHED1" in MAPPED
    with night.database.begin() as uow:
        uow.schedule_versions.publish({"all.yaml": MAPPED}, fingerprint="x", author="test", now=night.clock.now())
    night.clock.at += 2 * SECOND
    night.runtime.configuration.refresh()
    return night


def engineer(night: Night, at: datetime | None = None) -> str | None:
    night.clock.at += 2 * SECOND
    night.runtime.configuration.refresh()
    return on_call(night.runtime.configuration.current().schedules["production"], at or night.clock.now()).engineer


def kept(night: Night) -> ImportedCalendar:
    with night.database.read() as uow:
        found = uow.imported_calendars.get(SOURCE)
    assert found is not None
    return found


def told(night: Night, words: str) -> int:
    return sum(words in message.text for message in night.mails.sent)


def test_whoever_pagerduty_names_is_on_call_and_a_swap_there_counts_within_minutes(theirs: Night) -> None:
    assert engineer(theirs) is None
    theirs.calendars.text = ALICE
    theirs.turn()
    assert engineer(theirs) == "alice"
    theirs.calendars.text = BOB
    theirs.later(2 * MINUTE)
    assert engineer(theirs) == "bob"
    assert {source for source, _ in theirs.calendars.asked} == {SOURCE}
    assert theirs.operators_read() == ""


def test_the_page_goes_to_whoever_pagerduty_named_last_and_no_call_waits_for_it(theirs: Night) -> None:
    theirs.calendars.text = ALICE
    theirs.turn()
    theirs.calendars.raises = TransientError("it answered HTTP 503")
    asked = len(theirs.calendars.asked)
    theirs.clock.at += 2 * SECOND
    theirs.runtime.configuration.refresh()
    incident = theirs.phoned()
    assert len(theirs.calendars.asked) == asked, "the call asked nobody"
    theirs.later(2 * MINUTE)
    assert {page.recipient for page in theirs.pages(incident.number)} == {"alice"}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("<html>Sign in</html>", "cannot be read"),
        ("[]", "cannot be read"),
        (SetupError("asking PagerDuty: it answered HTTP 401"), "HTTP 401"),
        (SetupError("asking PagerDuty: it knows of no such schedule (HTTP 404)"), "no such schedule"),
        (TransientError("asking PagerDuty: it answered HTTP 503"), "HTTP 503"),
        (answer(), "it has no shift to come any more, and had 1"),
    ],
    ids=["html", "list", "401", "404", "503", "emptied"],
)
def test_a_bad_answer_keeps_the_last_good_one_and_operators_are_told_once(
    theirs: Night, bad: str | Exception, says: str
) -> None:
    theirs.calendars.text = ALICE
    theirs.turn()
    if isinstance(bad, Exception):
        theirs.calendars.raises = bad
    else:
        theirs.calendars.text = bad
    theirs.later(4 * MINUTE)
    assert told(theirs, NOT_TAKEN) == 0, "some minutes may be a hiccup"
    theirs.later(2 * 60 * MINUTE)
    assert engineer(theirs) == "alice"
    [message] = [each.text for each in theirs.mails.sent if NOT_TAKEN in each.text]
    assert says in message
    assert "PagerDuty schedule PSCHED1 (of production) is not followed any more" in message
    assert "What it said at Mon 2026-11-23" in message
    theirs.calendars.raises, theirs.calendars.text = None, BOB
    theirs.later(2 * MINUTE)
    assert engineer(theirs) == "bob"
    assert (kept(theirs).failures, kept(theirs).problem) == (0, "")


def test_without_any_good_answer_operators_hear_at_once_that_nobody_is_on_call(theirs: Night) -> None:
    theirs.calendars.raises = SetupError("asking PagerDuty: PAGERDUTY_API_TOKEN is not set")
    theirs.turn()
    theirs.later(60 * MINUTE)
    assert told(theirs, "PAGERDUTY_API_TOKEN is not set. Nobody is on call by it") == 1


def test_a_user_who_is_nobody_here_is_a_gap_that_the_operators_hear_of_by_name_once(theirs: Night) -> None:
    theirs.calendars.text = answer(row("PALICE"), row("PZOE", "2026-12-20T00:00:00Z", "2026-12-27T00:00:00Z"))
    theirs.turn()
    assert engineer(theirs) == "alice"
    assert engineer(theirs, NIGHT + timedelta(days=30)) is None
    theirs.later(60 * MINUTE)
    assert told(theirs, "PagerDuty schedule PSCHED1 (of production) has shifts that page nobody") == 1
    assert told(theirs, "(PZOE)") == 1


def test_one_of_several_engines_asks_and_an_answer_after_its_lease_is_dropped(theirs: Night) -> None:
    keeper = theirs.runtime.engine._calendars
    [slow] = keeper.claim(theirs.clock.at, 1)
    other = Night(theirs.database, prefix="b")
    other.clock.at = theirs.clock.at
    other.turn()
    assert other.calendars.asked == []
    theirs.clock.at += 3 * MINUTE
    theirs.calendars.text = BOB
    theirs.turn()
    newer = kept(theirs)
    theirs.calendars.text = ALICE
    keeper.fetch_claimed(slow)
    assert kept(theirs) == newer


def test_overrides_cover_what_pagerduty_says() -> None:
    covered = MAPPED.replace(
        "pagerduty: PSCHED1",
        "pagerduty: PSCHED1\n    timezone: Europe/Brussels\n"
        "    overrides: [{engineer: dana, from: 2026-11-23 00:00, until: 2026-11-24 00:00}]",
    )
    schedule = load({"all.yaml": covered}).schedules["production"]
    assert on_call(schedule, NIGHT).engineer == "dana"
    assert on_call(schedule, NIGHT).starts_at == datetime.fromisoformat("2026-11-22T23:00:00+00:00")
