"""Only Slack gets in, whatever it sends is answered at once, and it is kept before it is answered."""

import json
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from oncall.core.incident import IntakeChannel
from oncall.sim.slack import SIGNING_SECRET, FakeSlack, as_json, signature, signed_headers
from oncall.sim.slack_people import SlackPeople
from oncall.web.slack_webhooks import is_signed

from .conftest import SCHEDULES, Hotline

ACME = "C0123ACME"
YAML = SCHEDULES.replace("{name: ACME Shop,", f"{{name: ACME Shop, slack: {ACME},")
EXAMPLE = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
EXAMPLE_SECRET, EXAMPLE_AT = "8f742231b10e8888abcd99yyyzzz85a5", "1531420618"
EXAMPLE_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


class Connected(Hotline):
    """A hotline that Slack tells."""

    def __init__(self) -> None:
        self.slack, self.people = FakeSlack(channels={ACME}), SlackPeople()
        super().__init__(YAML, slack=self.slack, partners={}, SLACK_SIGNING_SECRET=SIGNING_SECRET)

    def said(self, body: bytes, headers: dict[str, str] | None = None) -> TestResponse:
        given = signed_headers(body, str(int(self.clock.at.timestamp()))) if headers is None else headers
        return self.client.post("/webhooks/slack", data=body, headers=given)

    def waiting(self) -> bool:
        with self.database.read() as uow:
            return uow.inbound_events.next_due_at() is not None


@pytest.fixture
def connected():
    made = Connected()
    yield made
    made.database.close()


def test_slacks_own_example_is_let_in() -> None:
    assert is_signed(EXAMPLE, EXAMPLE_AT, EXAMPLE_SIGNATURE, EXAMPLE_SECRET)
    assert not is_signed(EXAMPLE + b" ", EXAMPLE_AT, EXAMPLE_SIGNATURE, EXAMPLE_SECRET)
    assert not is_signed(EXAMPLE, EXAMPLE_AT[:-1], EXAMPLE_SIGNATURE, EXAMPLE_SECRET)
    assert not is_signed(EXAMPLE, EXAMPLE_AT, "v0=ä", EXAMPLE_SECRET)


