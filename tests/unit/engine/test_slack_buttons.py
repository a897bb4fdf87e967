"""Buttons, menus and the field for an update do what they say, by whoever may."""

import pytest

from oncall.core.incident import IncidentState, RequestType
from oncall.core.sla import Priority
from oncall.core.slack_blocks import Action
from oncall.store import SqlDatabase
from tests.unit.engine.slack import (
    ACME,
    ALICE_THERE,
    BOB_THERE,
    JANE_THERE,
    TEAM,
    SlackNight,
)


@pytest.fixture
def night(database: SqlDatabase) -> SlackNight:
    return SlackNight(database)


def test_an_engineer_acknowledges_takes_over_and_resolves_by_buttons(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.post(night.people.clicks(ALICE_THERE, night.message(ACME, ts), Action.ACKNOWLEDGE))
    assert night.incident(incident.number).acknowledged_by == "alice"
    assert "Acknowledged" in night.there.answers[-1][1]
    pages = len(night.pages(incident.number))
    night.post(night.people.clicks(BOB_THERE, night.message(ACME, ts), Action.TAKE))
    assert night.incident(incident.number).acknowledged_by == "bob"
    assert len(night.pages(incident.number)) == pages
    assert "Bob Peeters has it" in night.message(TEAM).words
    night.post(night.people.clicks(BOB_THERE, night.message(TEAM), Action.RESOLVE))
    assert night.incident(incident.number).state is IncidentState.RESOLVED
    assert "Resolved." in night.thread(ACME, ts)


def test_an_engineer_updates_the_customer_from_a_field_of_the_message(night: SlackNight) -> None:
    incident = night.paged()
    night.post(night.people.clicks(ALICE_THERE, night.message(TEAM), Action.UPDATE, choose="we restart <the> disk"))
    assert night.incident(incident.number).acknowledged_by == "alice"
    assert "we restart <the> disk" in night.jane_reads()
    field = night.message(TEAM).button(Action.UPDATE)
    night.post(night.people.clicks(ALICE_THERE, night.message(TEAM), Action.UPDATE, choose="  "))
    assert "Write what the customer is to know" in night.there.answers[-1][1]
    night.post(night.people.clicks(JANE_THERE, night.message(TEAM), Action.UPDATE, choose="it is fine"))
    assert "Only our engineers can do that" in night.there.answers[-1][1]
    assert "it is fine" not in night.timeline(incident.number)
    night.post(night.people.clicks(ALICE_THERE, night.message(TEAM), Action.UPDATE, choose="it is back"))
    assert night.message(TEAM).button(Action.UPDATE)["block_id"] != field["block_id"], (
        "the field would keep what was sent"
    )
    night.runtime.respond.resolve(incident.number, engineer="alice", note="", via="SMS")
    night.turn()
    with pytest.raises(LookupError):
        night.message(TEAM).button(Action.UPDATE)


def test_a_click_by_somebody_whom_we_do_not_know_is_refused_to_them_and_recorded(night: SlackNight) -> None:
    incident, ts = night.reported()
    for action in (Action.ACKNOWLEDGE, Action.RESOLVE):
        night.post(night.people.clicks(JANE_THERE, night.message(ACME, ts), action, name="jane"))
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    assert "Only our engineers can do that" in night.there.answers[-1][1]
    assert "jane pressed a button in Slack, and is no engineer" in night.timeline(incident.number)
    assert "presses buttons" not in night.operators_read()
    night.post(night.people.clicks("U0NEW", night.message(TEAM), Action.ACKNOWLEDGE))
    assert "no engineer has 'slack: U0NEW'" in night.operators_read()


def test_a_click_on_a_message_of_long_ago_says_who_was_first(night: SlackNight) -> None:
    incident, ts = night.reported()
    before = night.people.clicks(BOB_THERE, night.message(ACME, ts), Action.ACKNOWLEDGE)
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.post(before)
    assert "already acknowledged by Alice Martin" in night.there.answers[-1][1]


def test_engineers_change_the_priority_and_everybody_there_the_type(night: SlackNight) -> None:
    incident, ts = night.reported()
    number = incident.number
    night.post(night.people.clicks(JANE_THERE, night.message(ACME, ts), Action.PRIORITY, choose="normal"))
    assert night.incident(number).priority is Priority.URGENT
    night.post(night.people.clicks(ALICE_THERE, night.message(TEAM), Action.PRIORITY, choose="normal"))
    assert night.incident(number).priority is Priority.NORMAL
    night.post(night.people.clicks(JANE_THERE, night.message(ACME, ts), Action.TYPE, choose="guidance", name="jane"))
    assert night.incident(number).request_type is RequestType.GUIDANCE
    night.post(night.people.clicks(ALICE_THERE, night.message(ACME, ts), Action.DOWN))
    assert night.incident(number).priority is Priority.PRODUCTION_DOWN
    assert "Production down" in night.message(ACME, ts).words
    told = night.timeline(number)
    assert "Alice Martin by Slack, in the team's channel" in told and "jane of ACME Shop by Slack" in told
