"""Quiet until: what whoever has an incident may ask for, and what ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.acknowledge import acknowledge
from oncall.core.change import Change
from oncall.core.escalation import take_turn
from oncall.core.incident import RESUME, Incident, IncidentState, OutcomeKind
from oncall.core.pass_on import pass_on
from oncall.core.resolve import resolve
from oncall.core.snooze import LONGEST_FOR, disturbed, quiet_until, snooze
from oncall.core.update import note, update
from oncall.errors import UsageError
from tests.unit.core.night import ALICE, BOB, BOTH, MINUTE, NOW, SECOND, an_incident

HOUR = 60 * MINUTE
TRIGGERED = an_incident(paged_at=NOW - MINUTE, due_at=NOW + 4 * MINUTE, step=1)


def quiet(incident: Incident, until: datetime = NOW + 2 * HOUR, now: datetime = NOW) -> Change:
    return snooze(incident, ALICE, until=until, timezone="Europe/Brussels", via="SMS", holder="Bob Peeters", now=now)


HELD = acknowledge(TRIGGERED, ALICE, via="phone", holder="", now=NOW - MINUTE).incident
QUIET = quiet(HELD).incident


@pytest.mark.parametrize("text", ["2h", "for 2h", "120m", "FOR 2 hours", "until 06:12", "until 6.12"])
def test_two_hours_may_be_written_as_a_duration_or_as_the_time_on_the_wall(text: str) -> None:
    assert quiet_until(text, "Europe/Brussels", NOW) == NOW + 2 * HOUR


def test_seven_oclock_is_the_next_one_on_the_engineers_own_clock() -> None:
    assert quiet_until("until 07:00", "Europe/Brussels", NOW) == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "thanks", "on my way", "eta 20m", "will be at my desk in 20m", "5"])
def test_words_that_name_no_quiet_time_are_a_plain_acknowledgement(text: str) -> None:
    assert quiet_until(text, "Europe/Brussels", NOW) is None


@pytest.mark.parametrize("text", ["25h", "3d", "99999w", "0m", "until 2026-11-01 07:00", "until 2026-02-30 07:00"])
def test_a_quiet_time_that_cannot_be_is_refused_with_a_sentence_that_says_nothing_has_changed(text: str) -> None:
    with pytest.raises(UsageError, match="Nothing has changed"):
        quiet_until(text, "Europe/Brussels", NOW)


def test_a_whole_day_may_be_asked_for_and_a_moment_more_may_not() -> None:
    assert quiet(HELD, NOW + LONGEST_FOR).changed
    with pytest.raises(UsageError, match="at most 24 hours"):
        quiet(HELD, NOW + LONGEST_FOR + timedelta(minutes=2))


def test_asking_for_quiet_acknowledges_what_nobody_has_and_tells_the_customer() -> None:
    change = quiet(TRIGGERED)
    assert change.outcome is OutcomeKind.SNOOZED
    assert (change.incident.state, change.incident.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "alice")
    assert (change.incident.due_at, change.incident.responded_at) == (NOW + 2 * HOUR, NOW)
    assert change.silence
    assert len(change.notices) == 1


def test_asking_for_quiet_for_what_one_has_is_written_down_and_no_news_to_the_customer() -> None:
    change = quiet(HELD)
    assert [entry.text for entry in change.timeline] == [
        "Alice Martin by SMS: quiet until 2026-11-23 06:12 CET, then paged again"
    ]
    assert (change.notices, change.timeline[0].public_text) == ((), "")
    assert change.incident.acknowledged_at == NOW - MINUTE


def test_asking_twice_changes_nothing_twice() -> None:
    again = quiet(QUIET)
    assert (again.changed, again.outcome, again.incident) == (False, OutcomeKind.SNOOZED, QUIET)


def test_only_whoever_has_it_may_ask_for_quiet() -> None:
    bobs = replace(HELD, acknowledged_by="bob")
    assert (quiet(bobs).outcome, quiet(bobs).changed, quiet(bobs).by) == (
        OutcomeKind.ALREADY_ACKNOWLEDGED,
        False,
        "Bob Peeters",
    )


def test_what_is_over_is_not_made_quiet() -> None:
    over = resolve(HELD, by="Alice Martin", note="", via="SMS", holder="", now=NOW).incident
    assert (quiet(over).outcome, quiet(over).changed) == (OutcomeKind.ALREADY_RESOLVED, False)


def test_nobody_is_paged_before_the_quiet_time_ends_and_then_whoever_has_it_and_then_the_list() -> None:
    end = NOW + 2 * HOUR
    assert take_turn(QUIET, BOTH, end - SECOND).pages == ()
    turn = take_turn(QUIET, BOTH, end)
    assert [page.engineer.key for page in turn.pages] == ["alice"]
    assert turn.timeline[0].text == "The quiet time that Alice Martin asked for is over: paging again"
    assert turn.incident.snoozed_until is None
    assert turn.incident.step != RESUME
    assert turn.incident.due_at == end + 5 * MINUTE
    onwards = take_turn(turn.incident, BOTH, end + 5 * MINUTE)
    assert "Step 1 of 2: paging" in onwards.timeline[0].text


def test_an_update_does_not_shorten_the_quiet_time() -> None:
    told = update(QUIET, by="Alice Martin", note="restoring", via="SMS", now=NOW + MINUTE).incident
    assert told.due_at == NOW + 2 * HOUR


def test_an_update_near_its_end_starts_the_acknowledge_timeout_again() -> None:
    late = NOW + 2 * HOUR - MINUTE
    noted = note(QUIET, by="Alice Martin", text="restoring", via="SMS", now=late).incident
    assert noted.due_at == late + 30 * MINUTE
    turn = take_turn(noted, BOTH, late + 30 * MINUTE)
    assert "No update from Alice Martin for 30 minutes" in turn.timeline[0].text


def test_passing_it_on_ends_the_quiet_time_and_pages_the_next() -> None:
    passed = pass_on(QUIET, ALICE, paged_at=NOW - MINUTE, via="SMS", holder="", now=NOW).incident
    assert (passed.snoozed_until, passed.due_at) == (None, NOW)
    assert [page.engineer.key for page in take_turn(passed, BOTH, NOW).pages] == [BOB.key]


def test_a_customer_who_reopens_what_is_quiet_has_whoever_has_it_paged_at_once() -> None:
    change = disturbed(QUIET, by="+32470111111", via="SMS", now=NOW + MINUTE)
    assert change is not None
    assert change.incident.due_at == NOW + MINUTE
    turn = take_turn(change.incident, BOTH, NOW + MINUTE)
    assert [page.engineer.key for page in turn.pages] == ["alice"]
    assert disturbed(change.incident, by="+32470111111", via="SMS", now=NOW + MINUTE) is None


@pytest.mark.parametrize("incident", [TRIGGERED, HELD])
def test_reopening_what_is_open_and_not_quiet_disturbs_nobody(incident: Incident) -> None:
    assert disturbed(incident, by="+32470111111", via="SMS", now=NOW) is None
