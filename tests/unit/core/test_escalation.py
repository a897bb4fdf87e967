"""When the next engineer is called."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.escalation import START_AGAIN_AFTER, Turn, bring_forward, take_turn, unreachable
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.incident import RESUME, Incident, IncidentState
from oncall.core.pass_on import pass_on
from tests.unit.core.night import (
    ALICE,
    BOTH,
    MINUTE,
    NOW,
    SECOND,
    TWO_STEPS,
    always,
    an_incident,
    configured,
    nobody,
    policy,
)


def paged(turn: Turn) -> list[str]:
    return [page.engineer.key for page in turn.pages]


def later(turn: Turn, configuration: Configuration = BOTH) -> Turn:
    assert turn.incident.due_at is not None
    return take_turn(turn.incident, configuration, turn.incident.due_at)


def alarms(turn: Turn) -> list[str]:
    return [key for key, _ in turn.alarms]


def test_a_due_incident_pages_whoever_is_on_call_and_waits_as_long_as_the_step_says() -> None:
    turn = take_turn(an_incident(), BOTH, NOW)
    assert paged(turn) == ["alice"]
    assert (turn.incident.paged_at, turn.incident.due_at) == (NOW, NOW + 5 * MINUTE)
    assert "Step 1 of 2: paging Alice Martin" in turn.timeline[0].text


@pytest.mark.parametrize(
    "incident",
    [
        an_incident(due_at=NOW + SECOND),
        an_incident(due_at=None),
        an_incident(state=IncidentState.RESOLVED),
    ],
)
def test_what_is_not_due_or_over_is_left_alone(incident: Incident) -> None:
    assert take_turn(incident, BOTH, NOW) == Turn(incident)


def test_nobody_acknowledging_pages_the_next_step_each_engineer_once() -> None:
    second = later(take_turn(an_incident(), BOTH, NOW))
    assert paged(second) == ["alice", "bob"]
    assert paged(later(second)) == ["alice"]
    assert later(second).incident.round == 1


def test_the_timeline_names_the_step_the_engineer_the_schedule_why_and_the_policy() -> None:
    text = take_turn(an_incident(), BOTH, NOW).timeline[0].text
    assert text.startswith("Step 1 of 2: paging Alice Martin (on call in production: override")
    assert text.endswith("; policy production-down")


def test_a_step_with_nobody_on_call_is_passed_at_once() -> None:
    """target/goalert#4548: such a step waits out its delay, and nobody is told meanwhile."""
    turn = take_turn(an_incident(), configured(nobody("production"), always("backup", "bob")), NOW)
    assert paged(turn) == ["bob"]
    assert "nobody is on call in production; passed at once" in turn.timeline[0].text
    assert alarms(turn) == ["nobody:production"]


def test_a_round_that_found_nobody_tells_the_operators_and_starts_again_a_minute_later() -> None:
    """arachnys/cabot#518: nobody on duty, and the incident sits dormant without any error."""
    empty = configured(nobody("production"), nobody("backup"))
    turn = take_turn(an_incident(), empty, NOW)
    assert paged(turn) == []
    assert (turn.incident.due_at, turn.incident.step, turn.incident.round) == (NOW + MINUTE, 0, 0)
    assert alarms(turn) == ["nobody:production", "nobody:production,backup", "unanswered:1042"]
    assert paged(later(turn)) == ["alice"]


def test_after_the_last_counted_repeat_the_operators_are_told_and_the_list_starts_again() -> None:
    counted = policy(("production", 5 * MINUTE), ("backup", MINUTE), repeat=1)
    turn, seen = take_turn(an_incident(policy=counted), BOTH, NOW), []
    for _ in range(4):
        seen += paged(turn)
        turn = later(turn)
    assert seen == ["alice", "bob", "alice", "bob"]
    assert paged(turn) == []
    assert alarms(turn) == ["unanswered:1042"]
    assert turn.incident.due_at == NOW + 2 * 6 * MINUTE + MINUTE
    assert paged(later(turn)) == ["alice"]


def test_a_list_that_repeats_forever_never_tells_the_operators_that_it_ended() -> None:
    turn = take_turn(an_incident(), BOTH, NOW)
    for _ in range(50):
        turn = later(turn)
        assert paged(turn)
        assert not turn.alarms


def test_a_frozen_name_that_a_later_publish_removed_falls_back_to_todays_policy() -> None:
    frozen = policy(("gone", MINUTE), ("production", MINUTE), ("production", MINUTE), key="old")
    turn = take_turn(an_incident(policy=frozen, step=2), BOTH, NOW)
    assert paged(turn) == ["alice"]
    assert turn.incident.policy == TWO_STEPS
    assert alarms(turn) == ["frozen:1042"]
    assert "gone" in turn.alarms[0][1]
    assert alarms(later(turn)) == []


def test_a_policy_that_was_edited_meanwhile_does_not_change_a_running_escalation() -> None:
    frozen = policy(("production", 7 * MINUTE), ("production backup", MINUTE))
    assert take_turn(an_incident(policy=frozen), BOTH, NOW).incident.due_at == NOW + 7 * MINUTE


