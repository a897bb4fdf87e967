"""Slash commands do what they say, by whoever may."""

import pytest

from oncall.store import SqlDatabase
from tests.unit.engine.slack import (
    ACME,
    ALICE_THERE,
    ELSEWHERE,
    JANE_THERE,
    SlackNight,
)


@pytest.fixture
def night(database: SqlDatabase) -> SlackNight:
    return SlackNight(database)


def test_the_slash_command_opens_an_incident_with_a_thread_of_its_own(night: SlackNight) -> None:
    assert "Taken in" in night.post(night.people.commands(JANE_THERE, ACME, "update the certificate", name="jane"))
    incident = night.newest()
    assert (incident.summary, incident.caller_name) == ("update the certificate", "jane")
    shown = night.message(ACME)
    assert night.there.answers[-1][1] == f"Your incident number is {incident.number}."
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.turn()
    assert "Alice Martin has it" in night.thread(ACME, shown.ts)
    assert "Alice Martin has it" in night.message(ACME).words
    night.post(night.people.says(JANE_THERE, ACME, "thank you", thread=shown.ts))
    assert "thank you" in night.timeline(incident.number)


def test_who_is_on_call_is_answered_at_once_and_kept_nowhere(night: SlackNight) -> None:
    answer = night.post(night.people.commands(JANE_THERE, ELSEWHERE, "who"))
    assert (
        "Alice Martin has production" in answer and "Bob Peeters has backup" in answer and "Nobody has empty" in answer
    )
    assert night.post(night.people.commands(JANE_THERE, ACME, "who is backup")) == "Bob Peeters has backup"
    assert "There is no schedule x. There are: production" in night.post(
        night.people.commands(JANE_THERE, ACME, "who x")
    )
    assert "phone +3225550199" in night.post(night.people.commands(JANE_THERE, ACME, " "))
    assert night.there.calls == [] or all(method != "views.open" for method, _ in night.there.calls)
    assert night.count() == 0


def test_an_engineer_resolves_by_command_and_nobody_else_does(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.post(night.people.commands(JANE_THERE, ACME, f"resolve {incident.number} done"))
    assert night.incident(incident.number).open
    assert "Only our engineers" in night.there.answers[-1][1]
    night.post(night.people.commands(ALICE_THERE, ELSEWHERE, f"resolve {incident.number} it was the disk"))
    assert not night.incident(incident.number).open
    assert "it was the disk" in night.thread(ACME, ts)
    night.post(night.people.commands(ALICE_THERE, ELSEWHERE, "ack 999999"))
    assert "There is no incident 999999" in night.there.answers[-1][1]
