"""What is stored of an incident's promise: broken at its instant, no sooner, and only where nobody answered in time."""

from datetime import datetime

from oncall.core.incident import Incident


def wrong_promise(incident: Incident, now: datetime) -> str:
    """What is wrong with it, "" where nothing is."""
    broken_at = incident.breached_at
    if broken_at is None:
        return ""
    if broken_at != incident.respond_by:
        return f"the promise of incident {incident.number} ran until {incident.respond_by}, and broke at {broken_at}"
    if (incident.responded_at or incident.resolved_at or now) <= broken_at:
        return f"the promise of incident {incident.number} was kept, and is recorded as broken at {broken_at}"
    return ""
