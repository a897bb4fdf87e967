"""The clock of an incident's promise: when it is looked at, what one look finds, and what stops and moves it.

The response is what runs first; once it is given, or late, the resolution runs, where one was promised. A promise is
broken at its instant, whenever that is found out.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.core.business_hours import BusinessHours
from oncall.core.incident import Incident, Resolution
from oncall.core.sla import (
    Promise,
    PromiseStage,
    SlaClock,
    later_by,
    marks_between,
    resolve_by,
    respond_by,
    time_between,
)
from oncall.errors import NoBusinessTimeError

# Whoever answers in time may do so by a clock that is behind ours: only after this is a promise broken for sure.
CLOCKS_DIFFER_BY = timedelta(seconds=5)
_TICK = timedelta(microseconds=1)
_NOTHING = timedelta(0)

Marks = tuple[tuple[PromiseStage, datetime], ...]


class Part(StrEnum):
    """What of a promise runs."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage that a part of the promise has come to; ``at`` is the instant of its mark."""

    part: Part
    stage: PromiseStage
    at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """The incident as it is after a look, and what was reached that nobody has been told of."""

    incident: Incident
    reached: tuple[Reached, ...] = ()


def promised(
    incident: Incident,
    promise: Promise,
    hours: BusinessHours,
    at: datetime,
    *,
    waited_for: timedelta = _NOTHING,
    late_since: datetime | None = None,
) -> Incident:
    """The incident with this promise, which runs from ``at`` on. Nobody has been told anything of it.

    ``waited_for`` is how much of the time since then does not count for the resolution. ``late_since`` is when a
    promise before it was broken, None where none was: that stays.
    """
    by = resolve_by(promise, at, hours)
    running = replace(
        incident,
        promised_at=at,
        respond_by=respond_by(promise, at, hours),
        resolve_by=by and _moved(by, waited_for, promise.clock, hours),
        promise_told=PromiseStage.NONE,
        breached_at=late_since,
        resolution_breached_at=None,
        waiting_since=None,
        waited_for=waited_for,
    )
    marks = _response_marks(running, promise.clock, hours)
    return replace(running, promise_due_at=_next_mark(marks, PromiseStage.NONE))


def became_late_at(incident: Incident, now: datetime) -> datetime | None:
    """When a promised response to it was last broken, also where nobody has looked since; None where none was."""
    by = incident.respond_by
    if by is None or incident.resolution is Resolution.SCREENED:
        return incident.breached_at
    return by if (incident.responded_at or incident.resolved_at or now) > by else incident.breached_at


def responded(incident: Incident) -> Incident:
    """Somebody has just acknowledged for the first time: from now on the resolution is what runs.

    A response that is late, and has not been found to be, still is: its next look is due already.
    """
    if incident.resolve_by is None or _is_found_late(incident):
        return incident
    return replace(incident, promise_told=PromiseStage.NONE, promise_due_at=incident.responded_at)


def look(incident: Incident, clock: SlaClock, hours: BusinessHours, now: datetime) -> Look:
    """What has been reached by now. Not due: a Look that changes nothing."""
    if incident.promise_due_at is None or incident.promise_due_at > now:
        return Look(incident)
    looked_at = replace(incident, promise_due_at=None)
    if incident.drill or incident.resolution is Resolution.SCREENED:
        return Look(looked_at)
    response = _look_at_response(looked_at, clock, hours, now)
    if response.incident.promise_due_at is not None:
        return response
    resolution = _look_at_resolution(response.incident, clock, hours, now)
    return Look(resolution.incident, (*response.reached, *resolution.reached))


def waits(incident: Incident, now: datetime) -> Incident:
    """From now on it waits for the customer: the resolution's clock stands still, the response's runs on."""
    return _look_again(replace(incident, waiting_since=now), now)


def waits_no_more(incident: Incident, clock: SlaClock, hours: BusinessHours, now: datetime) -> Incident:
    """The customer has answered, or is not waited for any more: what the clock counted in between does not count."""
    since, by = incident.waiting_since, incident.resolve_by
    if since is None:
        return incident
    over = replace(incident, waiting_since=None)
    if by is None or since > by:
        return over
    paused_for = time_between(since, now, clock, hours)
    moved = replace(over, resolve_by=_moved(by, paused_for, clock, hours), waited_for=incident.waited_for + paused_for)
    return _look_again(moved, now)


def _is_found_late(incident: Incident) -> bool:
    """Whether the promise that runs was found to be broken; one before it may have been, too."""
    broken_at, by = incident.breached_at, incident.respond_by
    return broken_at is not None and by is not None and broken_at >= by


def _look_again(incident: Incident, now: datetime) -> Incident:
    return incident if incident.resolve_by is None else replace(incident, promise_due_at=now)


def _moved(by: datetime, paused_for: timedelta, clock: SlaClock, hours: BusinessHours) -> datetime:
    try:
        return later_by(paused_for, clock, by, hours)
    except NoBusinessTimeError:
        return by + paused_for


def _look_at_response(incident: Incident, clock: SlaClock, hours: BusinessHours, now: datetime) -> Look:
    by, given_at = incident.respond_by, incident.responded_at or incident.resolved_at
    if by is None or _is_found_late(incident):
        return Look(incident)
    if (given_at or now - CLOCKS_DIFFER_BY) > by:
        # What is told from here on is about the resolution, where one was promised.
        told = PromiseStage.BREACHED if incident.resolve_by is None else PromiseStage.NONE
        breached = replace(incident, breached_at=by, promise_told=told)
        return Look(breached, (Reached(Part.RESPONSE, PromiseStage.BREACHED, by),))
    if given_at is not None:
        return Look(incident)
    return _told(incident, Part.RESPONSE, _response_marks(incident, clock, hours), now)


def _look_at_resolution(incident: Incident, clock: SlaClock, hours: BusinessHours, now: datetime) -> Look:
    by = incident.resolve_by
    if by is None or incident.resolution_breached_at is not None:
        return Look(incident)
    if (incident.waiting_since or incident.resolved_at or now - CLOCKS_DIFFER_BY) > by:
        breached = replace(incident, resolution_breached_at=by, promise_told=PromiseStage.BREACHED)
        return Look(breached, (Reached(Part.RESOLUTION, PromiseStage.BREACHED, by),))
    if not incident.open or incident.waiting_since is not None:
        return Look(incident)
    marks = marks_between(incident.promised_at or incident.opened_at, by, clock, hours, incident.waited_for)
    return _told(incident, Part.RESOLUTION, marks, now)


def _response_marks(incident: Incident, clock: SlaClock, hours: BusinessHours) -> Marks:
    begins_at = incident.promised_at or incident.opened_at
    return marks_between(begins_at, incident.respond_by or begins_at, clock, hours)


def _told(incident: Incident, part: Part, marks: Marks, now: datetime) -> Look:
    """The last mark that has passed, where that is news; that a promise is broken is found elsewhere."""
    passed = [Reached(part, stage, at) for stage, at in marks if at <= now and stage is not PromiseStage.BREACHED]
    news = passed[-1:] if passed and passed[-1].stage.rank > incident.promise_told.rank else []
    told = news[0].stage if news else incident.promise_told
    current = replace(incident, promise_told=told, promise_due_at=_next_mark(marks, told))
    return Look(current, tuple(news))


def _next_mark(marks: Marks, told: PromiseStage) -> datetime | None:
    """When to look for the next mark that nobody was told of. A promise is kept at its last instant."""
    for stage, at in marks:
        if stage.rank > told.rank:
            return at + CLOCKS_DIFFER_BY + _TICK if stage is PromiseStage.BREACHED else at
    return None
