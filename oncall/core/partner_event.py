"""What partners are told: programs of others that follow our incidents by webhook, and PagerDuty.

One `PartnerEvent` is one event for one partner. It is stored with what caused it and sent afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.core.incident import OutcomeKind

PAGERDUTY = "pagerduty"
_WEBHOOK = "webhook:"


class EventType(StrEnum):
    """What happened to an incident."""

    OPENED = "incident.opened"
    PAGED = "incident.paged"  # the first page
    ESCALATED = "incident.escalated"  # any later one
    UNATTENDED = "incident.unattended"  # the list has come to its end, or found nobody: it starts again in a minute
    ACKNOWLEDGED = "incident.acknowledged"
    UNACKNOWLEDGED = "incident.unacknowledged"  # whoever had it fell silent: paging starts again
    PASSED = "incident.passed"
    UPDATED = "incident.updated"
    NOTED = "incident.noted"
    RESOLVED = "incident.resolved"
    REOPENED = "incident.reopened"
    PROMISE_HALF = "incident.promise_half"  # half of the promised time is over
    PROMISE_SOON = "incident.promise_soon"  # five sixths are
    BREACHED = "incident.breached"  # the promise is broken


# What an answer has changed, as an event; the other outcomes change nothing.
BY_OUTCOME: Mapping[OutcomeKind, EventType] = {
    OutcomeKind.ACKNOWLEDGED: EventType.ACKNOWLEDGED,
    OutcomeKind.SNOOZED: EventType.ACKNOWLEDGED,
    OutcomeKind.HANDED_OVER: EventType.PASSED,
    OutcomeKind.PASSED: EventType.PASSED,
    OutcomeKind.RESOLVED: EventType.RESOLVED,
    OutcomeKind.UPDATED: EventType.UPDATED,
    OutcomeKind.NOTED: EventType.NOTED,
    OutcomeKind.REOPENED: EventType.REOPENED,
    OutcomeKind.PRIORITISED: EventType.NOTED,
    OutcomeKind.TYPED: EventType.NOTED,
    OutcomeKind.WAITING: EventType.NOTED,
    OutcomeKind.WAITING_OVER: EventType.NOTED,
    OutcomeKind.MAJOR: EventType.NOTED,
    OutcomeKind.NOT_MAJOR: EventType.NOTED,
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program that is told. ``key`` is its name in YAML; it hears of ``events`` only.

    ``include_caller`` sends the caller's number along.
    """

    key: str
    url: str
    events: tuple[EventType, ...] = tuple(EventType)
    include_caller: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.key

    @property
    def partner(self) -> str:
        """What its rows are kept under."""
        return f"{_WEBHOOK}{self.key}"


class Ending(StrEnum):
    """How an event ended."""

    SENT = "sent"
    GIVEN_UP = "given_up"
    KNOWN = "known"  # the partner said it first: there was nothing to send


@dataclass(frozen=True, slots=True)
class PartnerEvent:
    """One event for one partner. ``body`` is what is sent, frozen when it happened, and emptied at the end.

    ``id`` stays the same at every try. ``type`` is an `EventType`, or for PagerDuty its action. Events of one partner
    with the same ``key`` go one after the other; those without go as they are due. ``due_at`` is None where an earlier
    one must go first, and at the end. ``ending`` is None until then; ``problem`` is what the last try met.
    ``incident`` is None where it is about none, such as who is on call now.
    """

    id: str
    partner: str
    incident: int | None
    type: str
    key: str
    body: str
    created_at: datetime
    due_at: datetime | None
    attempts: int = 0
    finished_at: datetime | None = None
    ending: Ending | None = None
    problem: str = ""


def ended(event: PartnerEvent, how: Ending, now: datetime, *, problem: str = "") -> PartnerEvent:
    """Nothing more is sent; what it said of people is forgotten."""
    return replace(event, due_at=None, finished_at=now, ending=how, problem=problem, body="")


def waits(event: PartnerEvent, until: datetime, *, problem: str) -> PartnerEvent:
    """It did not go this time."""
    return replace(event, due_at=until, problem=problem)


GIVEN_UP_AFTER = timedelta(days=3)
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(hours=4)
_LONGEST_RETRY_IN_ORDER = timedelta(minutes=5)
_SHORTEST_RETRY = timedelta(seconds=1)


def again_at(event: PartnerEvent, now: datetime, chance: float, asked_for: timedelta | None = None) -> datetime | None:
    """When to try again: after 5 s, 15 s, 45 s … 4 h, shortened by up to a fifth by ``chance``; for three days.

    Where others wait behind it, it is every five minutes at least. ``asked_for`` is how long the partner asked us to
    wait, heeded up to four hours. None: it is given up.
    """
    longest = _LONGEST_RETRY_IN_ORDER if event.key else _LONGEST_RETRY
    wait_for = min(_FIRST_RETRY * 3 ** min(max(event.attempts - 1, 0), 10), longest)
    wait_for -= wait_for * (0.2 * chance)
    if asked_for is not None:
        wait_for = max(wait_for, min(asked_for, _LONGEST_RETRY))
    at = now + max(wait_for, _SHORTEST_RETRY)
    return None if at > event.created_at + GIVEN_UP_AFTER else at
