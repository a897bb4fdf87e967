"""An engineer cannot: others are paged at once."""

from dataclasses import replace
from datetime import datetime

from oncall.core.change import Change, unchanged
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, OutcomeKind, TimelineEntry, TimelineKind


def pass_on(
    incident: Incident, engineer: Engineer, *, paged_at: datetime, via: str, holder: str, now: datetime
) -> Change:
    """The engineer cannot: the next step is paged at once.

    ``paged_at`` is when the page that is answered began: paging may have moved on since, and is not pushed twice.
    Passing what one has acknowledged gives it back.
    """
    if (nothing_to_pass := refused(incident, engineer, holder)) is not None:
        return nothing_to_pass
    stale = incident.paged_at is not None and paged_at < incident.paged_at and not incident.is_with(engineer.key)
    if incident.state is IncidentState.TRIGGERED and stale:
        return unchanged(OutcomeKind.ALREADY_PASSED, incident, "")
    if incident.state is IncidentState.TRIGGERED and incident.due_at is not None and incident.due_at <= now:
        return _also_passed(incident, engineer, via, now)
    return _passed(incident, engineer, via, now)


def refused(incident: Incident, engineer: Engineer, holder: str) -> Change | None:
    """What whoever has nothing to pass on is told: it is over, or a colleague has it. None where they have."""
    if incident.state is IncidentState.RESOLVED:
        return unchanged(OutcomeKind.ALREADY_RESOLVED, incident, holder)
    if incident.state is IncidentState.ACKNOWLEDGED and not incident.is_with(engineer.key):
        return unchanged(OutcomeKind.ALREADY_ACKNOWLEDGED, incident, holder)
    return None


def left_to_others(incident: Incident, engineer: Engineer, now: datetime) -> Incident:
    """The incident without this engineer, who is left alone until the list starts again: others are paged at once.

    Of several who have it, the others still do.
    """
    others = tuple(key for key in incident.acknowledgements if key != engineer.key)
    return replace(
        incident,
        state=IncidentState.TRIGGERED,
        acknowledged_at=incident.acknowledged_at if others else None,
        acknowledged_by=others[0] if others else "",
        acknowledgements=others,
        resume_with="",
        snoozed_until=None,
        step=max(incident.step, 0),
        passed_by=(*(key for key in incident.passed_by if key != engineer.key), engineer.key),
        passed_at=now,
        due_at=now,
    )


def _also_passed(incident: Incident, engineer: Engineer, via: str, now: datetime) -> Change:
    """The next step is due already: a second engineer who passes is left alone too, a repeated key changes nothing."""
    if engineer.key in incident.passed_by:
        return unchanged(OutcomeKind.PASSED, incident, "")
    return _passed(incident, engineer, via, now)


def _passed(incident: Incident, engineer: Engineer, via: str, now: datetime) -> Change:
    entry = TimelineEntry(now, TimelineKind.PASSED, f"{engineer.name} passed it on by {via}")
    return Change(OutcomeKind.PASSED, left_to_others(incident, engineer, now), timeline=(entry,))
