"""Policies that ask for more than one engineer."""

from dataclasses import replace

import pytest

from oncall.core import answer
from oncall.core.answer import Change
from oncall.core.engineer import Engineer
from oncall.core.escalation import Turn, take_turn
from oncall.core.incident import Incident, IncidentState, OutcomeKind
from oncall.core.notice import NoticePurpose, outdated
from oncall.core.snooze import snooze
from oncall.core.wording import outcome_speech, outcome_text, status_text
from tests.unit.core.night import ALICE, BOB, BOTH, DANA, MINUTE, NOW, TWO_STEPS, always, an_incident, configured

TWO = replace(TWO_STEPS, acknowledgements=2)
PAGED = an_incident(policy=TWO, paged_at=NOW - MINUTE, due_at=NOW + 4 * MINUTE, step=1)
A, T = IncidentState.ACKNOWLEDGED, IncidentState.TRIGGERED


def acks(incident: Incident, engineer: Engineer = ALICE) -> Change:
    return answer.acknowledge(incident, engineer, via="SMS", holder="Alice Martin", now=NOW)


def passes(incident: Incident, engineer: Engineer = ALICE) -> Change:
    return answer.pass_on(incident, engineer, paged_at=NOW - 9 * MINUTE, via="SMS", holder="", now=NOW)


def paged(turn: Turn) -> list[str]:
    return [page.engineer.key for page in turn.pages]


ONE = acks(PAGED).incident
ENOUGH = acks(ONE, BOB).incident


def test_the_first_has_it_and_the_customer_hears_it_while_paging_goes_on() -> None:
    change = acks(PAGED)
    after = change.incident
    assert (after.state, after.acknowledged_by, after.responded_at) == (T, "alice", NOW)
    assert (change.silence, change.silence_only) == (False, "alice")
    assert [notice.purpose for notice in change.notices] == [NoticePurpose.ACKNOWLEDGED]
    assert change.timeline[0].text == "Alice Martin acknowledged by SMS (1 of 2)"
    assert not outdated(NoticePurpose.ACKNOWLEDGED, after, dict(change.notices[0].details))
    assert outdated(NoticePurpose.RECEIVED, after, {})


def test_the_second_stops_paging_and_is_no_news_to_the_customer() -> None:
    change = acks(ONE, BOB)
    assert (change.incident.state, change.incident.acknowledged_by, change.silence) == (A, "alice", True)
    assert change.notices == ()
    assert change.timeline[0].text.endswith("(2 of 2)")
    assert change.incident.due_at == NOW + 30 * MINUTE


def test_the_same_engineer_twice_counts_once() -> None:
    again = acks(ONE)
    assert (again.outcome, again.changed, again.incident) == (OutcomeKind.ACKNOWLEDGED, False, ONE)
    assert acks(ENOUGH, BOB).outcome is OutcomeKind.ACKNOWLEDGED
    assert acks(ENOUGH, DANA).outcome is OutcomeKind.ALREADY_ACKNOWLEDGED


def test_whoever_acknowledged_is_told_that_more_are_paged_and_whoever_is_last_is_not() -> None:
    assert outcome_speech(acks(PAGED).told(ONE)).endswith("One more engineer is being paged. Goodbye.")
    assert "being paged" not in outcome_text(acks(ONE, BOB).told(ENOUGH))
    assert "Alice Martin has it (1 of 2)" in status_text([ONE], {"alice": "Alice Martin"})


def test_whoever_acknowledged_is_not_paged_again() -> None:
    assert paged(take_turn(replace(ONE, due_at=NOW), BOTH, NOW)) == ["bob"]


def test_where_nobody_else_is_left_what_there_is_is_enough_and_the_operators_are_told() -> None:
    alone = configured(always("production", "alice"), always("backup", "alice"))
    turn = take_turn(replace(ONE, due_at=NOW), alone, NOW)
    assert (turn.incident.state, turn.incident.due_at, turn.silence) == (A, NOW + 30 * MINUTE, True)
    assert [key for key, _ in turn.alarms] == ["alone:1042"]
    assert not turn.pages


def test_where_todays_policy_asks_for_one_only_one_is_enough_and_nobody_is_alarmed() -> None:
    frozen = replace(TWO, steps=(replace(TWO.steps[0], page=("gone",)),))
    turn = take_turn(replace(ONE, policy=frozen, due_at=NOW), BOTH, NOW)
    assert turn.incident.state is A
    assert [key for key, _ in turn.alarms] == ["frozen:1042"]


def test_a_pass_takes_one_off_the_count_and_another_who_acknowledged_has_it() -> None:
    back = passes(ENOUGH).incident
    assert (back.state, back.acknowledged_by, back.acknowledgements, back.due_at) == (T, "bob", ("bob",), NOW)
    nobody = passes(back, BOB).incident
    assert (nobody.acknowledged_by, nobody.acknowledged_at, nobody.acknowledgements) == ("", None, ())
    assert nobody.responded_at == NOW


def test_silence_and_reopening_begin_the_count_again() -> None:
    silent = take_turn(replace(ENOUGH, due_at=NOW), BOTH, NOW)
    assert (silent.incident.acknowledgements, paged(silent)) == ((), ["alice"])
    over = answer.resolve(ONE, by="Alice Martin", note="", via="SMS", holder="", now=NOW).incident
    again = answer.reopen(over, by="Jane", via="SMS", now=NOW).incident
    assert (again.acknowledgements, again.acknowledged_by) == ((), "")


@pytest.mark.parametrize(("before", "state"), [(PAGED, T), (ONE, T)])
def test_it_is_not_quiet_while_others_are_wanted(before: Incident, state: IncidentState) -> None:
    change = snooze(before, ALICE, until=NOW + 60 * MINUTE, timezone="UTC", via="SMS", holder="", now=NOW)
    assert (change.incident.state, change.incident.snoozed_until) == (state, None)
    quiet = snooze(ENOUGH, BOB, until=NOW + 60 * MINUTE, timezone="UTC", via="SMS", holder="", now=NOW)
    assert quiet.incident.snoozed_until == NOW + 60 * MINUTE
