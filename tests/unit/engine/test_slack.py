"""What is asked for in Slack is done, once, by whoever may; and what happens is shown there, and delays no page."""

from datetime import timedelta

import pytest

from oncall.core.incident import IncidentState, IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.core.slack_blocks import Action
from oncall.sim.slack import BOT
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, CALL, MINUTE, NIGHT, SECOND
from tests.unit.engine.slack import (
    ACME,
    ALICE_THERE,
    BOB_THERE,
    ELSEWHERE,
    JANE_THERE,
    TEAM,
    WITH_SLACK,
    SlackNight,
)

HOUR = 60 * MINUTE


@pytest.fixture
def night(database: SqlDatabase) -> SlackNight:
    return SlackNight(database)


# ---------------------------------------------------------------- asking for help


@pytest.mark.parametrize(
    "text",
    [
        "@help it is slow",
        "  @HELP, it is slow",
        "help: it is slow",
        "Help:it is slow",
        "<!subteam^S12|@help> it is slow",
    ],
)
def test_a_message_that_begins_with_the_keyword_opens_an_urgent_problem(night: SlackNight, text: str) -> None:
    incident, ts = night.reported(text)
    assert (incident.priority, incident.request_type) == (Priority.URGENT, RequestType.PROBLEM)
    assert (incident.channel, incident.customer, incident.summary) == (IntakeChannel.SLACK, "acme", "it is slow")
    shown = night.message(ACME, ts)
    assert f"{incident.number} · Urgent · ACME Shop" in shown.words
    assert "nobody has it yet" in shown.words


def test_a_mention_is_told_twice_and_opens_one_incident(night: SlackNight) -> None:
    ts = night.people.ts()
    night.post(night.people.says(JANE_THERE, ACME, f"<@{BOT}> it is slow", ts=ts), turn=False)
    night.post(night.people.mentions(JANE_THERE, ACME, "it is slow", ts=ts))
    assert night.count() == 1
    assert night.newest().summary == "it is slow"
    assert "slow" not in night.thread(ACME, ts)


def test_a_mention_within_other_peoples_thread_makes_that_thread_its_home(night: SlackNight) -> None:
    root, ts = night.people.ts(), night.people.ts()
    night.post(night.people.mentions(JANE_THERE, ACME, "please look at this", ts=ts, thread=root))
    night.post(night.people.says(JANE_THERE, ACME, f"<@{BOT}> please look at this", ts=ts, thread=root))
    assert night.count() == 1
    assert night.there.in_thread(ACME, root)
    assert night.timeline(night.newest().number).count("please look at this") == 0


@pytest.mark.parametrize("text", ["can you help me?", "the @help desk is nice", "helping: no", "", "help"])
def test_people_talk_among_themselves_and_none_of_it_is_kept(night: SlackNight, text: str) -> None:
    night.post(night.people.says(JANE_THERE, ACME, text))
    assert night.count() == 0
    with night.database.read() as uow:
        assert uow.inbound_events.next_due_at() is None
        assert uow.inbound_events.get(f"slack:{night.last_name}") is None


def test_programs_are_never_taken_in_and_never_acknowledge(night: SlackNight) -> None:
    incident, ts = night.reported()
    for more in ({"bot_id": "B1"}, {"subtype": "bot_message"}):
        night.post(night.people.says("U0ROBOT", ACME, "@help it is slow", **more))
        night.post(night.people.says(ALICE_THERE, ACME, "I look at it", thread=ts, **more))
    night.post(night.people.says(BOT, ACME, "@help it is slow"))
    night.post(night.people.says(BOT, ACME, "on it", thread=ts))
    assert night.count() == 1
    assert night.incident(incident.number).state is IncidentState.TRIGGERED
    assert night.timeline(incident.number).count("on it") == 0


def test_in_a_channel_that_is_no_customers_whoever_asks_is_told_and_nothing_is_opened(night: SlackNight) -> None:
    night.there.channels.add(ELSEWHERE)
    night.post(night.people.says(JANE_THERE, ELSEWHERE, "@help it is slow"))
    assert night.count() == 0
    assert night.kept().effect == "in no customer's channel"
    [told] = night.there.whispered(JANE_THERE)
    assert "Nothing was opened" in told and "+3225550199" in told


def test_production_down_in_words_gets_the_phone_number_and_stays_urgent(night: SlackNight) -> None:
    incident, ts = night.reported("@help our production is down!")
    assert "please phone +3225550199" in night.thread(ACME, ts)
    assert night.incident(incident.number).priority is Priority.URGENT
    _, quiet = night.reported("@help how do I add a user?")
    assert "phone" not in night.thread(ACME, quiet)


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


def test_a_message_is_reported_by_its_shortcut_once(night: SlackNight) -> None:
    ts = night.people.ts()
    for _ in range(2):
        night.post(night.people.reports(ALICE_THERE, ACME, "all is red", ts=ts))
    assert night.count() == 1
    assert night.newest().summary == "all is red"
    assert night.there.answers[-1][1] == f"That is incident {night.newest().number} already."


def test_a_message_that_is_corrected_into_a_call_for_help_is_one(night: SlackNight) -> None:
    ts = night.people.ts()
    night.post(night.people.edits(JANE_THERE, ACME, ts, was="@hlep it is slow", now="@help it is slow"))
    assert night.newest().summary == "it is slow"
    assert night.there.in_thread(ACME, ts)


# ---------------------------------------------------------------- within the thread


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


