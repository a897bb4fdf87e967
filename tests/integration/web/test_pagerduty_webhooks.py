"""What a human whom we know does at PagerDuty counts here, once; nothing else that comes from there does."""

import json
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from oncall.core.incident import IncidentState
from oncall.sim.pagerduty import WEBHOOK_SECRET, FakePagerDuty, signature
from oncall.store import SqlDatabase

from .conftest import SCHEDULES, Hotline

YAML = SCHEDULES.replace(
    'alice: {name: Alice Martin, phone: "+32470000001"}',
    'alice: {name: Alice Martin, phone: "+32470000001", pagerduty: PALICE}',
).replace(
    'bob: {name: Bob Peeters, phone: "+32470000002"}',
    'bob: {name: Bob Peeters, phone: "+32470000002", email: bob@example.com}',
)
ACKNOWLEDGED, RESOLVED = "incident.acknowledged", "incident.resolved"
MINUTE = timedelta(minutes=1)


class Connected(Hotline):
    """A hotline that PagerDuty is told of, and tells."""

    def __init__(self, database: SqlDatabase | None = None, **environ: str) -> None:
        self.pagerduty = FakePagerDuty()
        self.users = Users()
        connected = {"pagerduty": self.pagerduty}
        environ["PAGERDUTY_WEBHOOK_SECRET"] = WEBHOOK_SECRET
        super().__init__(YAML, database=database, partners=connected, users=self.users, **environ)
        if database is not None:
            self.publish(YAML)
        self.call("/voice/incoming", CallStatus="ringing")
        self.number = self.incident().number
        self.engine_turns()
        self.clock.at += MINUTE

    def said(self, body: bytes, header: str | None = None) -> TestResponse:
        headers = {"X-PagerDuty-Signature": signature(body) if header is None else header}
        return self.client.post("/webhooks/pagerduty", data=body, headers=headers)

    def does(self, event_type: str, user: str, **more: object) -> TestResponse:
        key = str(more.pop("key", self.number))
        at = more.pop("at", self.clock.at)
        return self.said(self.pagerduty.webhook(event_type, key, at, user=user, **more))  # type: ignore[arg-type]

    @property
    def state(self) -> IncidentState:
        return self.incident().state

    def timeline(self) -> str:
        with self.database.read() as uow:
            return "\n".join(entry.text for entry in uow.timeline.of(self.number))

    def told(self) -> list[str]:
        self.engine_turns()
        return [each["event_action"] for each in self.pagerduty.taken if each["dedup_key"] == str(self.number)]


class Users:
    """`ports.PartnerUsers`."""

    def __init__(self) -> None:
        self.emails = {"PBOB": "bob@example.com"}
        self.asked: list[str] = []

    def email_of(self, user_id: str) -> str:
        self.asked.append(user_id)
        return self.emails.get(user_id, "")


@pytest.fixture
def connected():
    made = Connected()
    yield made
    made.database.close()


def test_an_engineer_acknowledges_and_resolves_at_pagerduty(connected: Connected) -> None:
    assert connected.does(ACKNOWLEDGED, "PALICE").status_code == 202
    assert connected.incident().acknowledged_by == "alice"
    assert "Alice Martin acknowledged by PagerDuty" in connected.timeline()
    connected.clock.at += MINUTE
    assert connected.does(RESOLVED, "PALICE").status_code == 202
    assert connected.state is IncidentState.RESOLVED


def test_what_pagerduty_said_is_not_told_back_to_it(connected: Connected) -> None:
    connected.does(ACKNOWLEDGED, "PALICE")
    assert connected.told() == ["trigger"]
    connected.clock.at += MINUTE
    connected.does(RESOLVED, "PALICE")
    assert connected.told() == ["trigger"]
    connected.runtime.respond.reopen(connected.number, by="Jane", via="SMS")
    assert connected.told() == ["trigger", "trigger"]


