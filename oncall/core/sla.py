"""What was promised for a priority, and by when: the response, and where it is agreed the resolution.

Every promise has an instant. It is counted around the clock or in business hours, and ends with as much time, or with
the next business day. On the way to it there are marks at which people are told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.core.business_hours import (
    BusinessHours,
    add_business_time,
    business_time_between,
    end_of_next_business_day,
)
from oncall.errors import NoBusinessTimeError


class Priority(StrEnum):
    """How bad it is for the customer."""

    PRODUCTION_DOWN = "production_down"
    URGENT = "urgent"
    NORMAL = "normal"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return tuple(Priority).index(self)


class SlaClock(StrEnum):
    """When the promised time runs."""

    ALWAYS = "always"
    BUSINESS_HOURS = "business_hours"


class PromiseStage(StrEnum):
    """How far a promise has come, as far as anybody was told."""

    NONE = "none"
    HALF = "half"  # half of its time is over
    SOON = "soon"  # five sixths are
    BREACHED = "breached"

    @property
    def rank(self) -> int:
        """0 for NONE; it only grows."""
        return tuple(PromiseStage).index(self)


@dataclass(frozen=True, slots=True)
class Within:
    """How long something may take; ``time_for`` is None where it is until the end of the next business day."""

    time_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised for one priority.

    ``respond_within_for`` is None where the promise is "next business day", which means its end.
    ``escalation_policy`` is a policy's name, or "" where nobody is paged. ``resolve_within`` is None where no
    resolution was promised.
    """

    priority: Priority
    respond_within_for: timedelta | None
    clock: SlaClock = SlaClock.ALWAYS
    escalation_policy: str = ""
    resolve_within: Within | None = None


DEFAULT_PROMISES: dict[Priority, Promise] = {
    Priority.PRODUCTION_DOWN: Promise(Priority.PRODUCTION_DOWN, timedelta(minutes=30)),
    Priority.URGENT: Promise(Priority.URGENT, timedelta(hours=1), SlaClock.BUSINESS_HOURS),
    Priority.NORMAL: Promise(Priority.NORMAL, None, SlaClock.BUSINESS_HOURS),
}

_SOON = (5, 6)  # of the time
_HALF = (1, 2)


def respond_by(promise: Promise, opened_at: datetime, hours: BusinessHours) -> datetime:
    """The instant by which a human must have acknowledged."""
    return ends_at(Within(promise.respond_within_for), promise.clock, opened_at, hours)


def resolve_by(promise: Promise, opened_at: datetime, hours: BusinessHours) -> datetime | None:
    """The instant by which it is to be over; None where no resolution was promised."""
    if promise.resolve_within is None:
        return None
    return ends_at(promise.resolve_within, promise.clock, opened_at, hours)


def ends_at(within: Within, clock: SlaClock, begins_at: datetime, hours: BusinessHours) -> datetime:
    """When a promise that begins then ends.

    A calendar that does not hold the time (it is refused where it is written) must not lose an incident: then the
    time runs around the clock, and a day is one of 24 hours.
    """
    try:
        if within.time_for is None:
            return end_of_next_business_day(begins_at, hours)
        return later_by(within.time_for, clock, begins_at, hours)
    except NoBusinessTimeError:
        return begins_at + (within.time_for or timedelta(days=1))


def later_by(time_for: timedelta, clock: SlaClock, begins_at: datetime, hours: BusinessHours) -> datetime:
    """The instant at which so much time of this clock has passed. Raises NoBusinessTimeError."""
    if clock is SlaClock.ALWAYS:
        return begins_at + time_for
    return add_business_time(begins_at, time_for, hours)


def time_between(begins_at: datetime, until: datetime, clock: SlaClock, hours: BusinessHours) -> timedelta:
    """How much time of this clock lies between two instants; nothing where the second is not later."""
    if clock is SlaClock.ALWAYS:
        return max(until - begins_at, timedelta(0))
    return business_time_between(begins_at, until, hours)


def marks(promise: Promise, opened_at: datetime, hours: BusinessHours) -> tuple[tuple[PromiseStage, datetime], ...]:
    """The stages of the promised response, in order, each with its instant."""
    return marks_between(opened_at, respond_by(promise, opened_at, hours), promise.clock, hours)


def marks_between(
    begins_at: datetime,
    breaches_at: datetime,
    clock: SlaClock,
    hours: BusinessHours,
    waited_for: timedelta = timedelta(0),
) -> tuple[tuple[PromiseStage, datetime], ...]:
    """The stages of a promise that runs between two instants, in order, each with its instant.

    ``waited_for`` is the clock's time in it that does not count; it is taken to lie before the marks. Where the clock
    does not run in between, the time runs around the clock.
    """
    whole = time_between(begins_at, breaches_at, clock, hours) - waited_for
    runs = clock
    if whole <= timedelta(0):
        whole, runs, waited_for = max(breaches_at - begins_at, timedelta(0)), SlaClock.ALWAYS, timedelta(0)
    found = [
        (stage, min(later_by(whole * over // under + waited_for, runs, begins_at, hours), breaches_at))
        for stage, (over, under) in ((PromiseStage.HALF, _HALF), (PromiseStage.SOON, _SOON))
    ]
    return (*found, (PromiseStage.BREACHED, breaches_at))
