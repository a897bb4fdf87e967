"""What Slack sends is read, or is of no interest; what people wrote is shown as it is, within Slack's limits."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.customer import Customer
from oncall.core.engineer import Engineer
from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType, Resolution
from oncall.core.sla import Priority
from oncall.core.slack import Form, Kind, Said, challenge, customer_in, engineer_of, read
from oncall.core.slack_blocks import Action, View, incident_blocks, page_blocks, section
from oncall.core.slack_text import asks_for_help, escaped, neutral, plain
from oncall.core.slack_words import Typed, Word, command_of, lacks_text, reply_of
from oncall.sim.slack import BOT, FakeSlack, Shown
from oncall.sim.slack_people import SlackPeople

ACME, JANE = "C0123ACME", "U0JANE"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PEOPLE = SlackPeople()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("type", "event", "event_id", "user", "channel", "ts", "thread_ts", "text", "message", "previous_message",
        "authorizations", "actions", "trigger_id", "container", "subtype", "id", "selected_option")  # fmt: skip
SHAPED = st.recursive(
    st.sampled_from(["event_callback", "message", "app_mention", "block_actions", "message_action", "U1", "C1", "1.1"])
    | st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    max_leaves=30,
)  # fmt: skip


def event(body: bytes) -> Said | None:
    return read(Form.EVENT, json.loads(body))


def form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def incident(**changes: object) -> Incident:
    facts = {"customer": "acme", "company": "ACME Shop", "summary": "it is slow", **changes}
    return Incident(
        1042, IncidentState.TRIGGERED, Priority.URGENT, RequestType.PROBLEM, IntakeChannel.SLACK, NOW,
        EscalationPolicy("p", ()), "token", NOW, **facts,
    )  # fmt: skip


@given(JSON | SHAPED)
def test_no_body_whatever_is_an_accident(body: object) -> None:
    for each in Form:
        read(each, body)
    challenge(body)


def test_a_message_and_its_mention_have_one_id_and_a_message_in_a_thread_keeps_its_place() -> None:
    said = event(PEOPLE.says(JANE, ACME, f"<@{BOT}> help", ts="1.1"))
    mention = event(PEOPLE.mentions(JANE, ACME, "help", ts="1.1"))
    assert said is not None and mention is not None
    assert said.id == mention.id and said.asks and mention.asks
    assert said.subject == f"{ACME}:1.1"
    reply = event(PEOPLE.says(JANE, ACME, "more", ts="1.2", thread="1.1"))
    assert reply is not None and (reply.subject, reply.asks) == (f"{ACME}:1.1", False)


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"user": ""},
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"user": "U1\n"},
        {"channel": ""},
        {"channel_type": "im"},
        {"ts": 7},
    ],
)
def test_what_no_human_wrote_in_a_channel_is_of_no_interest(more: dict[str, object]) -> None:
    assert event(PEOPLE.says(JANE, ACME, "@help it is slow")) is not None
    facts = {"user": JANE, "channel": ACME, **more}
    user, channel = facts.pop("user"), facts.pop("channel")
    assert event(PEOPLE.says(user, channel, "@help it is slow", **facts)) is None


def test_a_link_that_unfolds_is_no_edit() -> None:
    assert event(PEOPLE.edits(JANE, ACME, "1.1", was="see http://x", now="see http://x", thread="1.0")) is None


def test_only_we_ourselves_join_and_leave() -> None:
    joined, left = event(PEOPLE.joins(ACME)), event(PEOPLE.leaves(ACME))
    assert joined is not None and joined.kind is Kind.JOINED
    assert left is not None and left.kind is Kind.LEFT
    assert event(PEOPLE.joins(ACME, JANE)) is None and event(PEOPLE.leaves(ACME, JANE)) is None
    gone = event(PEOPLE.event({"type": "app_uninstalled"}))
    assert gone is not None and gone.kind is Kind.REMOVED


def test_clicks_menus_shortcuts_and_commands_are_read() -> None:
    blocks = incident_blocks(incident(), View())
    message = Shown(ACME, "1.5", "", blocks, thread="1.1")
    click = read(Form.INTERACTION, json.loads(form(PEOPLE.clicks(JANE, message, Action.ACKNOWLEDGE))["payload"]))
    assert click is not None
    assert (click.kind, click.user, click.value, click.subject) == (Kind.CLICK, JANE, "1042", f"{ACME}:1.1")
    menu = PEOPLE.clicks(JANE, message, Action.TYPE, choose="guidance")
    chosen = read(Form.INTERACTION, json.loads(form(menu)["payload"]))
    assert chosen is not None and chosen.value == "1042:guidance"
    report = read(Form.INTERACTION, json.loads(form(PEOPLE.reports(JANE, ACME, "all is red", ts="1.7"))["payload"]))
    assert report is not None and (report.kind, report.text, report.thread) == (Kind.SHORTCUT, "all is red", "1.7")
    command = read(Form.COMMAND, form(PEOPLE.commands(JANE, ACME, "it is slow", name="jane")))
    assert command is not None and (command.text, command.name) == ("it is slow", "jane")


def test_people_and_channels_are_known_by_their_ids_and_nobody_by_none() -> None:
    alice, nobody = Engineer("alice", "Alice", "+1", slack="U0ALICE"), Engineer("bob", "Bob", "+2")
    acme, other = Customer("acme", "ACME", slack=ACME), Customer("other", "Other")
    assert engineer_of({"bob": nobody, "alice": alice}, "U0ALICE") is alice
    assert engineer_of({"bob": nobody}, "") is None
    assert customer_in({"other": other, "acme": acme}, ACME) is acme
    assert customer_in({"other": other}, "") is None


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("@help it is slow", "it is slow"),
        ("help:it is slow", "it is slow"),
        ("<@U0BOT> it is slow", "it is slow"),
        ("<@U0BOT>, @help: it is slow", "it is slow"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        (
            "see <http://x.example|the page> and <http://y.example>",
            "see the page (http://x.example) and http://y.example",
        ),
        (
            "<#C1|general> <@U2|bob> <@U3> <!here> <!subteam^S1|@ops> <!date^1^x|today>",
            "#general @bob @U3 @here @ops today",
        ),
        ("<not closed", "<not closed"),
        ("a <|> b <|label> <@> <!>", "a  b label @ @"),
        ("x\u202ey\x00z", "xyz"),
        ("", ""),
    ],
)
def test_markup_is_read_as_people_read_it(written: str, read_as: str) -> None:
    assert plain(written) == read_as


@given(st.text(alphabet="<>@#!|^&;:ab *_~`\n", max_size=200))
def test_what_we_write_holds_no_markup_whatever_it_is(text: str) -> None:
    plain(text)
    assert not set(neutral(text, 300)) & set("<>*_~`")
    assert "<" not in escaped(text) and ">" not in escaped(text)
    assert escaped(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text.replace("\r", "\n")


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("resolve: it was the disk", Typed(Word.RESOLVE, "it was the disk")),
        ("Resolved", Typed(Word.RESOLVE, "")),
        ("ACK", Typed(Word.ACKNOWLEDGE, "")),
        ("REOPEN 1042", Typed(Word.REOPEN, "")),
        ("resolve 1042: it was the disk", Typed(Word.RESOLVE, "it was the disk")),
        ("resolve 1042 it was the disk", Typed(None, "resolve 1042 it was the disk")),
        ("pass: bob", Typed(Word.PASS, "bob")),
        ("update: line one\nline two", Typed(Word.UPDATE, "line one\nline two")),
        ("update", Typed(None, "update")),
        ("resolve the conflict first", Typed(None, "resolve the conflict first")),
        ("note that it is slow", Typed(None, "note that it is slow")),
        ("warning: it is slow", Typed(None, "warning: it is slow")),
    ],
)
def test_a_reply_is_a_word_only_where_it_is_written_as_one(text: str, typed: Typed) -> None:
    assert reply_of(text) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("resolve 1042 it was the disk", Typed(Word.RESOLVE, "it was the disk", 1042)),
        ("ack #1042", Typed(Word.ACKNOWLEDGE, "", 1042)),
        ("update 1042: soon", Typed(Word.UPDATE, "soon", 1042)),
        ("update the certificate", Typed(None, "update the certificate")),
        ("delete 1042 users", Typed(None, "delete 1042 users")),
        ("ack 99999999999", Typed(None, "ack 99999999999")),
    ],
)
def test_a_command_that_names_no_incident_is_a_report(text: str, typed: Typed) -> None:
    assert command_of(text) == typed


def test_only_words_that_say_something_need_a_text() -> None:
    assert lacks_text(Typed(Word.UPDATE, "")) and lacks_text(Typed(Word.NOTE, ""))
    assert not lacks_text(Typed(Word.RESOLVE, "")) and not lacks_text(Typed(None, ""))


WHATEVER = st.text(alphabet=st.characters(), max_size=400) | st.just("<!channel>" * 2000)


@given(WHATEVER, WHATEVER, st.sampled_from(list(IncidentState)), st.booleans())
def test_slack_takes_the_message_of_any_incident(
    summary: str, company: str, state: IncidentState, for_team: bool
) -> None:
    view = View(holder=company, link="https://h.example/1", for_team=for_team)
    shown = incident(summary=summary, company=company, caller_name=summary, respond_by=NOW)
    blocks = incident_blocks(replace(shown, state=state), view)
    fake = FakeSlack(channels={ACME})
    for each in (blocks, [section(company)], page_blocks(summary, "d1")):
        answer = fake.ask("chat.postMessage", {"channel": ACME, "text": "x", "blocks": each}, fake.token)
        assert answer["ok"], answer
    assert "mrkdwn" not in json.dumps(blocks)


def test_a_screened_incident_that_leads_nowhere_has_no_empty_row_of_buttons() -> None:
    screened = replace(incident(), state=IncidentState.RESOLVED, resolution=Resolution.SCREENED, resolved_at=NOW)
    blocks = incident_blocks(screened, View())
    assert [block["type"] for block in blocks] == ["header", "section", "section"]
    assert "screened" in str(blocks)


@pytest.mark.parametrize("text", ["@help x", "help: x", " @Help", "<!subteam^S1|help> x"])
def test_the_keyword(text: str) -> None:
    assert asks_for_help(text)
    assert not asks_for_help(f"please {text}")