def test_our_own_event_that_comes_back_changes_nothing(connected: Connected) -> None:
    assert connected.does(ACKNOWLEDGED, "").status_code == 202
    assert connected.state is IncidentState.TRIGGERED
    connected.runtime.respond.acknowledge(connected.number, engineer="alice", via="phone")
    assert connected.told() == ["trigger", "acknowledge"]
    before = connected.timeline()
    connected.does(ACKNOWLEDGED, "")
    assert connected.told() == ["trigger", "acknowledge"]
    assert connected.timeline() == before


@pytest.mark.parametrize("kind", ["service_reference", "api_key_reference", "integration_reference", "app", ""])
def test_a_program_never_acknowledges(connected: Connected, kind: str) -> None:
    assert connected.does(ACKNOWLEDGED, "PALICE", by=kind).status_code == 202
    assert connected.state is IncidentState.TRIGGERED


def test_somebody_whom_we_do_not_know_changes_nothing_and_the_operators_hear_once(connected: Connected) -> None:
    for _ in range(3):
        connected.clock.at += MINUTE
        assert connected.does(ACKNOWLEDGED, "PSTRANGER").status_code == 202
        connected.engine_turns()
    assert connected.state is IncidentState.TRIGGERED
    assert "User PSTRANGER acknowledged it at PagerDuty, and is no engineer whom we know" in connected.timeline()
    told = [fields for event, fields in connected.logged if event == "operators.told"]
    assert [fields["cause"] for fields in told] == ["pagerduty user:PSTRANGER"]


def test_a_user_is_looked_up_by_email_outside_the_webhook(connected: Connected) -> None:
    assert connected.does(ACKNOWLEDGED, "PBOB").status_code == 202
    assert connected.users.asked == []
    assert connected.state is IncidentState.TRIGGERED
    connected.engine_turns()
    assert connected.users.asked == ["PBOB"]
    assert connected.incident().acknowledged_by == "bob"


def test_a_webhook_that_comes_twice_takes_effect_once(connected: Connected) -> None:
    body = connected.pagerduty.webhook(ACKNOWLEDGED, str(connected.number), connected.clock.at, user="PALICE")
    connected.said(body)
    connected.runtime.respond.pass_on(connected.number, engineer="alice", via="phone")
    assert connected.said(body).status_code == 202
    assert connected.state is IncidentState.TRIGGERED


def test_what_happened_earlier_than_the_last_that_counted_comes_too_late(connected: Connected) -> None:
    early = connected.clock.at
    connected.clock.at += MINUTE
    connected.does(ACKNOWLEDGED, "PALICE", at=connected.clock.at)
    assert connected.does(RESOLVED, "PALICE", at=early).status_code == 202
    assert connected.state is IncidentState.ACKNOWLEDGED


def test_an_answer_to_an_alert_from_before_the_reopening_comes_too_late(connected: Connected) -> None:
    early = connected.clock.at
    connected.runtime.respond.resolve(connected.number, engineer="alice", note="", via="phone")
    connected.clock.at += 30 * MINUTE
    connected.runtime.respond.reopen(connected.number, by="Jane", via="SMS")
    connected.does(ACKNOWLEDGED, "PALICE", at=early)
    assert connected.state is IncidentState.TRIGGERED


@pytest.mark.parametrize("key", ["9999", "0", "-1", "1" * 300, "deploy failed", "", "１００１"])
def test_an_event_about_something_that_is_not_ours_changes_nothing(connected: Connected, key: str) -> None:
    assert connected.does(RESOLVED, "PALICE", key=key).status_code == 202
    assert connected.state is IncidentState.TRIGGERED


