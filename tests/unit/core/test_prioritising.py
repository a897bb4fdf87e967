"""Changes of what an incident is, in any order, leave it with a next action and a promise that has an instant."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core import prioritising
from oncall.core.acknowledge import acknowledge
from oncall.core.business_hours import BusinessHours
from oncall.core.change import Change
from oncall.core.escalation import take_turn
from oncall.core.escalation_policy import QUIET_POLICY
from oncall.core.incident import Incident, IncidentState, IntakeChannel, OutcomeKind, RequestType
from oncall.core.pass_on import pass_on
from oncall.core.prioritising import Terms
from oncall.core.promise_clock import look, promised
from oncall.core.reopen import reopen
from oncall.core.resolve import resolve
from oncall.core.sla import DEFAULT_PROMISES, Priority, PromiseStage, SlaClock
from tests.unit.core.night import ALICE, BOB, BOTH, MINUTE, TWO_STEPS, an_incident

HOUR = timedelta(hours=1)
HOURS = BusinessHours("Europe/Brussels")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DOWN, URGENT, NORMAL = Priority


def terms(priority: Priority) -> Terms:
    return Terms(DEFAULT_PROMISES[priority], HOURS, TWO_STEPS if priority is DOWN else QUIET_POLICY)


def running(priority: Priority = DOWN, **changes: object) -> Incident:
    incident = an_incident(priority=priority, policy=terms(priority).policy, opened_at=MONDAY, **changes)
    return promised(incident, terms(priority).promise, HOURS, MONDAY)


def change(incident: Incident, priority: Priority, now: datetime, key: str = "alice") -> Change:
    return prioritising.change_priority(
        incident, priority, terms(priority), by=key.title(), key=key, via="dashboard", now=now
    )


def test_a_lower_priority_is_counted_from_when_the_promise_began_and_stops_what_rings() -> None:
    found = change(running(), URGENT, MONDAY + 10 * MINUTE)
    assert (found.incident.respond_by, found.silence) == (MONDAY + HOUR, True)
    assert found.incident.quiet


def test_a_broken_promise_that_was_made_for_too_high_a_priority_is_none() -> None:
    late = look(running(), SlaClock.ALWAYS, HOURS, MONDAY + 31 * MINUTE).incident
    lowered = change(late, URGENT, MONDAY + 32 * MINUTE).incident
    assert (lowered.breached_at, lowered.promise_told) == (None, PromiseStage.NONE)


def test_a_promise_that_is_late_stays_late_when_the_priority_rises() -> None:
    late = look(running(URGENT), SlaClock.BUSINESS_HOURS, HOURS, MONDAY + 2 * HOUR).incident
    raised = change(late, DOWN, MONDAY + 2 * HOUR)
    assert (raised.incident.breached_at, raised.incident.breached(MONDAY + 2 * HOUR)) == (MONDAY + HOUR, True)
    assert (raised.incident.due_at, raised.silence) == (MONDAY + 2 * HOUR, False)


def test_what_is_late_already_runs_anew_at_the_higher_priority_so_that_people_hear_of_it() -> None:
    now = MONDAY + 2 * HOUR
    late = look(running(URGENT), SlaClock.BUSINESS_HOURS, HOURS, now).incident
    raised = change(late, DOWN, now).incident
    raised = look(raised, SlaClock.ALWAYS, HOURS, now).incident
    half = look(raised, SlaClock.ALWAYS, HOURS, now + 15 * MINUTE)
    assert [each.stage for each in half.reached] == [PromiseStage.HALF]
    broken = look(half.incident, SlaClock.ALWAYS, HOURS, now + 31 * MINUTE)
    assert [(each.stage, each.at) for each in broken.reached] == [(PromiseStage.BREACHED, now + 30 * MINUTE)]


def test_a_lower_priority_forgives_what_was_late_by_the_higher_one_only() -> None:
    late = look(running(URGENT), SlaClock.BUSINESS_HOURS, HOURS, MONDAY + 2 * HOUR).incident
    raised = change(late, DOWN, MONDAY + 2 * HOUR).incident
    assert change(raised, NORMAL, MONDAY + 3 * HOUR).incident.breached_at == MONDAY + HOUR
    twice = look(raised, SlaClock.ALWAYS, HOURS, MONDAY + 3 * HOUR).incident
    assert twice.breached_at == MONDAY + 2 * HOUR + 30 * MINUTE


def test_a_late_response_of_which_another_makes_production_down_stays_late() -> None:
    held = acknowledge(running(URGENT), BOB, via="SMS", holder="", now=MONDAY + 2 * HOUR).incident
    raised = change(held, DOWN, MONDAY + 3 * HOUR, key="alice").incident
    assert (raised.responded_at, raised.breached_at) == (None, MONDAY + HOUR)
    assert raised.respond_by == MONDAY + 3 * HOUR + 30 * MINUTE


def test_a_response_that_was_given_stays_given() -> None:
    held = acknowledge(running(NORMAL), BOB, via="SMS", holder="", now=MONDAY + MINUTE).incident
    raised = change(held, URGENT, MONDAY + HOUR, key="alice").incident
    assert (raised.responded_at, raised.respond_by) == (held.responded_at, held.respond_by)
    assert raised.state is IncidentState.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("channel", "kind", "key", "after"),
    [
        (IntakeChannel.PHONE, RequestType.PROBLEM, "alice", RequestType.ON_CALL),
        (IntakeChannel.PHONE, RequestType.GUIDANCE, "alice", RequestType.GUIDANCE),
        (IntakeChannel.GITHUB, RequestType.PROBLEM, "alice", RequestType.PROBLEM),
        (IntakeChannel.PHONE, RequestType.PROBLEM, "", RequestType.PROBLEM),
    ],
)
def test_a_call_that_an_engineer_finds_less_urgent_is_on_call_work(
    channel: IntakeChannel, kind: RequestType, key: str, after: RequestType
) -> None:
    incident = running(channel=channel, request_type=kind)
    assert change(incident, NORMAL, MONDAY, key=key).incident.request_type is after


def test_of_several_who_are_wanted_whoever_has_acknowledged_has_it_when_it_is_not_so_bad() -> None:
    half = running(acknowledgements=("bob",), acknowledged_by="bob", acknowledged_at=MONDAY, responded_at=MONDAY)
    lowered = change(half, NORMAL, MONDAY + MINUTE).incident
    assert (lowered.state, lowered.acknowledged_by, lowered.acknowledgements) == (
        IncidentState.ACKNOWLEDGED,
        "bob",
        (),
    )


def test_a_drill_has_no_other_priority() -> None:
    assert change(running(drill=True), NORMAL, MONDAY).outcome is OutcomeKind.UNCHANGED


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*Priority, "acknowledge", "pass", "wait", "answered", "turn", "look", "resolve", "reopen"]),
        st.integers(0, 3000),
    ),
    max_size=25,
)


@given(STEPS)
def test_whatever_happens_in_whatever_order_an_open_incident_has_a_next_action_and_an_instant(
    steps: list[tuple[Priority | str, int]],
) -> None:
    incident, now = running(NORMAL), MONDAY
    for what, minutes in steps:
        now += minutes * MINUTE
        before, incident = incident, _after(incident, what, now)
        assert incident.respond_by is not None
        assert (incident.due_at is not None) is incident.open
        assert incident.promise_told.rank <= PromiseStage.BREACHED.rank
        if incident.breached_at is not None:
            assert incident.breached_at <= incident.respond_by
            assert incident.breached_at < now
        if before.waiting_since is not None and what == "answered":
            assert incident.waiting_since is None


def _after(incident: Incident, what: Priority | str, now: datetime) -> Incident:
    clock = DEFAULT_PROMISES[incident.priority].clock
    match what:
        case Priority():
            return change(incident, what, now).incident
        case "acknowledge":
            return acknowledge(incident, ALICE, via="SMS", holder="", now=now).incident
        case "pass":
            return pass_on(incident, ALICE, paged_at=now, via="SMS", holder="", now=now).incident
        case "wait":
            return prioritising.wait_for_customer(incident, by="Alice", via="SMS", now=now).incident
        case "answered":
            return prioritising.end_waiting(incident, clock, HOURS, why="", now=now).incident
        case "turn":
            return take_turn(incident, BOTH, now).incident
        case "look":
            return look(incident, clock, HOURS, now).incident
        case "resolve":
            return resolve(incident, by="Alice", note="", via="SMS", holder="", now=now).incident
        case _:
            found = reopen(incident, by="Jane", via="SMS", now=now)
            return promised(found.incident, terms(incident.priority).promise, HOURS, now) if found.changed else incident
