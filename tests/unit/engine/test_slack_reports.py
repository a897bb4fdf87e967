"""What is asked for in Slack is opened, once; what people say among themselves is not kept."""

import pytest

from oncall.core.incident import IncidentState, IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.sim.slack import BOT
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
