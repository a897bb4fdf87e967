"""What is said in an incident's thread is heeded, by whoever may say it."""

import pytest

from oncall.core.incident import IncidentState
from oncall.core.slack_blocks import Action
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, SECOND
from tests.unit.engine.slack import (
    ACME,
    ALICE_THERE,
    BOB_THERE,
    JANE_THERE,
    TEAM,
    WITH_SLACK,
    SlackNight,
)


@pytest.fixture
def night(database: SqlDatabase) -> SlackNight:
    return SlackNight(database)


def test_what_the_customer_says_in_the_thread_is_added_and_the_team_reads_it(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.post(night.people.says(JANE_THERE, ACME, "it is worse &lt;now&gt;", thread=ts))
    assert "U0JANE of ACME Shop by Slack: it is worse <now>" in night.timeline(incident.number)
    assert "it is worse <now>" in night.thread(TEAM, night.message(TEAM).ts)
    assert "it is worse" not in night.thread(ACME, ts)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED


def test_an_engineers_first_reply_acknowledges_and_each_is_an_update(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.post(night.people.says(ALICE_THERE, ACME, "I restart it", thread=ts))
    now = night.incident(incident.number)
    assert (now.state, now.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "alice")
    assert "Alice Martin by Slack: I restart it" in night.timeline(incident.number)
    assert "Alice Martin has it." in night.thread(ACME, ts)
    assert "I restart it" not in night.thread(ACME, ts)
    assert "I restart it" in night.thread(TEAM, night.message(TEAM).ts)
    night.post(night.people.says(BOB_THERE, ACME, "and I look at the disk", thread=ts))
    assert night.incident(incident.number).acknowledged_by == "alice"
    assert "Bob Peeters by Slack: and I look at the disk" in night.timeline(incident.number)


def test_the_same_webhook_again_changes_nothing(night: SlackNight) -> None:
    incident, ts = night.reported()
    body = night.people.says(ALICE_THERE, ACME, "I restart it", thread=ts)
    for _ in range(3):
        night.post(body)
    assert night.timeline(incident.number).count("I restart it") == 1


def test_an_engineer_resolves_with_a_note_and_the_customer_can_open_it_again(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.post(night.people.says(ALICE_THERE, ACME, "resolve: it was the disk", thread=ts))
    assert night.incident(incident.number).state is IncidentState.RESOLVED
    assert "it was the disk" in night.thread(ACME, ts)
    assert "resolved Mon 23 Nov" in night.message(ACME, ts).words
    night.clock.at += MINUTE
    night.post(night.people.says(JANE_THERE, ACME, "still broken", thread=ts))
    assert night.incident(incident.number).state is IncidentState.RESOLVED
    assert any("press Not solved" in told for told in night.there.whispered(JANE_THERE))
    night.post(night.people.clicks(JANE_THERE, night.message(ACME, ts), Action.REOPEN, name="jane"))
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    assert "Reopened by jane of ACME Shop, by Slack" in night.timeline(incident.number)
    assert "Opened again" in night.thread(ACME, ts)


def test_customers_read_the_thread_in_their_language_and_who_wrote_an_update(database: SqlDatabase) -> None:
    night = SlackNight(
        database, yaml=WITH_SLACK.replace("    name: ACME Shop\n", "    name: ACME Shop\n    language: fr-FR\n")
    )
    incident, ts = night.reported()
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.runtime.respond.update(incident.number, engineer="alice", note="c'est le disque", via="SMS")
    night.turn()
    assert "Alice Martin s'en occupe." in night.thread(ACME, ts)
    assert "Alice Martin: c'est le disque" in night.thread(ACME, ts)


def test_a_note_stays_with_the_team(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.post(night.people.says(ALICE_THERE, ACME, "note: they forgot to pay", thread=ts))
    assert "they forgot to pay" in night.thread(TEAM, night.message(TEAM).ts)
    assert "they forgot to pay" not in night.thread(ACME, ts)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED


def test_a_word_without_its_text_and_a_pass_of_nothing_are_refused_to_whoever_wrote_them(night: SlackNight) -> None:
    _, ts = night.reported()
    night.post(night.people.says(BOB_THERE, ACME, "update:", thread=ts))
    night.post(night.people.says(BOB_THERE, ACME, "pass", thread=ts))
    assert ["say what" in told or "was not paged" in told for told in night.there.whispered(BOB_THERE)] == [True, True]


def test_a_file_without_a_word_is_named_where_the_incident_is(night: SlackNight) -> None:
    incident, ts = night.reported()
    files = [{"id": "F1", "name": "error <1>.png"}, {"id": "F2"}, "x"]
    night.post(night.people.says(JANE_THERE, ACME, "", thread=ts, subtype="file_share", files=files))
    assert "(attached in Slack: error <1>.png)" in night.timeline(incident.number)


def test_edited_and_deleted_messages_are_noted(night: SlackNight) -> None:
    incident, ts = night.reported()
    later = night.people.ts()
    night.post(night.people.says(JANE_THERE, ACME, "the first shop", ts=later, thread=ts))
    night.post(night.people.edits(JANE_THERE, ACME, later, was="the first shop", now="the second shop", thread=ts))
    night.post(night.people.deletes(JANE_THERE, ACME, later, was="the second shop", thread=ts))
    night.post(night.people.deletes(JANE_THERE, ACME, ts, was="@help the shop shows error 500"))
    timeline = night.timeline(incident.number)
    assert "changed from: the first shop / to: the second shop" in timeline
    assert "deleted: the second shop" in timeline
    assert "deleted: the shop shows error 500" in timeline


def test_in_the_teams_thread_talk_is_a_note_and_words_are_heeded(night: SlackNight) -> None:
    incident = night.paged()
    root = night.message(TEAM).ts
    night.post(night.people.says(BOB_THERE, TEAM, "did anybody look at the disk?", thread=root))
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    assert "did anybody look" in night.timeline(incident.number)
    assert "did anybody look" not in night.thread(TEAM, root)
    night.post(night.people.says(ALICE_THERE, TEAM, "ack", thread=root))
    assert night.incident(incident.number).acknowledged_by == "alice"
    night.post(night.people.says(ALICE_THERE, TEAM, "update: we restart it", thread=root))
    assert "we restart it" in night.jane_reads()


def test_a_customer_who_was_waited_for_answers_in_the_thread(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.runtime.prioritising.wait_for_customer(incident.number, by="alice", via="dashboard")
    assert night.incident(incident.number).waiting_since is not None
    night.post(night.people.says(JANE_THERE, ACME, "here you are", thread=ts))
    assert night.incident(incident.number).waiting_since is None
    assert "The customer answered by Slack" in night.timeline(incident.number)


@pytest.mark.parametrize("words", ["ack", "take", "I restart it", "resolve: it was the disk"])
def test_what_slack_sends_again_minutes_later_silences_nothing_that_was_passed_on_since(
    night: SlackNight, words: str
) -> None:
    incident, ts = night.reported()
    night.people.event_time = int(night.clock.at.timestamp()) + 5
    late = night.people.says(ALICE_THERE, ACME, words, thread=ts)
    night.clock.at += 20 * SECOND
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    night.clock.at += 20 * SECOND
    night.runtime.respond.pass_on(incident.number, engineer="alice", via="SMS")
    night.later(5 * MINUTE)
    night.post(late)
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    assert f"Alice Martin by Slack: {words}" in night.timeline(incident.number)


def test_what_slack_sends_again_minutes_later_counts_where_nothing_has_changed(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.people.event_time = int(night.clock.at.timestamp()) + 5
    late = night.people.says(ALICE_THERE, ACME, "ack", thread=ts)
    night.later(5 * MINUTE)
    night.post(late)
    assert night.incident(incident.number).acknowledged_by == "alice"
