"""What is stored of an incident's promise, and whether a step that is said to have been paged was."""

from collections.abc import Iterable
from datetime import datetime

from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.incident import Incident


def wrong_promise(incident: Incident, now: datetime) -> str:
    """What is wrong with it: it broke at another instant, or was kept; "" where nothing is."""
    broken_at = incident.breached_at
    if broken_at is None:
        return ""
    if incident.respond_by is None or broken_at > incident.respond_by:
        return f"the promise of incident {incident.number} ran until {incident.respond_by}, and broke at {broken_at}"
    # An earlier instant is that of a promise before: the priority was raised since, or it was reopened.
    runs = broken_at == incident.respond_by
    if runs and (incident.responded_at or incident.resolved_at or now) <= broken_at:
        return f"the promise of incident {incident.number} was kept, and is recorded as broken at {broken_at}"
    return ""


def paged_nobody(before: Incident | None, incident: Incident, added: Iterable[Delivery]) -> str:
    """That a step is recorded as paged without a page being enqueued with it; "" where that is not so."""
    if incident.paged_at is None or (before is not None and before.paged_at == incident.paged_at):
        return ""
    if any(each.kind is DeliveryKind.PAGE and each.incident == incident.number for each in added):
        return ""
    return f"incident {incident.number} is said to have been paged at {incident.paged_at}, and nobody was"