def acknowledged(**changes: object) -> Incident:
    held = an_incident(state=IncidentState.ACKNOWLEDGED, acknowledged_by="bob", acknowledged_at=NOW, step=1, round=3)
    return replace(held, **changes)  # type: ignore[arg-type]


def test_silence_after_an_acknowledgement_pages_that_engineer_alone_and_then_the_list_from_its_start() -> None:
    """target/goalert#3378: users want an acknowledgement that times out, and a page again."""
    turn = take_turn(acknowledged(), BOTH, NOW)
    assert paged(turn) == ["bob"]
    assert (turn.incident.state, turn.incident.resume_with) == (IncidentState.TRIGGERED, "bob")
    assert "No update from Bob Peeters for 30 minutes" in turn.timeline[0].text
    assert turn.incident.due_at == NOW + 5 * MINUTE
    assert paged(later(turn)) == ["alice"]
    assert paged(later(later(turn))) == ["alice", "bob"]


@pytest.mark.parametrize("step", [0, RESUME])
def test_silence_of_an_engineer_whom_nobody_knows_any_more_pages_the_list(step: int) -> None:
    assert paged(take_turn(acknowledged(acknowledged_by="zoe", step=step), BOTH, NOW)) == ["alice"]
    gone = an_incident(step=RESUME, resume_with="zoe")
    assert paged(take_turn(gone, BOTH, NOW)) == ["alice"]


def test_an_engineer_without_a_notification_rule_is_nobody_to_wait_for() -> None:
    """grafana/oncall#1326: a level without a contact method was not told, and nobody knew."""
    mute = replace(BOTH, engineers={**BOTH.engineers, "alice": replace(ALICE, notify=())})
    assert paged(take_turn(an_incident(), mute, NOW)) == ["bob"]
    silent = acknowledged(acknowledged_by="alice")
    assert paged(take_turn(silent, mute, NOW)) == ["bob"]


def test_a_step_that_can_reach_nobody_at_all_brings_the_next_one_forward() -> None:
    turn = take_turn(an_incident(), BOTH, NOW)
    assert unreachable(turn.incident, NOW + SECOND).due_at == NOW + SECOND


def test_at_the_end_of_the_list_unreachable_waits_a_minute_so_that_a_dead_provider_is_not_asked_for_ever() -> None:
    last = later(take_turn(an_incident(), BOTH, NOW)).incident
    assert last.paged_at is not None
    assert unreachable(last, last.paged_at).due_at == last.paged_at + MINUTE
    assert unreachable(unreachable(last, last.paged_at), last.paged_at + SECOND).due_at == last.paged_at + MINUTE


def ends_of_list(wait_for: timedelta, rounds: int, *, every_minute: bool = False) -> list[timedelta]:
    """How long each round of a list waits of which no step reaches anybody."""
    incident = an_incident(policy=EscalationPolicy("p", (EscalationStep(("production",), wait_for),)))
    waits = []
    for _ in range(rounds):
        assert incident.due_at is not None
        turn = take_turn(incident, BOTH, incident.due_at)
        assert turn.pages, "every round is a new chance that a telephone works again"
        incident = unreachable(turn.incident, turn.incident.paged_at or NOW, every_minute=every_minute)
        assert incident.due_at is not None
        assert incident.paged_at is not None
        waits.append(incident.due_at - incident.paged_at)
    return waits


def test_a_list_of_dead_telephones_is_tried_soon_again_then_less_often_and_never_later_than_its_own_wait() -> None:
    assert ends_of_list(10 * MINUTE, 7) == [MINUTE * minutes for minutes in (1, 2, 4, 8, 10, 10, 10)]
    assert ends_of_list(30 * SECOND, 3) == [30 * SECOND] * 3


def test_a_list_that_is_dead_for_days_overflows_nothing() -> None:
    assert ends_of_list(10 * MINUTE, 3000)[-1] == 10 * MINUTE


def test_a_list_that_dials_no_dead_telephones_again_and_again_is_tried_every_minute() -> None:
    assert ends_of_list(10 * MINUTE, 7, every_minute=True) == [MINUTE] * 7


def test_the_safety_timer_is_brought_forward_only_before_paging_began() -> None:
    waiting = an_incident(due_at=NOW + MINUTE)
    assert bring_forward(waiting, NOW).due_at == NOW
    for untouched in (
        replace(waiting, paged_at=NOW - MINUTE),
        replace(waiting, state=IncidentState.ACKNOWLEDGED),
        replace(waiting, state=IncidentState.RESOLVED, due_at=None),
        replace(waiting, due_at=NOW - SECOND),
    ):
        assert bring_forward(untouched, NOW) == untouched


def test_a_last_step_without_a_wait_does_not_start_the_list_again_at_once() -> None:
    """Production is empty at the weekend, and Bob waits nothing: he would be paged as fast as the engine can turn."""
    weekend = configured(nobody("production"), always("backup", "bob"), nobody("third"))
    hasty = policy(("production", 5 * MINUTE), ("backup", timedelta(0)), ("third", 5 * MINUTE))
    turn = take_turn(an_incident(policy=hasty), weekend, NOW)
    assert paged(turn) == ["bob"]
    assert turn.incident.due_at == NOW + MINUTE


