"""PagerDuty: what it is to be told of an incident, and what its own events mean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState
from oncall.core.plain_text import clean, clip, mask_numbers
from oncall.core.sla import Priority
from oncall.core.wording import page_email

_LONGEST_SUMMARY = 1024
_SEVERITY = {Priority.PRODUCTION_DOWN: "critical", Priority.URGENT: "error", Priority.NORMAL: "warning"}


class Action(StrEnum):
    """What the Events API can be told."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


def due_actions(state: IncidentState, last: str) -> list[Action]:
    """What brings PagerDuty, which was told ``last`` ("" for nothing), to this state; empty where it is there.

    It cannot be told that an acknowledgement has been given back: that one stays, until it is resolved.
    """
    unknown = last in ("", Action.RESOLVE)
    match state:
        case IncidentState.TRIGGERED:
            return [Action.TRIGGER] if unknown else []
        case IncidentState.ACKNOWLEDGED if last != Action.ACKNOWLEDGE:
            return [Action.TRIGGER, Action.ACKNOWLEDGE] if unknown else [Action.ACKNOWLEDGE]
        case IncidentState.RESOLVED:
            return [] if unknown else [Action.RESOLVE]
        case _:
            return []


def event_json(action: Action, incident: Incident, key: str, *, hotline: str, public_url: str) -> str:
    """The event as it is sent, but for the routing key. No caller's number is in it: the link leads to it."""
    event: dict[str, Any] = {"event_action": action.value, "dedup_key": key}
    if action is Action.TRIGGER:
        subject, _ = page_email(incident, hotline=hotline)
        event["payload"] = {
            "summary": clip(mask_numbers(subject), _LONGEST_SUMMARY),
            "source": hotline,
            "severity": _SEVERITY[incident.priority],
            "custom_details": {
                "incident": incident.number,
                "customer": incident.company or "unknown",
                "caller": incident.caller_name or "unknown",
                "problem": clip(mask_numbers(incident.summary), _LONGEST_SUMMARY),
            },
        }
        event["client"] = f"On-call hotline of {hotline}"
        event["client_url"] = f"{public_url}/incidents/{incident.number}"
    return json.dumps(event, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Said:
    """One event of a v3 webhook. ``key`` is the dedup key, "" where there is none.

    ``agent_id`` and ``agent_name`` are of the human who did it, "" where it was a program, or nobody. ``service_id`` is
    the service that it happened in, "" where none is named.
    """

    id: str
    type: str
    occurred_at: datetime
    key: str = ""
    agent_id: str = ""
    agent_name: str = ""
    service_id: str = ""


_HUMANS = frozenset({"user", "user_reference"})
_LONGEST_ID = 200


def read_event(body: object) -> Said | None:
    """The event of a webhook's body; None where it is none of those that we know how to read."""
    event = _mapping(_mapping(body).get("event"))
    event_id, kind = _text(event.get("id")), _text(event.get("event_type"))
    occurred_at = _instant(event.get("occurred_at"))
    if not event_id or not kind or occurred_at is None:
        return None
    agent, data = _mapping(event.get("agent")), _mapping(event.get("data"))
    is_human = _text(agent.get("type")) in _HUMANS
    return Said(
        id=event_id,
        type=kind,
        occurred_at=occurred_at,
        key=_text(data.get("incident_key")),
        service_id=_text(_mapping(data.get("service")).get("id")),
        agent_id=_text(agent.get("id")) if is_human else "",
        agent_name=_text(agent.get("summary")) if is_human else "",
    )


def engineer_of(engineers: Mapping[str, Engineer], agent_id: str, email: str = "") -> Engineer | None:
    """Whose user this is, by its id, or else by its email address; None for nobody's."""
    wanted = {each.casefold() for each in (agent_id, email) if each}
    return next(
        (each for each in engineers.values() if each.pagerduty and each.pagerduty.casefold() in wanted),
        None,
    ) or next((each for each in engineers.values() if email and each.email.casefold() == email.casefold()), None)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return clean(value[:_LONGEST_ID]) if isinstance(value, str) else ""


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
