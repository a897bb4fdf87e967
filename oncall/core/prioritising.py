"""What changes an incident's priority, type and waiting, and marks major downtime. Each returns a `Change`.

A change of the priority moves the clock of the promise. A lower priority has what was promised for it, from when the
promise before began, and forgives what was late by the higher one only. A higher one runs from now on, and never ends
later than a promise before that still runs; what was late stays late. A response that was given stays given.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.business_hours import BusinessHours
from oncall.core.change import Change
from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.incident import (
    RESUME,
    Incident,
    IncidentState,
    IntakeChannel,
    OutcomeKind,
    RequestType,
    TimelineEntry,
    TimelineKind,
)
from oncall.core.promise_clock import became_late_at, promised, waits, waits_no_more
from oncall.core.sla import Priority, Promise, PromiseStage, SlaClock
from oncall.core.wording import priority_name, type_name


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts for an incident of a priority: what was promised, when its clock runs, and who is paged."""

    promise: Promise
    hours: BusinessHours
    policy: EscalationPolicy


def change_priority(
    incident: Incident, priority: Priority, terms: Terms, *, by: str, key: str, via: str, now: datetime
) -> Change:
    """``terms`` are those of the new priority. ``by`` is a name, ``key`` the engineer's, "" for anybody else.

    It pages at once where production is down now, also where somebody has it who has not said so themselves; and it
    stops paging where production is not down any more.
    """
    if not incident.open:
        return _unchanged(OutcomeKind.ALREADY_RESOLVED, incident)
    if incident.priority is priority or incident.drill:
        return _unchanged(OutcomeKind.UNCHANGED, incident)
    moved = _with_new_clock(replace(incident, priority=priority), incident, terms, now)
    paged = _with_new_paging(moved, terms, key, now)
    phoned = bool(key) and incident.channel is IntakeChannel.PHONE
    if phoned and incident.priority is Priority.PRODUCTION_DOWN and incident.request_type is RequestType.PROBLEM:
        paged = replace(paged, request_type=RequestType.ON_CALL)
    text = f"{by} by {via}: {priority_name(priority)} instead of {priority_name(incident.priority)}"
    if paged.respond_by is not None and paged.responded_at is None:
        text += f"; a response is due by {paged.respond_by:%Y-%m-%d %H:%M} UTC"
    return _changed(OutcomeKind.PRIORITISED, paged, text, now, silence=priority.rank > incident.priority.rank)


def change_type(incident: Incident, request_type: RequestType, *, by: str, via: str, now: datetime) -> Change:
    """What kind of request it is; also of one that is over, for the reports."""
    if incident.request_type is request_type:
        return _unchanged(OutcomeKind.UNCHANGED, incident)
    text = f"{by} by {via}: {type_name(request_type)} instead of {type_name(incident.request_type)}"
    return _changed(OutcomeKind.TYPED, replace(incident, request_type=request_type), text, now)


def wait_for_customer(incident: Incident, *, by: str, via: str, now: datetime) -> Change:
    """Nothing can be done before the customer answers: the resolution's clock stands still, the response's does not."""
    if not incident.open:
        return _unchanged(OutcomeKind.ALREADY_RESOLVED, incident)
    if incident.waiting_since is not None:
        return _unchanged(OutcomeKind.WAITING, incident)
    return _changed(OutcomeKind.WAITING, waits(incident, now), f"{by} by {via}: waiting for the customer", now)


def end_waiting(incident: Incident, clock: SlaClock, hours: BusinessHours, *, why: str, now: datetime) -> Change:
    """The customer has answered, or is waited for no more. ``why`` is the fact for the timeline."""
    if incident.waiting_since is None:
        return _unchanged(OutcomeKind.WAITING_OVER, incident)
    return _changed(OutcomeKind.WAITING_OVER, waits_no_more(incident, clock, hours, now), why, now)


def mark_major(incident: Incident, *, major: bool, by: str, via: str, now: datetime) -> Change:
    """Whether it was a major downtime; also of one that is over."""
    kind = OutcomeKind.MAJOR if major else OutcomeKind.NOT_MAJOR
    if incident.major is major:
        return _unchanged(kind, incident)
    what = "major downtime" if major else "no major downtime after all"
    return _changed(kind, replace(incident, major=major), f"{by} by {via}: {what}", now)


def _with_new_clock(moved: Incident, before: Incident, terms: Terms, now: datetime) -> Incident:
    raised = moved.priority.rank < before.priority.rank
    begins_at = now if raised else before.promised_at or before.opened_at
    waited_for = timedelta(0) if raised else before.waited_for
    late_since = became_late_at(before, now) if raised else _late_before(before)
    new = promised(moved, terms.promise, terms.hours, begins_at, waited_for=waited_for, late_since=late_since)
    new = replace(new, waiting_since=before.waiting_since, promise_due_at=now)
    if before.responded_at is not None:
        # What was given is history: only the resolution begins anew.
        told = before.promise_told if new.resolve_by is None else PromiseStage.NONE
        return replace(new, respond_by=before.respond_by, breached_at=before.breached_at, promise_told=told)
    if raised and before.respond_by is not None and new.respond_by is not None and before.respond_by >= now:
        return replace(new, respond_by=min(new.respond_by, before.respond_by))
    return new


def _late_before(incident: Incident) -> datetime | None:
    """When a promise before the one that runs was broken."""
    return None if incident.breached_at == incident.respond_by else incident.breached_at


def _with_new_paging(moved: Incident, terms: Terms, key: str, now: datetime) -> Incident:
    begun = replace(
        moved,
        policy=terms.policy,
        step=0,
        round=0,
        passed_by=(),
        passed_at=None,
        handed_to=(),
        resume_with="",
        acknowledgements=(),
        due_at=now,
    )
    if not moved.held:
        return begun
    if moved.priority is not Priority.PRODUCTION_DOWN or moved.is_with(key):
        due_at = max(now + terms.policy.acknowledge_timeout_for, moved.snoozed_until or now)
        return replace(begun, state=IncidentState.ACKNOWLEDGED, due_at=due_at)
    given_back = replace(
        begun,
        state=IncidentState.TRIGGERED,
        resume_with=moved.acknowledged_by,
        step=RESUME,
        acknowledged_at=None,
        acknowledged_by="",
        responded_at=None,
        snoozed_until=None,
    )
    return promised(given_back, terms.promise, terms.hours, now, late_since=became_late_at(moved, now))


def _changed(kind: OutcomeKind, incident: Incident, text: str, now: datetime, *, silence: bool = False) -> Change:
    entry = TimelineEntry(now, TimelineKind.NOTE, text)
    return Change(kind, incident, timeline=(entry,), silence=silence)


def _unchanged(kind: OutcomeKind, incident: Incident) -> Change:
    return Change(kind, incident, changed=False)
