"""What an answer does to an incident: acknowledge, pass, resolve, update, note, reopen.

Each function takes the incident as it is and returns a `Change`: the incident as it becomes, and what that causes.
The shell (`engine/respond.py`) stores both in one transaction. An answer given twice changes nothing the second time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.core.engineer import Engineer
from oncall.core.incident import (
    NO_NOTE,
    Incident,
    IncidentState,
    Outcome,
    OutcomeKind,
    Resolution,
    Screening,
    TimelineEntry,
    TimelineKind,
)
from oncall.core.notice import NoticePurpose
from oncall.core.promise_clock import responded


@dataclass(frozen=True, slots=True)
class Notify:
    """A notice that a change causes; ``details`` are its facts but for those that every notice has."""

    purpose: NoticePurpose
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """``incident`` as it becomes, ``silence`` whether its pages stop, and what is recorded and told.

    ``silence_only`` is the engineer (key) whose pages stop while others are still wanted, "" for nobody.

    ``changed`` is False where the answer had no effect: nothing is stored then.
    """

    outcome: OutcomeKind
    incident: Incident
    by: str = ""
    timeline: tuple[TimelineEntry, ...] = ()
    notices: tuple[Notify, ...] = ()
    silence: bool = False
    silence_only: str = ""
    changed: bool = True

    def told(self, incident: Incident) -> Outcome:
        """The outcome to tell whoever answered, about the incident as it was stored."""
        return Outcome(self.outcome, incident, self.by)


def acknowledge(incident: Incident, engineer: Engineer, *, via: str, holder: str, now: datetime) -> Change:
    """Somebody has it. ``holder`` is the name of whoever has it, or resolved it, already ("" for nobody)."""
    if incident.state is IncidentState.RESOLVED:
        return _unchanged(OutcomeKind.ALREADY_RESOLVED, incident, holder)
    if incident.state is IncidentState.ACKNOWLEDGED:
        mine = incident.is_with(engineer.key)
        kind = OutcomeKind.ACKNOWLEDGED if mine else OutcomeKind.ALREADY_ACKNOWLEDGED
        return _unchanged(kind, incident, engineer.name if mine else holder)
    if engineer.key in incident.acknowledgements:
        return _unchanged(OutcomeKind.ACKNOWLEDGED, incident, engineer.name)
    first = not incident.acknowledgements
    # The customer knows already that this engineer has it: an acknowledgement after silence is no news to them.
    news = first and incident.resume_with != engineer.key
    changed = _acknowledged(incident, engineer, first, now)
    changed = changed if incident.responded_at else responded(changed)
    enough = changed.state is IncidentState.ACKNOWLEDGED
    count = f" ({changed.progress})" if changed.progress else ""
    return Change(
        OutcomeKind.ACKNOWLEDGED,
        changed,
        by=engineer.name,
        timeline=(
            TimelineEntry(
                now,
                TimelineKind.ACKNOWLEDGED,
                f"{engineer.name} acknowledged by {via}{count}",
                engineer.name if news else "",
            ),
        ),
        notices=(Notify(NoticePurpose.ACKNOWLEDGED, (("engineer", engineer.name), ("holder", engineer.key))),)
        if news
        else (),
        silence=enough,
        silence_only="" if enough else engineer.key,
    )


def _acknowledged(incident: Incident, engineer: Engineer, first: bool, now: datetime) -> Incident:
    """Paging stops once as many have acknowledged as the policy asks for; whoever was first has it."""
    wanted = incident.policy.acknowledgements
    changed = replace(
        incident,
        responded_at=incident.responded_at or now,
        acknowledged_at=now if first else incident.acknowledged_at,
        acknowledged_by=engineer.key if first else incident.acknowledged_by,
        # Kept only where it counts: an earlier release, which takes nobody off it, may run beside this one.
        acknowledgements=(*incident.acknowledgements, engineer.key) if wanted > 1 else (),
        updated_at=now,
        resume_with="",
    )
    if len(changed.acknowledgements) < wanted and wanted > 1:
        return replace(
            changed,
            step=max(incident.step, 0),
            passed_by=tuple(key for key in incident.passed_by if key != engineer.key),
            handed_to=tuple(key for key in incident.handed_to if key != engineer.key),
        )
    return stopped(changed, now)


def stopped(incident: Incident, now: datetime) -> Incident:
    """The incident as acknowledged by whoever has it: nobody is paged before its timeout."""
    return replace(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        passed_by=(),
        handed_to=(),
        snoozed_until=None,
        due_at=now + incident.policy.acknowledge_timeout_for,
    )


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
        return _unchanged(OutcomeKind.ALREADY_PASSED, incident, "")
    if incident.state is IncidentState.TRIGGERED and incident.due_at is not None and incident.due_at <= now:
        return _also_passed(incident, engineer, via, now)
    return _passed(incident, engineer, via, now)


def refused(incident: Incident, engineer: Engineer, holder: str) -> Change | None:
    """What whoever has nothing to pass on is told: it is over, or a colleague has it. None where they have."""
    if incident.state is IncidentState.RESOLVED:
        return _unchanged(OutcomeKind.ALREADY_RESOLVED, incident, holder)
    if incident.state is IncidentState.ACKNOWLEDGED and not incident.is_with(engineer.key):
        return _unchanged(OutcomeKind.ALREADY_ACKNOWLEDGED, incident, holder)
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
        return _unchanged(OutcomeKind.PASSED, incident, "")
    return _passed(incident, engineer, via, now)


def _passed(incident: Incident, engineer: Engineer, via: str, now: datetime) -> Change:
    entry = TimelineEntry(now, TimelineKind.PASSED, f"{engineer.name} passed it on by {via}")
    return Change(OutcomeKind.PASSED, left_to_others(incident, engineer, now), timeline=(entry,))


def resolve(
    incident: Incident, *, by: str, note: str, via: str, holder: str, now: datetime, again: bool = False
) -> Change:
    """It is over. ``by`` is a name; ``again`` says that they resolved it already, and are told so once more."""
    if incident.state is IncidentState.RESOLVED:
        kind = OutcomeKind.RESOLVED if again else OutcomeKind.ALREADY_RESOLVED
        return _unchanged(kind, incident, by if again else holder)
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


def reopen(incident: Incident, *, by: str, via: str, now: datetime) -> Change:
    """It was not over: paging starts again. ``by`` says who asked."""
    if incident.open:
        return _unchanged(OutcomeKind.ALREADY_OPEN, incident, "")
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


def _after_a_sign_of_life(incident: Incident, now: datetime) -> datetime | None:
    """The acknowledge timeout starts again; a quiet time that lasts longer stands."""
    if incident.state is not IncidentState.ACKNOWLEDGED:
        return incident.due_at
    return max(now + incident.policy.acknowledge_timeout_for, incident.snoozed_until or now)


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


def _unchanged(kind: OutcomeKind, incident: Incident, by: str) -> Change:
    return Change(kind, incident, by=by, changed=False)
