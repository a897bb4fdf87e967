"""PagerDuty as it behaves on the wire: its Events API with its refusals, its alerts, and its signed webhooks.

`FakePagerDuty` keeps the alerts; `create_pagerduty_api` puts it behind PagerDuty's HTTP face. In a simulated world it
is a partner (ports.PartnerSender) that is away when told to be.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from oncall.core.incident_json import z
from oncall.core.partner_event import PartnerEvent
from oncall.errors import OutcomeUnknownError, RecipientError, TransientError
from oncall.sim.pagerduty_oncalls import Oncall, oncalls_answer

ROUTING_KEY = "R" * 32
API_TOKEN = "simulated"  # noqa: S105 - it opens nothing
WEBHOOK_SECRET = "simulated webhooks"  # noqa: S105 - it opens nothing
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")
_UNAUTHORIZED: tuple[dict[str, Any], int] = ({"error": {"message": "Unauthorized"}}, 401)
_LONGEST_KEY, _LONGEST_SUMMARY, _MOST_BYTES = 255, 1024, 512 * 1024


@dataclass
class Alert:
    """One alert, from its trigger until it is resolved; a trigger after that opens another."""

    key: str
    summary: str
    state: str = "triggered"
    triggers: int = 1


@dataclass
class FakePagerDuty:
    """``users`` are email addresses by user id, ``oncalls`` who is on call by schedule.

    ``away`` refuses everything, ``busy`` asks for patience.
    """

    routing_key: str = ROUTING_KEY
    users: dict[str, str] = field(default_factory=dict)
    oncalls: dict[str, list[Oncall]] = field(default_factory=dict)
    away: Callable[[], bool] = lambda: False
    busy: bool = False
    alerts: list[Alert] = field(default_factory=list)
    taken: list[Mapping[str, Any]] = field(default_factory=list)
    _webhooks: int = 0

    def enqueue(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """What the Events API answers: status and JSON."""
        if self.away():
            return 503, {"status": "unavailable"}
        if self.busy:
            return 429, {"status": "throttle exceeded"}
        try:
            event = json.loads(body)
        except ValueError:
            event = None
        problem = self._wrong(event, len(body))
        if problem:
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": [problem]}
        self.taken.append(event)
        self._apply(event)
        return 202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}

    def send(self, event: PartnerEvent, url: str = "") -> None:
        """`ports.PartnerSender`: the same without HTTP. Raises ChannelError."""
        fields = {**json.loads(event.body), "routing_key": self.routing_key}
        status, answer = self.enqueue(json.dumps(fields).encode())
        if status == 400:
            raise RecipientError(f"refused: {answer['errors']}", code="400")
        if status == 429:
            raise TransientError("busy", code="429")
        if status != 202:
            raise OutcomeUnknownError("away", code=str(status))

    def open_alert(self, key: str) -> Alert | None:
        """The alert of this key that is not resolved, or None."""
        return next((each for each in self.alerts if each.key == key and each.state != "resolved"), None)

    def state(self, key: str) -> str:
        """How the newest alert of this key stands; "" where there was none."""
        return next((each.state for each in reversed(self.alerts) if each.key == key), "")

    def webhook(
        self, event_type: str, key: str, at: datetime, *, user: str = "", event_id: str = "", by: str = "user_reference"
    ) -> bytes:
        """The body of a v3 webhook; ``user`` "" is our own event coming back, which no human did."""
        self._webhooks += 1
        agent = {"type": by, "id": user, "summary": f"User {user}", "html_url": "", "self": ""} if user else None
        event = {
            "id": event_id or f"01EVENT{self._webhooks:019d}",
            "event_type": event_type,
            "resource_type": "incident",
            "occurred_at": z(at),
            "agent": agent,
            "client": None,
            "data": {"id": "PINCIDENT", "type": "incident", "incident_key": key, "status": self.state(key)},
        }
        return json.dumps({"event": event}).encode()

    def _wrong(self, event: Any, size: int) -> str:
        if not isinstance(event, dict) or size > _MOST_BYTES:
            return "the body is no object, or too large"
        if event.get("routing_key") != self.routing_key:
            return "'routing_key' is invalid"
        action, key = event.get("event_action"), event.get("dedup_key")
        if action not in _ACTIONS:
            return "'event_action' is invalid"
        if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY:
            return "'dedup_key' is missing or too long"
        payload = event.get("payload")
        return _wrong_payload(payload) if action == "trigger" else ""

    def _apply(self, event: Mapping[str, Any]) -> None:
        key = event["dedup_key"]
        alert = self.open_alert(key)
        match event["event_action"]:
            case "trigger" if alert is None:
                self.alerts.append(Alert(key, event["payload"]["summary"]))
            case "trigger" if alert is not None:
                alert.triggers += 1
            case "acknowledge" if alert is not None:
                alert.state = "acknowledged"
            case "resolve" if alert is not None:
                alert.state = "resolved"


def _wrong_payload(payload: Any) -> str:
    if not isinstance(payload, dict):
        return "'payload' is missing"
    summary, source = payload.get("summary"), payload.get("source")
    if not isinstance(summary, str) or not 0 < len(summary) <= _LONGEST_SUMMARY:
        return "'payload.summary' is missing or too long"
    if not isinstance(source, str) or not source:
        return "'payload.source' is missing or blank"
    return "" if payload.get("severity") in _SEVERITIES else "'payload.severity' is invalid"


def signature(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """The header X-PagerDuty-Signature of this body."""
    return "v1=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


def _is_authorized() -> bool:
    return request.headers.get("Authorization") == f"Token token={API_TOKEN}"


def create_pagerduty_api(fake: FakePagerDuty) -> Blueprint:
    """The part of PagerDuty's HTTP that is used here: events in, who a user is, and who is on call."""
    blueprint = Blueprint("pagerduty_api", __name__)

    @blueprint.post("/v2/enqueue")
    def enqueue() -> tuple[dict[str, Any], int]:
        status, answer = fake.enqueue(request.get_data())
        return answer, status

    @blueprint.get("/oncalls")
    def oncalls() -> tuple[dict[str, Any], int]:
        if not _is_authorized():
            return _UNAUTHORIZED
        return oncalls_answer(fake.oncalls, fake.users, request.args)

    @blueprint.get("/users/<user>")
    def one_user(user: str) -> Response | tuple[dict[str, Any], int]:
        if not _is_authorized():
            return _UNAUTHORIZED
        if user not in fake.users:
            return {"error": {"code": 2100, "message": "Not Found"}}, 404
        return {"user": {"id": user, "type": "user", "email": fake.users[user]}}, 200

    return blueprint