def test_a_step_without_a_wait_is_followed_at_once_by_the_next_that_finds_somebody() -> None:
    hasty = policy(("production", timedelta(0)), ("backup", 5 * MINUTE))
    turn = take_turn(an_incident(policy=hasty), BOTH, NOW)
    assert turn.incident.due_at == NOW
    assert paged(later(turn)) == ["bob"]


NAMED = st.sampled_from(["production", "backup", "third", "dana", "gone"])
NAMES = st.lists(NAMED, min_size=1, max_size=3, unique=True)
WAITS = st.sampled_from([timedelta(0), 30 * SECOND, 5 * MINUTE])
STEPS = st.lists(st.tuples(NAMES.map(" ".join), WAITS), min_size=1, max_size=4).filter(
    lambda steps: any(wait_for for _, wait_for in steps)
)
POLICIES = st.builds(lambda steps, repeat: policy(*steps, repeat=repeat), STEPS, st.sampled_from([None, 0, 1, 3]))
ON_CALL = st.tuples(*[st.sampled_from(["alice", "bob", ""])] * 3)
STATES = st.sampled_from([IncidentState.TRIGGERED, IncidentState.ACKNOWLEDGED])


@given(frozen=POLICIES, today=POLICIES, on_call=ON_CALL, state=STATES, data=st.data())
def test_an_open_incident_always_has_a_next_action_and_no_time_is_spun_away(
    frozen: EscalationPolicy,
    today: EscalationPolicy,
    on_call: tuple[str, str, str],
    state: IncidentState,
    data: st.DataObject,
) -> None:
    names = ("production", "backup", "third")
    schedules = [always(name, who) if who else nobody(name) for name, who in zip(names, on_call, strict=True)]
    configuration = configured(*schedules, policies=(today,))
    step = data.draw(st.integers(RESUME, len(frozen.steps) - 1))
    who = data.draw(st.sampled_from(["alice", "zoe"]))
    incident = an_incident(policy=frozen, step=step, state=state, acknowledged_by=who, resume_with=who)
    turns_now, now = 0, NOW
    for _ in range(40):
        turn = take_turn(incident, configuration, now)
        assert turn.incident.due_at is not None
        assert turn.incident.due_at >= now
        assert turn.pages or turn.incident.due_at > now
        turns_now = turns_now + 1 if turn.incident.due_at == now else 0
        assert turns_now <= len(turn.incident.policy.steps) + 1, "the same instant is turned over and over"
        incident, now = turn.incident, turn.incident.due_at


@given(frozen=POLICIES, on_call=ON_CALL)
def test_whoever_is_on_call_in_any_step_is_paged_within_one_round(
    frozen: EscalationPolicy, on_call: tuple[str, str, str]
) -> None:
    """grafana/oncall#934: steps after a wait were skipped in silence."""
    names = ("production", "backup", "third")
    schedules = [always(name, who) if who else nobody(name) for name, who in zip(names, on_call, strict=True)]
    configuration = configured(*schedules, policies=(policy(("dana", MINUTE)),))
    turn = take_turn(an_incident(policy=frozen), configuration, NOW)
    found = {who for name, who in zip(names, on_call, strict=True) if who and any(name in s.page for s in frozen.steps)}
    if not any("gone" in step.page for step in frozen.steps):
        seen: set[str] = set()
        for _ in frozen.steps:
            seen |= set(paged(turn))
            turn = later(turn, configuration)
        assert found <= seen


def passing(incident: Incident, engineer: Engineer, now: datetime) -> Incident:
    """The incident after this engineer has passed the page that was just sent."""
    return pass_on(incident, engineer, paged_at=now, via="phone", holder="", now=now + SECOND).incident


def test_whoever_passed_it_on_is_not_paged_again_by_the_next_step() -> None:
    first = take_turn(an_incident(), BOTH, NOW).incident
    turn = take_turn(passing(first, ALICE, NOW), BOTH, NOW + SECOND)
    assert paged(turn) == ["bob"]


def test_whoever_passed_it_on_is_asked_again_when_the_list_starts_again() -> None:
    first = take_turn(an_incident(), BOTH, NOW).incident
    second = take_turn(passing(first, ALICE, NOW), BOTH, NOW + SECOND).incident
    third = take_turn(second, BOTH, NOW + SECOND + 10 * MINUTE)
    assert paged(third) == ["alice"]


def test_an_engineer_alone_who_passes_it_on_has_a_minute_of_peace_while_the_operators_are_told() -> None:
    alone = configured(always("production", "alice"), policies=(policy(("production", 5 * MINUTE)),))
    first = take_turn(an_incident(policy=alone.policies["production-down"]), alone, NOW).incident
    turn = take_turn(passing(first, ALICE, NOW), alone, NOW + SECOND)
    assert turn.pages == ()
    assert turn.incident.due_at == NOW + SECOND + START_AGAIN_AFTER
    assert turn.alarms
    again = take_turn(turn.incident, alone, NOW + SECOND + START_AGAIN_AFTER)
    assert paged(again) == ["alice"]
