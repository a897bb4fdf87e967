"""The body of a webhook, in the Standard Webhooks format: type, timestamp, data."""

import json
from collections.abc import Sequence
from datetime import datetime

from oncall.core.incident import Incident, TimelineEntry
from oncall.core.incident_json import shown_outside, z
from oncall.core.partner_event import EventType


def webhook_body(
    event: EventType, incident: Incident, timeline: Sequence[TimelineEntry], now: datetime, *, include_caller: bool
) -> str:
    """JSON in ASCII: what happened, when, and the incident as it is then, with its timeline."""
    data = shown_outside(incident, timeline, now, include_caller=include_caller)
    return json.dumps({"type": event.value, "timestamp": z(now), "data": data}, separators=(",", ":"))
