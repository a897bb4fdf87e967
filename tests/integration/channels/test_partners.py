"""What goes over the wire to partners: signed webhooks, and PagerDuty through its own library, both bounded."""

import base64
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from flask import Flask
from werkzeug.serving import make_server

from oncall.channels.building import build_channels, build_pagerduty, build_users, build_webhooks
from oncall.channels.pagerduty import PagerDutyChannel, PagerDutyEvents
from oncall.channels.providers import Providers
from oncall.core.accounted import Accounted
from oncall.core.delivery import DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.core.partner_event import PartnerEvent
from oncall.errors import (
    BusyError,
    ChannelError,
    GoneError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    TransientError,
)
from oncall.ports import Channel, Message
from oncall.settings import Settings
from oncall.sim.pagerduty import API_TOKEN, ROUTING_KEY, FakePagerDuty, create_pagerduty_api

from .conftest import DELIVERY, Half, RealClock, settings
from .fake_twilio import Answer, FakeTwilio, running_fake_twilio

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def event(body: str = '{"type":"incident.opened"}', partner: str = "webhook:ops") -> PartnerEvent:
    return PartnerEvent("evt1", partner, 1042, "incident.opened", "", body, NOW, NOW)


@pytest.fixture
def host() -> Iterator[FakeTwilio]:
    with running_fake_twilio() as fake:
        yield fake


def send(url: str, sent: PartnerEvent | None = None, *, path: str = "/hook?t=s3cr3t", **environment: str) -> None:
    named = environment or {"ONCALL_WEBHOOK_OPS_SECRET": SECRET}
    build_webhooks(settings(**named), RealClock()).send(sent or event(), url + path)


def test_a_webhook_verifies_by_the_algorithm_of_the_specification(host: FakeTwilio) -> None:
    host.will(Answer(204))
    send(host.url)
    [request] = host.requests
    named = {name.lower(): value for name, value in request.headers.items()}
    assert (request.method, request.path, request.body) == ("POST", "/hook", event().body)
    assert named["content-type"] == "application/json"
    assert named["webhook-id"] == "evt1"
    assert abs(int(named["webhook-timestamp"]) - RealClock().now().timestamp()) < 30
    content = f"{named['webhook-id']}.{named['webhook-timestamp']}.{request.body}".encode()
    digest = hmac.new(base64.b64decode(SECRET[6:]), content, hashlib.sha256).digest()
    assert named["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(host: FakeTwilio, status: int) -> None:
    host.will(Answer(status, "" if status == 204 else "thanks"))
    send(host.url)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(301, SetupError), (307, SetupError), (400, TransientError), (401, TransientError), (404, TransientError),
     (410, GoneError), (429, TransientError), (500, TransientError), (503, TransientError)],
)  # fmt: skip
def test_each_refusal_has_its_meaning_and_no_message_holds_the_path(
    host: FakeTwilio, status: int, kind: type[ChannelError]
) -> None:
    host.will(Answer(status, "<html>no</html>", {"Location": "http://127.0.0.1:1/"} if status < 400 else {}))
    with pytest.raises(kind, match=f"HTTP {status}") as caught:
        send(host.url)
    assert "s3cr3t" not in str(caught.value)
    assert len(host.requests) == 1


@pytest.mark.parametrize(("written", "seconds"), [("120", 120), ("999999999999", 86_400), ("0", 0)])
def test_retry_after_is_read_within_bounds(host: FakeTwilio, written: str, seconds: int) -> None:
    host.will(Answer(503, "", {"Retry-After": written}))
    with pytest.raises(BusyError) as caught:
        send(host.url)
    assert caught.value.wait_for == timedelta(seconds=seconds)


def test_retry_after_may_be_a_date_and_nonsense_is_none(host: FakeTwilio) -> None:
    host.will(Answer(429, "", {"Retry-After": format_datetime(RealClock().now() + timedelta(minutes=5), usegmt=True)}))
    with pytest.raises(BusyError) as caught:
        send(host.url)
    assert timedelta(minutes=4) < caught.value.wait_for <= timedelta(minutes=5)
    host.will(Answer(429, "", {"Retry-After": "soon"}))
    with pytest.raises(TransientError) as nonsense:
        send(host.url)
    assert not isinstance(nonsense.value, BusyError)