def test_the_address_is_proven_when_it_is_entered_there(connected: Connected) -> None:
    answer = connected.said(as_json({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"}))
    assert answer.get_json() == {"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"}


def test_a_message_is_kept_answered_and_worked_on_afterwards(connected: Connected) -> None:
    answer = connected.said(connected.people.says("U0JANE", ACME, "@help it is slow"))
    assert (answer.status_code, answer.data) == (200, b"")
    assert connected.incidents() == 0 and connected.waiting()
    assert connected.slack.calls == []
    connected.engine_turns()
    assert connected.incident().channel is IntakeChannel.SLACK
    assert connected.slack.in_thread(ACME, connected.slack.shown[0].thread)


def test_what_slack_sends_again_is_done_once(connected: Connected) -> None:
    body = connected.people.says("U0JANE", ACME, "@help it is slow")
    headers = signed_headers(body, str(int(connected.clock.at.timestamp())))
    for number in ("", "1", "2"):
        again = {"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": "http_timeout"} if number else {}
        assert connected.said(body, headers | again).status_code == 200
        connected.engine_turns()
    assert connected.incidents() == 1


def test_a_command_is_answered_with_words_for_one_person(connected: Connected) -> None:
    answer = connected.said(connected.people.commands("U0JANE", ACME, "it is slow"))
    assert answer.get_json() == {
        "response_type": "ephemeral",
        "text": "Taken in: you will see it here in a moment.",
    }
    who = connected.said(connected.people.commands("U0JANE", ACME, "who"))
    assert "has production until" in who.get_json()["text"]


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=00"},
        {"X-Slack-Signature": "ä"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "٣"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "1e9"},
    ],
    ids=str,
)
def test_what_is_not_signed_is_refused_and_nothing_is_kept(connected: Connected, changed: dict[str, str]) -> None:
    body = connected.people.says("U0JANE", ACME, "@help it is slow")
    headers = signed_headers(body, str(int(connected.clock.at.timestamp()))) | changed
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert connected.said(body, encoded).status_code == 403
    assert not connected.waiting()


@pytest.mark.parametrize(("seconds", "status"), [(-301, 403), (-299, 200), (299, 200), (301, 403)])
def test_a_replay_is_refused_after_five_minutes(connected: Connected, seconds: int, status: int) -> None:
    body = connected.people.says("U0JANE", ACME, "@help it is slow")
    at = str(int(connected.clock.at.timestamp()) + seconds)
    assert connected.said(body, signed_headers(body, at)).status_code == status
    assert connected.waiting() is (status == 200)


def test_another_secret_and_no_secret_open_nothing(connected: Connected) -> None:
    body = connected.people.says("U0JANE", ACME, "@help it is slow")
    at = str(int(connected.clock.at.timestamp()))
    assert connected.said(body, signed_headers(body, at, "guessed")).status_code == 403
    unset = Hotline(YAML)
    given = {"X-Slack-Signature": signature(body, at, ""), "X-Slack-Request-Timestamp": at}
    assert unset.client.post("/webhooks/slack", data=body, headers=given).status_code == 403
    unset.database.close()


def _payload(value: object) -> bytes:
    return urlencode({"payload": json.dumps(value)}).encode()


NO_ID = {
    "type": "event_callback",
    "event": {"type": "message", "user": "U1", "channel": ACME, "text": "@help", "ts": "1"},
}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[1,2,3]",
        b"{",
        b"{}",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type":"event_callback","event":[]}',
        b'{"type":"event_callback","event_id":7,"event":{"type":"message"}}',
        b'{"n":' + b"9" * 5000 + b"}",
        as_json(NO_ID),
        as_json({**NO_ID, "event_id": "a b\n", "authorizations": "x"}),
        as_json({**NO_ID, "event_id": "Ev1", "event": {"type": "message", "channel": {"id": 1}, "text": ["@help"]}}),
        b"ssl_check=1&token=x",
        b"payload=",
        b"payload=%7B",
        b"payload=%ff",
        b"&".join(b"a=1" for _ in range(300)),
        _payload([]),
        _payload({"type": "block_actions", "user": "U1", "actions": {}}),
        _payload({"type": "view_submission", "user": {"id": "U1"}, "trigger_id": "1.2.3"}),
        _payload({"type": "block_actions", "trigger_id": "1.2.3", "user": {"id": "U1"}, "channel": {"id": ACME}}),
        b"command=%2Foncall&text=it+is+slow",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_cannot_be_read_is_answered_and_kept_nowhere(connected: Connected, body: bytes) -> None:
    assert connected.said(body).status_code == 200
    assert not connected.waiting()


def test_a_megabyte_is_taken_in_and_more_than_slack_sends_is_refused(connected: Connected) -> None:
    assert connected.said(connected.people.says("U0JANE", ACME, "@help " + "x" * 1_000_000)).status_code == 200
    assert connected.said(connected.people.commands("U0JANE", ACME, "x" * 1_000_000)).status_code == 200
    connected.engine_turns()
    assert connected.incidents() == 2
    assert connected.said(b"x" * 3_000_000).status_code == 403


def test_half_a_character_and_characters_that_no_database_keeps_do_no_harm(connected: Connected) -> None:
    for text in ("@help \ud800 x \u0000 y", "help: \u202e"):
        assert connected.said(connected.people.says("U0JANE", ACME, text)).status_code == 200
    assert connected.said(connected.people.commands("U0\ud800"[:2], ACME, "a \x00 b", name="\x00")).status_code == 200
    connected.engine_turns()
    assert connected.incidents() == 3
    assert not connected.waiting()


def test_while_the_database_is_away_slack_is_asked_to_come_again(connected: Connected) -> None:
    body = connected.people.says("U0JANE", ACME, "@help it is slow")
    connected.database.away = True
    assert connected.said(body).status_code == 503
    connected.database.away = False
    assert connected.said(body).status_code == 200
    assert connected.waiting()