# ---------------------------------------------------------------- buttons


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


# ---------------------------------------------------------------- commands


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


# ---------------------------------------------------------------- the team's channel


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


# ---------------------------------------------------------------- Slack being ill


def test_slack_being_away_delays_no_page_and_all_is_told_afterwards_in_order(night: SlackNight) -> None:
    away = True
    night.there.away = lambda: away
    incident = night.paged()
    assert night.calls.to(ALICE)
    assert night.page(incident.number, CALL).created_at - NIGHT < SECOND
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.runtime.respond.update(incident.number, engineer="alice", note="we restart it", via="phone")
    night.later(15 * MINUTE)
    assert night.there.shown == []
    away = False
    night.later(10 * MINUTE)
    assert "Alice Martin has it" in night.message(TEAM).words
    thread = night.thread(TEAM, night.message(TEAM).ts)
    assert thread.index("acknowledged by phone") < thread.index("we restart it")


def test_patience_is_had_for_as_long_as_slack_asks(night: SlackNight) -> None:
    night.there.wait = 120
    night.paged()
    asked = len(night.there.calls)
    night.later(100 * SECOND)
    # Of what was claimed already, and of what began meanwhile, each asked once.
    assert len(night.there.calls) - asked <= 4
    night.there.wait = 0
    night.later(5 * MINUTE)
    assert night.message(TEAM)


@pytest.mark.parametrize("how", ["foreign", "archived"])
def test_thrown_out_of_a_channel_the_operators_are_told_once_and_invited_again_it_is_shown_there(
    night: SlackNight, how: str
) -> None:
    incident, ts = night.reported()
    night.there.channels.discard(ACME)
    getattr(night.there, how).add(ACME)
    night.post(night.people.leaves(ACME))
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.later(5 * MINUTE)
    night.runtime.respond.update(incident.number, engineer="alice", note="we restart it", via="phone")
    night.later(5 * MINUTE)
    assert night.operators_read().count(f"Nothing can be written in the Slack channel {ACME}") == 1
    assert "Alice Martin has it" in night.message(TEAM).words
    getattr(night.there, how).discard(ACME)
    night.there.channels.add(ACME)
    night.post(night.people.joins(ACME))
    assert "Alice Martin has it" in night.message(ACME, ts).words
    night.there.channels.discard(ACME)
    night.there.foreign.add(ACME)
    night.runtime.respond.update(incident.number, engineer="alice", note="once more", via="phone")
    night.later(5 * MINUTE)
    assert night.operators_read().count(f"Nothing can be written in the Slack channel {ACME}") == 2


def test_a_message_of_ours_that_somebody_deleted_is_posted_anew(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.there.shown = [each for each in night.there.shown if each.channel != ACME]
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    night.turn()
    assert "Alice Martin has it" in night.message(ACME, ts).words


def test_where_slack_is_not_connected_nothing_is_written_down_for_it(database: SqlDatabase) -> None:
    night = SlackNight(database)
    night.slack = None
    night.runtime = night._built({CALL: night.calls}, "b")
    incident = night.phoned()
    with database.read() as uow:
        assert uow.partner_events.of(incident.number) == []


# ---------------------------------------------------------------- markup


def test_markup_meant_to_inject_is_shown_as_it_is(night: SlackNight) -> None:
    evil = "@help &lt;!channel&gt; *<@U0BOB>* <http://evil.example|your bank> &amp;amp; `x`"
    incident, ts = night.reported(evil)
    assert incident.summary == "<!channel> *@U0BOB* your bank (http://evil.example) &amp; `x`"
    night.post(night.people.says(JANE_THERE, ACME, "<!here> ~gone~", thread=ts))
    for message in night.there.shown:
        for block in message.blocks:
            assert "mrkdwn" not in str(block)
        assert "<" not in message.text and "*" not in message.text


def test_a_megabyte_of_text_is_cut_and_says_so(night: SlackNight) -> None:
    incident, ts = night.reported("@help " + "<x> & *" * 150_000)
    night.post(night.people.says(JANE_THERE, ACME, "y" * 1_000_000, thread=ts))
    assert len(incident.summary) <= 1600 and incident.summary.endswith(" … (cut; the rest is in Slack)")
    assert "yyy … (cut; the rest is in Slack)" in night.timeline(incident.number)
    night.post(night.people.says(ALICE_THERE, ACME, "resolve: " + "z" * 1_000_000, thread=ts))
    assert not night.incident(incident.number).open
    assert "resolved" in night.message(ACME, ts).words


# ---------------------------------------------------------------- priority and type


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


def test_a_customer_who_was_waited_for_answers_in_the_thread(night: SlackNight) -> None:
    incident, ts = night.reported()
    night.runtime.prioritising.wait_for_customer(incident.number, by="alice", via="dashboard")
    assert night.incident(incident.number).waiting_since is not None
    night.post(night.people.says(JANE_THERE, ACME, "here you are", thread=ts))
    assert night.incident(incident.number).waiting_since is None
    assert "The customer answered by Slack" in night.timeline(incident.number)


# ---------------------------------------------------------------- promises


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
    for _ in range(190):
        night.later(MINUTE)
    assert "The promise of a resolution is broken: it was due by " in night.thread(TEAM, root)
    # Alice had answered in time, and no line says otherwise.
    assert "promise of a response is broken" not in night.thread(TEAM, root)
    assert "nobody answered" not in night.thread(TEAM, root)
    assert "promise" not in night.thread(ACME, ts)