def test_an_endless_answer_is_not_read(host: FakeTwilio) -> None:
    host.will(Answer(200, "x" * 50, {"Content-Length": "50"}, drip=1.0))
    send(host.url)


def test_one_that_does_not_answer_is_given_up_in_time(host: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.channels.webhook._ANSWER_SECONDS", 0.2)
    host.will(Answer(200, "", after=1.0))
    with pytest.raises(OutcomeUnknownError, match="did not answer in time"):
        send(host.url)


def test_one_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(TransientError, match="cannot be reached") as caught:
        send("http://127.0.0.1:9")
    assert "s3cr3t" not in str(caught.value)


def test_without_a_secret_nothing_is_sent(host: FakeTwilio) -> None:
    with pytest.raises(SetupError, match="set ONCALL_WEBHOOK_OPS_SECRET"):
        send(host.url, ONCALL_WEBHOOK_OTHERS_SECRET=SECRET)
    assert host.requests == []


# ---------------------------------------------------------------- PagerDuty


class Running:
    """The fake behind HTTP."""

    def __init__(self) -> None:
        self.fake = FakePagerDuty(users={"PALICE": "alice@example.com"})
        self.status = 0
        app = Flask("pagerduty")
        app.register_blueprint(create_pagerduty_api(self.fake))
        app.before_request(self._instead)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _instead(self) -> tuple[str, int] | None:
        return ("<html>", self.status) if self.status else None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self, routing_key: str = ROUTING_KEY, token: str = API_TOKEN) -> dict[str, str]:
        return {
            "PAGERDUTY_ROUTING_KEY": routing_key,
            "PAGERDUTY_EVENTS_URL": self.url,
            "PAGERDUTY_API_TOKEN": token,
            "PAGERDUTY_API_URL": self.url,
        }


@pytest.fixture
def pagerduty(caplog: pytest.LogCaptureFixture) -> Iterator[Running]:
    caplog.set_level(logging.CRITICAL)
    running = Running()
    yield running
    running.close()


def told(action: str, key: str = "1042") -> PartnerEvent:
    fields: dict[str, object] = {"event_action": action, "dedup_key": key}
    if action == "trigger":
        fields["payload"] = {"summary": "1042 down", "source": "Example Hosting", "severity": "critical"}
        fields["client"] = "On-call hotline"
    return event(json.dumps(fields), "pagerduty")


def tell(running: Running, action: str, **environment: str) -> None:
    sender = build_pagerduty(settings(**running.environment(**environment)))
    assert sender is not None
    sender.send(told(action), "")


def test_an_incident_triggers_acknowledges_and_resolves(pagerduty: Running) -> None:
    for action, state in (("trigger", "triggered"), ("acknowledge", "acknowledged"), ("resolve", "resolved")):
        tell(pagerduty, action)
        assert pagerduty.fake.state("1042") == state
    assert pagerduty.fake.taken[0]["routing_key"] == ROUTING_KEY
    assert pagerduty.fake.taken[0]["client"] == "On-call hotline"


def test_a_wrong_key_is_refused_for_good_and_not_shown(pagerduty: Running) -> None:
    with pytest.raises(RecipientError, match="PAGERDUTY_ROUTING_KEY") as caught:
        tell(pagerduty, "trigger", routing_key="swordfish" * 4)
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(302, SetupError), (401, SetupError), (403, SetupError), (500, OutcomeUnknownError),
                         (503, OutcomeUnknownError), (202, OutcomeUnknownError)],
)  # fmt: skip
def test_each_answer_of_pagerduty_has_its_meaning(pagerduty: Running, status: int, kind: type[ChannelError]) -> None:
    pagerduty.status = status
    with pytest.raises(kind):
        tell(pagerduty, "trigger")


def test_a_busy_pagerduty_is_left_to_the_rows_after_one_more_try(pagerduty: Running) -> None:
    pagerduty.fake.busy = True
    with pytest.raises(TransientError, match="patience"):
        tell(pagerduty, "trigger")


