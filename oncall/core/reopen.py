"""It was not over: paging starts again."""

from dataclasses import replace
from datetime import datetime

from oncall.core.change import Change, Notify, unchanged
from oncall.core.incident import (
    Incident,
    IncidentState,
    OutcomeKind,
    Resolution,
    Screening,
    TimelineEntry,
    TimelineKind,
)
from oncall.core.notice import NoticePurpose


def reopen(incident: Incident, *, by: str, via: str, now: datetime) -> Change:
    """It was not over: paging starts again. ``by`` says who asked."""
    if incident.open:
        return unchanged(OutcomeKind.ALREADY_OPEN, incident, "")
    changed = replace(
        incident,
        state=IncidentState.TRIGGERED,
        resolved_at=None,
        resolution=None,
        acknowledged_at=None,
        acknowledged_by="",
        responded_at=None,
        resume_with="",
        passed_by=(),
        handed_to=(),
        acknowledgements=(),
        snoozed_until=None,
        step=0,
        round=0,
        due_at=now,
    )
    return Change(
        OutcomeKind.REOPENED,
        changed,
        timeline=(TimelineEntry(now, TimelineKind.REOPENED, f"Reopened by {by}, by {via}", "reopened"),),
        # A screened caller who asks was never told that we were on it: the first page tells them.
        notices=(Notify(NoticePurpose.REOPENED),) if incident.paged_at is not None else (),
    )


def heard(incident: Incident, *, now: datetime) -> Change:
    """A key or a word of the caller has come, however late: a human called. What was screened is paged for after all.

    ``changed`` is False where that was known.
    """
    if incident.resolution is not Resolution.SCREENED:
        changed = replace(incident, screening=Screening.PASSED)
        return Change(OutcomeKind.NOTED, changed, changed=changed != incident)
    reopened = replace(
        incident,
        state=IncidentState.TRIGGERED,
        screening=Screening.PASSED,
        resolution=None,
        resolved_at=None,
        due_at=now,
        promise_due_at=now,
    )
    entry = TimelineEntry(
        now, TimelineKind.REOPENED, "The caller did press a key or speak: paging after all", "reopened"
    )
    return Change(OutcomeKind.REOPENED, reopened, timeline=(entry,))
