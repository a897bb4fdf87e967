"""Handing an incident to a colleague by name."""

from dataclasses import replace

import pytest

from oncall.core.engineer import Engineer
from oncall.core.escalation import START_AGAIN_AFTER, take_turn
from oncall.core.hand_over import hand_over, named_engineer
from oncall.core.incident import RESUME, Incident, IncidentState, OutcomeKind
from oncall.errors import UsageError
from tests.unit.core.night import ALICE, BOB, BOTH, DANA, MINUTE, NOW, SECOND, an_incident, policy

ZOE = Engineer("zoe", "Zoë van den Berg", "+32470000005")
BOBBY = Engineer("b2", "Bob Janssens", "+32470000006")
PAGED = an_incident(paged_at=NOW - MINUTE, due_at=NOW + 4 * MINUTE, step=1)
HELD = replace(PAGED, state=IncidentState.ACKNOWLEDGED, acknowledged_by="alice", acknowledged_at=NOW)


def handed(incident: Incident, to: Engineer = DANA, by: Engineer = ALICE) -> Incident:
    return hand_over(incident, by, to, via="SMS", holder="Alice Martin", now=NOW).incident


@pytest.mark.parametrize("text", ["bob", "to Bob", "BOB.", "Bob Peeters", "over to bob peeters please"])
def test_a_colleague_is_named_by_key_full_name_or_first_name(text: str) -> None:
    assert named_engineer(text, (ALICE, BOB, ZOE)) == BOB


def test_accents_are_nothing_that_a_thumb_must_type() -> None:
    assert named_engineer("zoe van den berg", (ALICE, replace(ZOE, key="z"))).name == ZOE.name


@pytest.mark.parametrize(
    ("text", "says"),
    [("Bob", r"bob-p \(Bob Peeters\); b2 \(Bob Janssens\)"), ("carol", "alice, bob-p, b2"), ("", "b2")],
)
def test_a_name_that_nobody_or_several_have_lists_who_could_be_meant(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=f"Nothing has changed: .*{says}"):
        named_engineer(text, (ALICE, replace(BOB, key="bob-p"), BOBBY))


@pytest.mark.parametrize("before", [PAGED, HELD, replace(PAGED, step=RESUME, resume_with="alice")])
def test_whoever_is_named_is_paged_at_once_alone_and_then_the_list_goes_on(before: Incident) -> None:
    after = handed(before)
    assert (after.state, after.acknowledged_by, after.due_at) == (IncidentState.TRIGGERED, "", NOW)
    turn = take_turn(after, BOTH, NOW)
    assert [page.engineer.key for page in turn.pages] == ["dana"]
    assert "Handed over: paging Dana Dubois" in turn.timeline[0].text
    waits = 10 * MINUTE if before.step == RESUME else 5 * MINUTE
    assert turn.incident.due_at == NOW + waits
    following = take_turn(turn.incident, BOTH, NOW + waits)
    assert "alice" not in [page.engineer.key for page in following.pages] or before.step == RESUME


def test_the_timeline_says_who_handed_it_to_whom() -> None:
    change = hand_over(PAGED, ALICE, BOB, via="SMS", holder="", now=NOW)
    assert change.timeline[0].text == "Alice Martin handed it to Bob Peeters by SMS"
    assert (change.outcome, change.by) == (OutcomeKind.HANDED_OVER, "Bob Peeters")


def test_handed_over_twice_changes_nothing_the_second_time_before_and_after_the_page() -> None:
    once = handed(PAGED)
    again = hand_over(once, ALICE, DANA, via="SMS", holder="", now=NOW)
    assert (again.outcome, again.changed) == (OutcomeKind.HANDED_OVER, False)
    paged = take_turn(once, BOTH, NOW).incident
    late = hand_over(paged, ALICE, DANA, via="SMS", holder="", now=NOW + SECOND)
    assert (late.outcome, late.changed) == (OutcomeKind.ALREADY_PASSED, False)


def test_two_who_hand_it_to_two_in_one_breath_have_both_paged() -> None:
    turn = take_turn(handed(handed(PAGED, DANA, ALICE), ALICE, BOB), BOTH, NOW)
    assert [page.engineer.key for page in turn.pages] == ["dana", "alice"]
    assert turn.incident.passed_by == ("bob",), "whoever is named is not left alone"


def test_nobody_is_handed_what_is_over_or_another_has() -> None:
    over = replace(HELD, state=IncidentState.RESOLVED, due_at=None)
    assert hand_over(over, ALICE, BOB, via="SMS", holder="", now=NOW).outcome is OutcomeKind.ALREADY_RESOLVED
    assert hand_over(HELD, BOB, DANA, via="SMS", holder="", now=NOW).outcome is OutcomeKind.ALREADY_ACKNOWLEDGED


@pytest.mark.parametrize("to", [ALICE, replace(BOB, notify=())])
def test_a_colleague_whom_no_page_would_reach_is_refused(to: Engineer) -> None:
    with pytest.raises(UsageError, match="Nothing has changed"):
        handed(HELD, to)


def test_whoever_was_named_and_left_since_is_nobody_to_wait_for() -> None:
    turn = take_turn(replace(handed(PAGED), handed_to=("zoe",)), BOTH, NOW)
    assert [page.engineer.key for page in turn.pages] == ["bob"]
    assert "Handed to zoe, who cannot be paged any more" in turn.timeline[0].text


def test_after_a_step_that_waits_nothing_whoever_is_named_still_gets_the_time_to_answer() -> None:
    hasty = replace(PAGED, policy=policy(("production", 0 * MINUTE), ("backup", 5 * MINUTE)))
    assert take_turn(handed(hasty), BOTH, NOW).incident.due_at == NOW + START_AGAIN_AFTER
