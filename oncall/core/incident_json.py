"""Incidents as programs read them: the fixed JSON of the command line and of webhooks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from oncall.core.incident import Incident, TimelineEntry
from oncall.core.plain_text import without_numbers


def z(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z; None for None."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def incident_json(incident: Incident, now: datetime) -> dict[str, Any]:
    """One incident for a program; what is not known is null."""
    # Only where it is one: whoever reads the fixed fields sees no other.
    mark = {"drill": True} if incident.drill else {}
    return {
        "number": incident.number,
        "state": incident.state.value,
        "priority": incident.priority.value,
        "type": incident.request_type.value,
        "channel": incident.channel.value,
        "customer": incident.customer or None,
        "caller_name": incident.caller_name or None,
        "caller_number": incident.caller_number or None,
        "opened_at": z(incident.opened_at),
        "respond_by": z(incident.respond_by),
        "acknowledged_at": z(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by or None,
        "resolved_at": z(incident.resolved_at),
        "breached": incident.breached(now),
        **mark,
    }


def timeline_json(timeline: Sequence[TimelineEntry]) -> list[dict[str, Any]]:
    """The facts of an incident for a program, oldest first."""
    return [{"at": z(entry.at), "kind": entry.kind.value, "text": entry.text} for entry in timeline]


def shown_outside(
    incident: Incident, timeline: Sequence[TimelineEntry], now: datetime, *, include_caller: bool
) -> dict[str, Any]:
    """An incident with its timeline for another's program: without the caller's number, unless that is wanted."""
    shown = incident_json(incident, now)
    facts = timeline_json(timeline)
    if not include_caller:
        del shown["caller_number"]
        for fact in facts:
            fact["text"] = without_numbers(fact["text"])
    return {**shown, "timeline": facts}
