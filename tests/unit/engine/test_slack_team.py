"""The team's channel shows every incident and who is on call, and nobody's telephone number."""

from datetime import timedelta

import pytest

from oncall.core.call import RecordingPart
from oncall.core.incident import IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.core.slack_blocks import Action
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import CALL, MINUTE, NIGHT, STRANGER
from tests.unit.engine.slack import (
    ACME,
    ALICE_THERE,
    BOB_THERE,
    JANE_THERE,
    TEAM,
    WITH_SLACK,
    SlackNight,
)

HOUR = 60 * MINUTE


@pytest.fixture
def night(database: SqlDatabase) -> SlackNight:
    return SlackNight(database)


def test_an_incident_by_phone_is_shown_to_the_team_with_what_happens_to_it(night: SlackNight) -> None:
    incident = night.paged()
    root = night.message(TEAM)
    assert f"{incident.number} · Production down · ACME Shop" in root.words
    assert "32470111111" not in root.words
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.turn()
    assert "Alice Martin acknowledged by phone" in night.thread(TEAM, root.ts)
    assert "Alice Martin has it" in night.message(TEAM).words


def test_an_incident_by_phone_has_a_thread_in_the_customers_channel_too_and_what_is_said_there_is_heeded(
    night: SlackNight,
) -> None:
    incident = night.paged()
    root = night.message(ACME)
    assert f"{incident.number} · Production down · ACME Shop" in root.words
    assert "32470111111" not in root.words
    night.post(night.people.says(JANE_THERE, ACME, "the basket too", thread=root.ts))
    assert "the basket too" in night.thread(TEAM, night.message(TEAM).ts)
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.turn()
    assert "Alice Martin has it" in night.message(ACME).words


def test_what_is_read_at_github_gets_no_thread_in_the_customers_channel(night: SlackNight) -> None:
    with night.database.begin() as uow:
        night.runtime.intake.reported(
            uow,
            channel=IntakeChannel.GITHUB,
            priority=Priority.NORMAL,
            request_type=RequestType.OTHER,
            summary="Please add a user",
            by="octocat",
            customer="acme",
        )
    night.turn()
    assert "Please add a user" in night.message(TEAM).words
    assert night.there.in_channel(ACME) == []


def test_a_stranger_who_may_have_misdialled_is_not_shown_before_somebody_is_paged(night: SlackNight) -> None:
    night.phoned(sid="CA-x", number="+32470999999")
    night.turn()
    assert not [each for each in night.there.in_channel(TEAM) if each.blocks[0]["type"] == "header"]
    night.runtime.intake.caller_is_human("CA-x")
    night.runtime.intake.caller_finished("CA-x")
    night.turn()
    assert "Production down" in night.message(TEAM).words


def test_each_handoff_is_told_once_and_the_topic_says_who_is_on_call(night: SlackNight, database: SqlDatabase) -> None:
    night.publish({"all.yaml": WITH_SLACK.replace("engineers: [alice]}", "engineers: [alice, bob]}")})
    other = SlackNight(database, prefix="b")
    other.slack = other.there = night.there
    other.clock = night.clock
    other.runtime = other._built({CALL: other.calls}, "b")

    def time_passes(by: timedelta) -> list[str]:
        before = len(night.there.in_channel(TEAM))
        for _ in range(4):
            night.clock.at += by / 4
            night.turn()
            other.turn()
        return [each.words for each in night.there.in_channel(TEAM)[before:]]

    assert sorted(time_passes(MINUTE)) == [
        "Bob Peeters has backup.",
        "Bob Peeters has production until Mon 23 Nov 09:00 UTC.",
        "Nobody has empty until Sat 05 Jan 09:00 UTC.",
    ]
    assert night.there.topics[TEAM].startswith("On call: production Bob Peeters until Mon 09:00 · backup Bob Peeters")
    assert time_passes(HOUR) == []
    night.clock.at = NIGHT + timedelta(hours=6)
    assert time_passes(MINUTE) == ["Alice Martin has production until Mon 30 Nov 09:00 UTC."]
    assert "production Alice Martin" in night.there.topics[TEAM]


def everything_written(night: SlackNight) -> str:
    """All that anybody reads in Slack: messages, what notifications show of them, and what one person is told."""
    shown = [f"{each.words}\n{each.text}" for each in night.there.shown]
    told = [text for _, text in night.there.answers] + night.there.whispered(ALICE_THERE)
    return "\n".join([*shown, *told])


def test_no_number_that_a_caller_said_or_called_from_is_written_anywhere_in_slack(night: SlackNight) -> None:
    incident, intake = night.phoned(sid="CA-joe", number=STRANGER), night.runtime.intake
    intake.caller_is_human("CA-joe")
    for part, text in (
        (RecordingPart.NAME, "Joe from the shop 0470 22 22 22"),
        (RecordingPart.PROBLEM, "all is down, call me back on +32 470 33 33 33 or 0470/44.44.44"),
    ):
        intake.recording_arrived(call_sid="CA-joe", recording_sid=f"RE{part}", part=part, duration_seconds=4)
        intake.transcript_arrived(call_sid="CA-joe", recording_sid=f"RE{part}", text=text)
    night.turn()
    night.post(night.people.clicks(ALICE_THERE, night.message(TEAM), Action.ACKNOWLEDGE))
    root = night.message(TEAM).ts
    night.post(night.people.says(BOB_THERE, TEAM, "take", thread=root))
    night.post(night.people.commands(ALICE_THERE, TEAM, f"take {incident.number}"))
    written = everything_written(night)
    assert "all is down" in written and "You have incident" in written
    digits = "".join(each for each in written if each.isdigit())
    for private in ("470999999", "70222222", "70333333", "70444444"):
        assert private not in digits


def test_a_number_that_an_engineer_gives_the_customer_on_purpose_is_theirs_to_give(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.runtime.respond.update(incident.number, engineer="alice", note="phone me: 0470 55 55 55", via="SMS")
    night.turn()
    assert "phone me: 0470 55 55 55" in night.thread(ACME, ts)
    assert "0470 55 55 55" not in night.thread(TEAM, night.message(TEAM).ts)


def test_the_team_reads_how_a_promise_stands_and_which_of_the_two_it_is(database: SqlDatabase) -> None:
    night = SlackNight(database, yaml=WITH_SLACK + "priorities: {urgent: {clock: always, resolve_within: 4h}}\n")
    incident, ts = night.reported()
    for _ in range(51):
        night.later(MINUTE)
    root = night.message(TEAM).ts
    read = night.thread(TEAM, root)
    assert "Half of the time promised for a response is over" in read
    assert "The time promised for a response is almost over" in read
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="SMS")
    for _ in range(195):
        night.later(MINUTE)
    assert "The promise of a resolution is broken: it was due by " in night.thread(TEAM, root)
    # Alice had answered in time, and no line says otherwise.
    assert "promise of a response is broken" not in night.thread(TEAM, root)
    assert "nobody answered" not in night.thread(TEAM, root)
    assert "promise" not in night.thread(ACME, ts)
