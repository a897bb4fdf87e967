"""What an answer does to an incident, in every state it can be in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from oncall.core import answer
from oncall.core.answer import Change
from oncall.core.incident import Incident, IncidentState, OutcomeKind, Resolution, Screening
from oncall.core.notice import NoticePurpose
from tests.unit.core.night import ALICE, BOB, MINUTE, NOW, SECOND, an_incident

TRIGGERED = an_incident(paged_at=NOW - MINUTE, due_at=NOW + 4 * MINUTE, step=1)
ACKNOWLEDGED = replace(
    TRIGGERED,
    state=IncidentState.ACKNOWLEDGED,
    acknowledged_by="alice",
    acknowledged_at=NOW - MINUTE,
    responded_at=NOW - MINUTE,
    due_at=NOW + 29 * MINUTE,
)
RESOLVED = replace(
    ACKNOWLEDGED, state=IncidentState.RESOLVED, resolution=Resolution.RESOLVED, resolved_at=NOW, due_at=None
)
SCREENED = replace(
    an_incident(screening=Screening.PENDING, due_at=None),
    state=IncidentState.RESOLVED,
    resolution=Resolution.SCREENED,
    resolved_at=NOW,
)
STATES = {"triggered": TRIGGERED, "acknowledged": ACKNOWLEDGED, "resolved": RESOLVED}


def acknowledge(incident: Incident, now: datetime = NOW) -> Change:
    return answer.acknowledge(incident, ALICE, via="phone", holder="Alice Martin", now=now)


def acknowledge_too(incident: Incident, now: datetime = NOW) -> Change:
    return answer.acknowledge(incident, BOB, via="SMS", holder="Alice Martin", now=now)


def pass_on(incident: Incident, now: datetime = NOW) -> Change:
    return answer.pass_on(incident, ALICE, paged_at=NOW - MINUTE, via="phone", holder="Alice Martin", now=now)


def pass_on_anothers(incident: Incident, now: datetime = NOW) -> Change:
    return answer.pass_on(incident, BOB, paged_at=NOW - MINUTE, via="phone", holder="Alice Martin", now=now)


def resolve(incident: Incident, now: datetime = NOW) -> Change:
    return answer.resolve(incident, by="Bob Peeters", note="disk full", via="SMS", holder="", now=now)


def update(incident: Incident, now: datetime = NOW) -> Change:
    return answer.update(incident, by="Alice Martin", note="restarting", via="SMS", now=now)


def reopen(incident: Incident, now: datetime = NOW) -> Change:
    return answer.reopen(incident, by="+32470111111", via="SMS", now=now)


Answer = Callable[[Incident], Change]
T, A, R = IncidentState.TRIGGERED, IncidentState.ACKNOWLEDGED, IncidentState.RESOLVED
K, P = OutcomeKind, NoticePurpose


@pytest.mark.parametrize(
    ("before", "given", "outcome", "after", "told", "silence", "changed"),
    [
        ("triggered", acknowledge, K.ACKNOWLEDGED, A, [P.ACKNOWLEDGED], True, True),
        ("acknowledged", acknowledge, K.ACKNOWLEDGED, A, [], False, False),
        ("resolved", acknowledge, K.ALREADY_RESOLVED, R, [], False, False),
        ("acknowledged", acknowledge_too, K.ALREADY_ACKNOWLEDGED, A, [], False, False),
        ("triggered", pass_on, K.PASSED, T, [], False, True),
        ("acknowledged", pass_on, K.PASSED, T, [], False, True),
        ("acknowledged", pass_on_anothers, K.ALREADY_ACKNOWLEDGED, A, [], False, False),
        ("resolved", pass_on, K.ALREADY_RESOLVED, R, [], False, False),
        ("triggered", resolve, K.RESOLVED, R, [P.RESOLVED], True, True),
        ("acknowledged", resolve, K.RESOLVED, R, [P.RESOLVED], True, True),
        ("resolved", resolve, K.ALREADY_RESOLVED, R, [], False, False),
        ("triggered", update, K.UPDATED, T, [P.UPDATE], False, True),
        ("acknowledged", update, K.UPDATED, A, [P.UPDATE], False, True),
        ("triggered", reopen, K.ALREADY_OPEN, T, [], False, False),
        ("acknowledged", reopen, K.ALREADY_OPEN, A, [], False, False),
        ("resolved", reopen, K.REOPENED, T, [P.REOPENED], False, True),
    ],
)
def test_every_answer_in_every_state_has_one_meaning(
    before: str,
    given: Answer,
    outcome: OutcomeKind,
    after: IncidentState,
    told: list[NoticePurpose],
    silence: bool,
    changed: bool,
) -> None:
    change = given(STATES[before])
    assert (change.outcome, change.incident.state) == (outcome, after)
    assert [notice.purpose for notice in change.notices] == told
    assert (change.silence, change.changed) == (silence, changed)
    assert bool(change.timeline) == changed
    assert changed or change.incident == STATES[before]


@pytest.mark.parametrize("before", list(STATES.values()))
@pytest.mark.parametrize("given", [acknowledge, acknowledge_too, pass_on, resolve, reopen])
def test_an_answer_given_twice_changes_nothing_the_second_time(before: Incident, given: Answer) -> None:
    once = given(before)
    twice = given(once.incident)
    assert not twice.changed
    assert twice.incident == once.incident
    assert not twice.notices


@pytest.mark.parametrize("before", list(STATES.values()))
@pytest.mark.parametrize("given", [acknowledge, acknowledge_too, pass_on, resolve, update, reopen])
def test_after_every_answer_an_open_incident_has_a_next_action_and_a_resolved_one_none(
    before: Incident, given: Answer
) -> None:
    after = given(before).incident
    assert (after.due_at is not None) == after.open


def test_an_acknowledgement_is_followed_until_its_timeout_and_keeps_the_first_response() -> None:
    first = acknowledge(TRIGGERED).incident
    assert (first.responded_at, first.due_at) == (NOW, NOW + 30 * MINUTE)
    given_back = pass_on(first, NOW + MINUTE).incident
    second = acknowledge_too(given_back, NOW + 2 * MINUTE).incident
    assert (second.acknowledged_by, second.responded_at) == ("bob", NOW)


def test_the_customer_is_not_told_twice_that_the_same_engineer_has_it() -> None:
    silent = replace(TRIGGERED, resume_with="alice")
    again = acknowledge(silent)
    assert (again.notices, again.timeline[0].public_text) == ((), "")
    other = acknowledge_too(silent)
    assert [dict(notice.details)["engineer"] for notice in other.notices] == ["Bob Peeters"]


def test_a_pass_pages_the_next_step_at_once_and_takes_the_holders_name_away() -> None:
    passed = pass_on(ACKNOWLEDGED).incident
    assert (passed.due_at, passed.step, passed.acknowledged_by, passed.acknowledged_at) == (NOW, 1, "", None)


def test_a_pass_of_an_old_page_does_not_push_paging_that_has_moved_on_since() -> None:
    moved_on = replace(TRIGGERED, paged_at=NOW - SECOND)
    change = pass_on(moved_on)
    assert (change.outcome, change.changed) == (OutcomeKind.ALREADY_PASSED, False)


def test_two_engineers_who_pass_the_same_step_push_it_once() -> None:
    first = pass_on(TRIGGERED)
    second = pass_on_anothers(first.incident)
    assert (second.outcome, second.incident.due_at, second.incident.step) == (OutcomeKind.PASSED, NOW, 1)
    assert len(second.incident.passed_by) == 2


def test_a_pass_that_comes_twice_changes_nothing_the_second_time() -> None:
    again = pass_on(pass_on(TRIGGERED).incident)
    assert (again.outcome, again.changed) == (OutcomeKind.PASSED, False)


def test_an_update_starts_the_timeout_again_only_where_somebody_has_it() -> None:
    assert update(ACKNOWLEDGED).incident.due_at == NOW + 30 * MINUTE
    assert update(TRIGGERED).incident.due_at == TRIGGERED.due_at
    assert update(RESOLVED).incident.due_at is None


def test_a_note_is_for_the_team_only_and_counts_as_a_sign_of_life() -> None:
    change = answer.note(ACKNOWLEDGED, by="Alice Martin", text="looks like DNS", via="dashboard", now=NOW)
    assert change.incident.due_at == NOW + 30 * MINUTE
    assert (change.notices, change.timeline[0].public_text) == ((), "")


def test_reopening_begins_the_list_again_and_forgets_who_had_it() -> None:
    again = reopen(RESOLVED).incident
    assert (again.due_at, again.step, again.round) == (NOW, 0, 0)
    assert (again.acknowledged_by, again.responded_at, again.resolution) == ("", None, None)


def test_a_screened_call_is_told_how_to_be_paged_for_and_never_counts_as_a_breach() -> None:
    pending = an_incident(screening=Screening.PENDING, respond_by=NOW + 30 * MINUTE)
    change = answer.screen(pending, now=NOW)
    assert [notice.purpose for notice in change.notices] == [NoticePurpose.SCREENED]
    assert not change.incident.breached(NOW + timedelta(days=1))


def test_a_screened_caller_who_asks_hears_with_the_first_page_not_of_a_reopening() -> None:
    assert reopen(SCREENED).notices == ()


def test_a_word_that_is_told_after_the_end_of_a_screened_call_is_paged_for_after_all() -> None:
    change = answer.heard(SCREENED, now=NOW)
    assert (change.incident.state, change.incident.due_at) == (IncidentState.TRIGGERED, NOW)
    assert (change.incident.screening, change.incident.resolution) == (Screening.PASSED, None)
    assert not answer.heard(change.incident, now=NOW).changed


def test_a_late_word_never_opens_what_an_engineer_resolved() -> None:
    assert answer.heard(RESOLVED, now=NOW).incident.state is IncidentState.RESOLVED
