"""News of an incident that goes on: for the customer, or for the team only."""

from dataclasses import replace
from datetime import datetime

from oncall.core.change import Change, Notify
from oncall.core.incident import Incident, IncidentState, OutcomeKind, TimelineEntry, TimelineKind
from oncall.core.notice import NoticePurpose


def update(incident: Incident, *, by: str, note: str, via: str, now: datetime) -> Change:
    """News for the customer; the acknowledge timeout starts again."""
    changed = replace(incident, updated_at=now, due_at=_after_a_sign_of_life(incident, now))
    return Change(
        OutcomeKind.UPDATED,
        changed,
        by=by,
        timeline=(TimelineEntry(now, TimelineKind.UPDATE, f"{by} by {via}: {note}", note),),
        notices=(Notify(NoticePurpose.UPDATE, (("note", note), ("engineer", by))),),
    )


def note(incident: Incident, *, by: str, text: str, via: str, now: datetime) -> Change:
    """A fact for the team only; it counts as a sign of life of whoever has it."""
    return Change(
        OutcomeKind.NOTED,
        replace(incident, due_at=_after_a_sign_of_life(incident, now)),
        by=by,
        timeline=(TimelineEntry(now, TimelineKind.NOTE, f"{by} by {via}: {text}"),),
    )


def _after_a_sign_of_life(incident: Incident, now: datetime) -> datetime | None:
    """The acknowledge timeout starts again; a quiet time that lasts longer stands."""
    if incident.state is not IncidentState.ACKNOWLEDGED:
        return incident.due_at
    return max(now + incident.policy.acknowledge_timeout_for, incident.snoozed_until or now)
