"""What response was promised for a priority, and by when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Priority(StrEnum):
    """How bad it is for the customer."""

    PRODUCTION_DOWN = "production_down"
    URGENT = "urgent"
    NORMAL = "normal"


class SlaClock(StrEnum):
    """When the promised time runs."""

    ALWAYS = "always"
    BUSINESS_HOURS = "business_hours"


@dataclass(frozen=True, slots=True)
class Promise:
    """The response promised for one priority.

    ``respond_within_for`` is None where the promise is "next business day", which means its end.
    ``escalation_policy`` is a policy's name, or "" where nobody is paged.
    """

    priority: Priority
    respond_within_for: timedelta | None
    clock: SlaClock = SlaClock.ALWAYS
    escalation_policy: str = ""


DEFAULT_PROMISES: dict[Priority, Promise] = {
    Priority.PRODUCTION_DOWN: Promise(Priority.PRODUCTION_DOWN, timedelta(minutes=30)),
    Priority.URGENT: Promise(Priority.URGENT, timedelta(hours=1), SlaClock.BUSINESS_HOURS),
    Priority.NORMAL: Promise(Priority.NORMAL, None, SlaClock.BUSINESS_HOURS),
}


def respond_by(promise: Promise, opened_at: datetime) -> datetime | None:
    """The instant by which a human must have acknowledged; None where the clock is not one that runs always."""
    if promise.clock is SlaClock.ALWAYS and promise.respond_within_for is not None:
        return opened_at + promise.respond_within_for
    return None
