"""It is over, or was nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from oncall.core.change import Change, Notify, unchanged
from oncall.core.incident import (
    NO_NOTE,
    Incident,
    IncidentState,
    OutcomeKind,
    Resolution,
    TimelineEntry,
    TimelineKind,
)
from oncall.core.notice import NoticePurpose


def resolve(
    incident: Incident, *, by: str, note: str, via: str, holder: str, now: datetime, again: bool = False
) -> Change:
    """It is over. ``by`` is a name; ``again`` says that they resolved it already, and are told so once more."""
    if incident.state is IncidentState.RESOLVED:
        kind = OutcomeKind.RESOLVED if again else OutcomeKind.ALREADY_RESOLVED
        return unchanged(kind, incident, by if again else holder)
    changed = _closed(incident, Resolution.RESOLVED, now)
    text = _resolved_text(by, via) + (f": {note}" if note else "")
    return Change(
        OutcomeKind.RESOLVED,
        changed,
        by=by,
        timeline=(TimelineEntry(now, TimelineKind.RESOLVED, text, note or NO_NOTE),),
        notices=(Notify(NoticePurpose.RESOLVED, (("note", note), ("engineer", by))),),
        silence=True,
    )


def was_resolved_by(incident: Incident, timeline: Iterable[TimelineEntry], *, by: str, via: str) -> bool:
    """Whether it was they (a name), and by this channel, who ended the incident; its timeline is who remembers."""
    if incident.resolved_at is None:
        return False
    return any(
        entry.kind is TimelineKind.RESOLVED
        and entry.at == incident.resolved_at
        and entry.text.startswith(_resolved_text(by, via))
        for entry in timeline
    )


def _resolved_text(by: str, via: str) -> str:
    return f"{by} resolved it by {via}"


def screen(incident: Incident, *, now: datetime) -> Change:
    """An unknown number rang off without a key or a word: nobody is paged, the number gets a text."""
    entry = TimelineEntry(
        now,
        TimelineKind.RESOLVED,
        "Screened: the call ended without a key or a word from an unknown number; nobody was paged",
    )
    return Change(
        OutcomeKind.RESOLVED,
        _closed(incident, Resolution.SCREENED, now),
        timeline=(entry,),
        notices=(Notify(NoticePurpose.SCREENED),),
        silence=True,
    )


def _closed(incident: Incident, resolution: Resolution, now: datetime) -> Incident:
    return replace(
        incident,
        state=IncidentState.RESOLVED,
        resolution=resolution,
        resolved_at=now,
        resume_with="",
        handed_to=(),
        snoozed_until=None,
        due_at=None,
    )
