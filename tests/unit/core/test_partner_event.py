"""What partners are told, and when it is tried again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oncall.core.engineer import Engineer
from oncall.core.incident import IncidentState, OutcomeKind
from oncall.core.pagerduty import Action, due_actions, engineer_of, read_event
from oncall.core.partner_event import BY_OUTCOME, GIVEN_UP_AFTER, PartnerEvent, again_at

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
EVENT = PartnerEvent("e1", "webhook:ops", 1042, "incident.opened", "", "{}", NOW, NOW)
CHANGES_NOTHING = {OutcomeKind.ALREADY_ACKNOWLEDGED, OutcomeKind.ALREADY_PASSED, OutcomeKind.ALREADY_RESOLVED,
                   OutcomeKind.ALREADY_OPEN, OutcomeKind.UNCHANGED}  # fmt: skip
TRIGGER, ACKNOWLEDGE, RESOLVE = Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE


def test_every_answer_that_changes_something_is_an_event() -> None:
    assert set(BY_OUTCOME) == set(OutcomeKind) - CHANGES_NOTHING


def test_it_is_tried_again_from_seconds_to_hours_and_given_up_after_three_days() -> None:
    now, waits = NOW, []
    for attempt in range(1, 100):
        at = again_at(replace(EVENT, attempts=attempt), now, chance=0.0)
        if at is None:
            break
        waits.append((at - now).total_seconds())
        now = at
    assert waits[:4] == [5, 15, 45, 135]
    assert max(waits) == 4 * 3600
    assert NOW + GIVEN_UP_AFTER - timedelta(hours=4) < now <= NOW + GIVEN_UP_AFTER


def test_what_others_wait_behind_is_tried_every_five_minutes_at_least() -> None:
    at = again_at(replace(EVENT, key="1042", attempts=50), NOW, chance=0.0)
    assert at == NOW + timedelta(minutes=5)


def test_a_partner_that_asks_for_patience_gets_it_within_bounds() -> None:
    first = replace(EVENT, attempts=1)
    assert again_at(first, NOW, 0.0, timedelta(minutes=10)) == NOW + timedelta(minutes=10)
    assert again_at(first, NOW, 0.0, timedelta(0)) == NOW + timedelta(seconds=5)
    assert again_at(first, NOW, 0.0, timedelta(days=2)) == NOW + timedelta(hours=4)


@pytest.mark.parametrize(
    ("state", "last", "actions"),
    [
        (IncidentState.TRIGGERED, "", [TRIGGER]),
        (IncidentState.TRIGGERED, TRIGGER, []),
        (IncidentState.TRIGGERED, ACKNOWLEDGE, []),
        (IncidentState.TRIGGERED, RESOLVE, [TRIGGER]),
        (IncidentState.ACKNOWLEDGED, "", [TRIGGER, ACKNOWLEDGE]),
        (IncidentState.ACKNOWLEDGED, TRIGGER, [ACKNOWLEDGE]),
        (IncidentState.ACKNOWLEDGED, ACKNOWLEDGE, []),
        (IncidentState.RESOLVED, "", []),
        (IncidentState.RESOLVED, TRIGGER, [RESOLVE]),
        (IncidentState.RESOLVED, ACKNOWLEDGE, [RESOLVE]),
        (IncidentState.RESOLVED, RESOLVE, []),
    ],
)
def test_pagerduty_is_brought_to_where_the_incident_is(state: IncidentState, last: str, actions: list[Action]) -> None:
    assert due_actions(state, last) == actions


@pytest.mark.parametrize(
    "body",
    [
        [], "x", None, 7, {}, {"event": []}, {"event": {"id": "1"}}, {"event": {"id": 1, "event_type": "incident.x"}},
        {"event": {"id": "1", "event_type": "incident.resolved", "occurred_at": "yesterday"}},
        {"event": {"id": "1", "event_type": "incident.resolved", "occurred_at": "2026-11-23T03:00:00"}},
        {"messages": [{"event": "incident.acknowledge"}]},
    ],
)  # fmt: skip
def test_what_is_no_event_is_read_as_none(body: object) -> None:
    assert read_event(body) is None


def test_only_a_user_is_a_human() -> None:
    event = {"id": "1", "event_type": "incident.resolved", "occurred_at": "2026-11-23T03:00:00Z"}
    for kind, human in (("user_reference", True), ("service_reference", False), ("api_key_reference", False)):
        said = read_event({"event": {**event, "agent": {"type": kind, "id": "PALICE", "summary": "Alice"}}})
        assert said is not None
        assert bool(said.agent_id) is human
    assert read_event({"event": {**event, "agent": None, "data": ["?"]}}) is not None


def test_a_user_is_an_engineer_by_id_or_by_email() -> None:
    alice = Engineer("alice", "Alice", "+32470000001", pagerduty="PALICE")
    bob = Engineer("bob", "Bob", "+32470000002", email="bob@example.com")
    dana = Engineer("dana", "Dana", "+32470000004", pagerduty="dana@example.com")
    everybody = {each.key: each for each in (alice, bob, dana)}
    assert engineer_of(everybody, "PALICE") is alice
    assert engineer_of(everybody, "PX", "Bob@example.com") is bob
    assert engineer_of(everybody, "PX", "dana@example.com") is dana
    assert engineer_of(everybody, "PX", "") is None
    assert engineer_of(everybody, "", "") is None
