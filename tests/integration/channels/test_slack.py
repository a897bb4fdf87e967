"""What goes over the wire to Slack, through its own library, and what each of its refusals means to us."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.serving import make_server

from oncall.channels.building import build_slack_api
from oncall.channels.slack import SlackChannel, SlackWebApi
from oncall.core.delivery import DeliveryKind
from oncall.core.slack_blocks import Action, section
from oncall.errors import (
    BusyError,
    ChannelError,
    GoneError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    TransientError,
)
from oncall.ports import Message
from oncall.sim.slack import BOT_TOKEN, FakeSlack, create_slack_api

from .conftest import DELIVERY, Half, RealClock, settings
from .fake_twilio import Answer, FakeTwilio, running_fake_twilio

TEAM, ALICE_THERE = "C0TEAM", "U0ALICE"
POST = {"channel": TEAM, "text": "hello", "blocks": [section("hello")]}


class Running:
    """The fake behind HTTP."""

    def __init__(self) -> None:
        self.fake = FakeSlack(channels={TEAM}, users={ALICE_THERE}, foreign={"C0OTHER"}, archived={"C0OLD"})
        app = Flask("slack")
        app.register_blueprint(create_slack_api(self.fake))
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def api(self, token: str = BOT_TOKEN) -> SlackWebApi:
        found = build_slack_api(settings(SLACK_BOT_TOKEN=token, SLACK_API_URL=f"{self.url}/api"))
        assert found is not None
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def slack() -> Iterator[Running]:
    running = Running()
    yield running
    running.close()


@pytest.fixture
def host() -> Iterator[FakeTwilio]:
    with running_fake_twilio() as fake:
        yield fake


def test_a_message_is_posted_changed_and_followed_in_its_thread(slack: Running) -> None:
    api = slack.api()
    ts = str(api.call("chat.postMessage", POST)["ts"])
    api.call("chat.update", {**POST, "ts": ts, "blocks": [section("changed")]})
    api.call("chat.postMessage", {**POST, "thread_ts": ts, "blocks": [section("beneath")]})
    api.call("chat.postEphemeral", {"channel": TEAM, "user": ALICE_THERE, "text": "for you"})
    api.call("conversations.setTopic", {"channel": TEAM, "topic": "On call: Alice"})
    assert [each.words for each in slack.fake.in_channel(TEAM)] == ["changed"]
    assert [each.words for each in slack.fake.in_thread(TEAM, ts)] == ["beneath"]
    assert slack.fake.whispered(ALICE_THERE) == ["for you"]
    assert slack.fake.topics == {TEAM: "On call: Alice"}
    assert api.whoami() == "oncall in Example"


@pytest.mark.parametrize(
    ("channel", "word"), [("C0OTHER", "not_in_channel"), ("C0NONE", "channel_not_found"), ("C0OLD", "is_archived")]
)
def test_a_channel_that_takes_nothing_from_us_is_gone(slack: Running, channel: str, word: str) -> None:
    with pytest.raises(GoneError, match=word) as caught:
        slack.api().call("chat.postMessage", {**POST, "channel": channel})
    assert caught.value.code == word


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("user_not_found", RecipientError),
        ("invalid_blocks", RecipientError),
        ("message_not_found", RecipientError),
        ("token_revoked", SetupError),
        ("missing_scope", SetupError),
        ("internal_error", TransientError),
        ("something_new", TransientError),
    ],
)
def test_each_refusal_has_its_meaning(slack: Running, word: str, kind: type[ChannelError]) -> None:
    slack.fake.refusals["chat.postMessage"] = [word]
    with pytest.raises(kind, match=word) as caught:
        slack.api().call("chat.postMessage", POST)
    assert type(caught.value) is kind
    assert len(slack.fake.calls) == 1


def test_a_wrong_token_is_for_an_operator_to_mend_and_is_not_shown(slack: Running) -> None:
    with pytest.raises(SetupError, match="invalid_auth") as caught:
        slack.api("xoxb-guessed").call("auth.test", {})
    assert "guessed" not in str(caught.value)


def test_patience_is_asked_for_in_seconds(slack: Running) -> None:
    slack.fake.wait = 42
    with pytest.raises(BusyError) as caught:
        slack.api().call("chat.postMessage", POST)
    assert caught.value.wait_for == timedelta(seconds=42)
    assert len(slack.fake.calls) == 1


def test_slack_being_ill_or_nobody_answering_leaves_open_whether_it_went(slack: Running) -> None:
    slack.fake.away = lambda: True
    with pytest.raises(OutcomeUnknownError):
        slack.api().call("chat.postMessage", POST)
    nobody = build_slack_api(settings(SLACK_BOT_TOKEN=BOT_TOKEN, SLACK_API_URL="http://127.0.0.1:9/api"))
    assert nobody is not None
    with pytest.raises(OutcomeUnknownError, match="cannot be reached"):
        nobody.call("chat.postMessage", POST)


@pytest.mark.parametrize("status", [200, 202, 302, 404, 500])
@pytest.mark.parametrize("body", ["[1,2]", "[]", "7", "null", '"no"', "{}", "<html>Sign in</html>", "", "[" * 100_000])
def test_what_is_no_answer_of_slack_is_one_of_our_errors(host: FakeTwilio, status: int, body: str) -> None:
    host.will(Answer(status, body, {"Content-Type": "application/json"}))
    api = build_slack_api(settings(SLACK_BOT_TOKEN=BOT_TOKEN, SLACK_API_URL=f"{host.url}/api"))
    assert api is not None
    with pytest.raises(OutcomeUnknownError, match=r"asking Slack for chat\.postMessage"):
        api.call("chat.postMessage", POST)
    assert len(host.requests) == 1


def test_one_person_is_answered_at_slacks_addresses_only(slack: Running) -> None:
    api = slack.api()
    api.answer(f"{slack.url}/answers/1", "for you")
    assert slack.fake.answers == [(f"{slack.url}/answers/1", "for you")]
    with pytest.raises(GoneError):
        api.answer(f"{slack.url}/answers/used", "for you")
    for foreign in (
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "file:///etc/passwd",
        "",
        "x",
    ):
        with pytest.raises(RecipientError, match="not Slack's"):
            api.answer(foreign, "for you")
    slack.fake.away = lambda: True
    with pytest.raises(TransientError):
        api.answer(f"{slack.url}/answers/1", "for you")


def test_a_page_goes_by_direct_message_and_is_tried_once_more_where_it_surely_did_not_go(slack: Running) -> None:
    channel = SlackChannel(slack.api(), clock=RealClock(), rng=Half())
    slack.fake.refusals["chat.postMessage"] = ["internal_error"]
    text = "1042 ACME, Jane, +32470111111. Production down: call me on 0470 22 22 22. Reply ACK 1042"
    message = Message(DELIVERY, DeliveryKind.PAGE, ALICE_THERE, text, "1042 Production down: ACME")
    receipt = channel.send(message)
    assert receipt.final and receipt.provider_id.startswith(f"D{ALICE_THERE}:")
    [page] = slack.fake.in_channel(ALICE_THERE)
    assert page.button(Action.PAGE)["value"] == DELIVERY
    assert "1111" in page.words and "+32470111111" not in page.words + page.text
    assert "0470 22" not in page.words + page.text


def test_without_a_token_slack_is_not_connected() -> None:
    assert build_slack_api(settings()) is None