def test_a_pagerduty_that_is_not_there_is_tried_again_later(pagerduty: Running) -> None:
    pagerduty.close()
    with pytest.raises(OutcomeUnknownError, match="cannot be reached"):
        tell(pagerduty, "trigger")


def ways_out(made: Settings) -> dict[ContactMethod, Channel]:
    nobody = Providers(lambda _name: None, list, RealClock())
    return build_channels(
        made, nobody, RealClock(), Half(), lambda *_a, **_k: None, recorded=lambda *_: ("", Accounted())
    )


def test_a_page_is_an_alert_of_its_own_and_twice_is_once(pagerduty: Running) -> None:
    made = settings(**pagerduty.environment())
    channel = ways_out(made)[ContactMethod.PAGERDUTY]
    message = Message(DELIVERY, DeliveryKind.PAGE, "PALICE", "1042 ACME is down", "1042 Production down: ACME")
    receipt = channel.send(message)
    assert receipt.final
    assert channel.send(message) == receipt
    [alert] = pagerduty.fake.alerts
    assert (alert.key, alert.summary, alert.triggers) == (DELIVERY, "1042 Production down: ACME", 2)
    assert pagerduty.fake.taken[0]["payload"]["custom_details"]["for"] == "PALICE"


def test_a_page_takes_no_callers_number_to_pagerduty(pagerduty: Running) -> None:
    events = PagerDutyEvents(ROUTING_KEY, pagerduty.environment()["PAGERDUTY_EVENTS_URL"])
    channel = PagerDutyChannel(events, "https://hotline.example")
    said = "1042 ACME Shop, Jane Doe, +32470111111. Production down"
    channel.send(Message(DELIVERY, DeliveryKind.PAGE, "PALICE", f"{said}. Reply ACK 1042", said))
    assert "+32470111111" not in json.dumps(pagerduty.fake.taken)
    assert pagerduty.fake.alerts[0].summary.startswith("1042 ACME Shop, Jane Doe, +…1111")


def test_without_a_key_there_is_no_such_channel() -> None:
    made = settings()
    assert build_pagerduty(made) is None
    assert build_users(made) is None
    assert ContactMethod.PAGERDUTY not in ways_out(made)


def test_a_user_is_asked_for(pagerduty: Running) -> None:
    users = build_users(settings(**pagerduty.environment()))
    assert users is not None
    assert users.email_of("PALICE") == "alice@example.com"
    assert users.email_of("PNOBODY") == ""
    assert users.email_of("../oncalls") == ""
    wrong = build_users(settings(**pagerduty.environment(token="wrong")))
    assert wrong is not None
    with pytest.raises(SetupError):
        wrong.email_of("PALICE")


@pytest.mark.parametrize(
    "body",
    ["<html>Sign in</html>", "", "[1,2]", "7", "null", "{}", '{"user": []}', '{"user": {"email": 7}}', "[" * 100_000],
)
def test_what_names_no_user_is_asked_again_and_never_taken_for_somebody_unknown(host: FakeTwilio, body: str) -> None:
    host.will(Answer(200, body, {"Content-Type": "application/json"}))
    users = build_users(settings(PAGERDUTY_API_TOKEN=API_TOKEN, PAGERDUTY_API_URL=host.url))
    assert users is not None
    with pytest.raises(OutcomeUnknownError, match="who a user is"):
        users.email_of("PALICE")


@pytest.mark.parametrize("body", ["<html>Sign in</html>", "", "[1,2]", "7", "null", "{}", "[" * 100_000])
def test_what_is_no_answer_of_pagerduty_never_says_that_it_took_an_event(host: FakeTwilio, body: str) -> None:
    host.will(Answer(202, body, {"Content-Type": "application/json", "Connection": "close"}))
    events = build_pagerduty(settings(PAGERDUTY_ROUTING_KEY=ROUTING_KEY, PAGERDUTY_EVENTS_URL=host.url))
    assert events is not None
    with pytest.raises(OutcomeUnknownError, match="telling PagerDuty"):
        events.send(event('{"event_action": "trigger", "dedup_key": "1042"}'))