@pytest.mark.parametrize(
    ("service", "state"),
    [
        ({"id": "POTHER"}, IncidentState.TRIGGERED),
        ({"id": "POURS"}, IncidentState.RESOLVED),
        ({}, IncidentState.RESOLVED),
        ([], IncidentState.RESOLVED),
    ],
)
def test_another_service_s_incident_whose_key_is_like_ours_changes_nothing(
    service: object, state: IncidentState
) -> None:
    connected = Connected(PAGERDUTY_SERVICE_ID="POURS")
    body = connected.pagerduty.webhook(RESOLVED, str(connected.number), connected.clock.at, user="PALICE")
    event = json.loads(body)
    event["event"]["data"]["service"] = service
    assert connected.said(json.dumps(event).encode()).status_code == 202
    assert connected.state is state
    connected.database.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"[1]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"event": {"event_type": "pagey.ping"}}',
     json.dumps({"event": {"id": "1", "event_type": "pagey.ping", "occurred_at": "2026-01-06T02:00:00Z"}}).encode(),
     json.dumps({"event": {"id": "1", "event_type": "incident.triggered", "occurred_at": "2026-01-06T02:00:00Z",
                           "data": []}}).encode(),
     b'{"event": "' + b"x" * 1_000_000 + b'"}'],
    ids=lambda body: body[:30],
)  # fmt: skip
def test_whatever_is_signed_is_answered_202_and_changes_nothing(connected: Connected, body: bytes) -> None:
    assert connected.said(body).status_code == 202
    assert connected.state is IncidentState.TRIGGERED


@pytest.mark.parametrize("what", ["id", "agent", "incident_key"])
@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_what_no_database_can_hold_is_answered_202(database: SqlDatabase, what: str, text: str) -> None:
    connected = Connected(database=database)
    event = json.loads(
        connected.pagerduty.webhook(ACKNOWLEDGED, str(connected.number), connected.clock.at, user="PALICE")
    )
    if what == "id":
        event["event"]["id"] += text
    elif what == "agent":
        event["event"]["agent"]["id"] += text
        event["event"]["agent"]["summary"] = text
    else:
        event["event"]["data"]["incident_key"] += text
    assert connected.said(json.dumps(event).encode()).status_code == 202


@pytest.mark.parametrize("header", ["", "v1=", "v1=00", "v0=%s", "%s,", "ä", "v1=%s" + "0"])
def test_what_is_not_signed_is_refused_and_changes_nothing(connected: Connected, header: str) -> None:
    body = connected.pagerduty.webhook(ACKNOWLEDGED, str(connected.number), connected.clock.at, user="PALICE")
    digest = signature(body, "another secret").removeprefix("v1=")
    assert connected.said(body, header.replace("%s", digest)).status_code == 403
    assert connected.state is IncidentState.TRIGGERED


def test_a_body_that_was_changed_on_the_way_or_never_ends_is_refused(connected: Connected) -> None:
    body = connected.pagerduty.webhook(ACKNOWLEDGED, str(connected.number), connected.clock.at, user="PALICE")
    assert connected.said(body + b" ", signature(body)).status_code == 403
    assert connected.said(b"x" * 3_000_000).status_code == 403


def test_any_of_several_signatures_passes(connected: Connected) -> None:
    body = connected.pagerduty.webhook(ACKNOWLEDGED, str(connected.number), connected.clock.at, user="PALICE")
    assert connected.said(body, f"{signature(body, 'old')},{signature(body)}").status_code == 202
    assert connected.state is IncidentState.ACKNOWLEDGED


def test_without_a_secret_everything_is_refused(hotline: Hotline) -> None:
    headers = {"X-PagerDuty-Signature": signature(b"{}", "")}
    assert hotline.client.post("/webhooks/pagerduty", data=b"{}", headers=headers).status_code == 403


def test_while_the_database_is_away_pagerduty_is_asked_to_come_again(connected: Connected) -> None:
    body = connected.pagerduty.webhook(ACKNOWLEDGED, str(connected.number), connected.clock.at, user="PALICE")
    connected.database.away = True
    assert connected.said(body).status_code == 503
    connected.database.away = False
    assert connected.said(body).status_code == 202
    assert connected.state is IncidentState.ACKNOWLEDGED
