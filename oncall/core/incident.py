"""An incident: one matter a customer brought us, from report to resolution; and the facts of its timeline."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.sla import Priority, PromiseStage


class IncidentState(StrEnum):
    """triggered → acknowledged → resolved; reopening leads back to triggered."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """How an incident ended."""

    RESOLVED = "resolved"
    SCREENED = "screened"  # an unknown number rang off without a key or a word; left out of reports


class Screening(StrEnum):
    """Whether a human is known to have called."""

    PENDING = "pending"  # an unknown number, nothing pressed or said yet
    PASSED = "passed"  # a known number, or a key, or a word


class RequestType(StrEnum):
    """What kind of request it is."""

    ADD_REMOVE_USER = "add_remove_user"
    CHANGE_REQUEST = "change_request"
    GUIDANCE = "guidance"
    ON_CALL = "on_call"
    PROBLEM = "problem"
    OTHER = "other"


class IntakeChannel(StrEnum):
    """How an incident reached us."""

    PHONE = "phone"
    SMS = "sms"
    GITHUB = "github"
    SLACK = "slack"
    OPERATOR = "operator"  # opened by hand: command line, dashboard, API


class TimelineKind(StrEnum):
    """What kind of fact a timeline entry is; ``public`` ones may be shown to the customer."""

    OPENED = "opened"
    CALL = "call"
    RECORDING = "recording"
    MESSAGE = "message"
    ESCALATION = "escalation"
    PAGE = "page"
    NOTICE = "notice"
    ACKNOWLEDGED = "acknowledged"
    PASSED = "passed"
    UPDATE = "update"
    NOTE = "note"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    OPERATORS = "operators"

    @property
    def public(self) -> bool:
        """Whether the tracking page shows it."""
        return self in _PUBLIC_KINDS


_PUBLIC_KINDS = frozenset(
    {
        TimelineKind.OPENED,
        TimelineKind.ACKNOWLEDGED,
        TimelineKind.UPDATE,
        TimelineKind.REOPENED,
        TimelineKind.RESOLVED,
    }
)


NO_NOTE = "-"  # the public text of a fact that has nothing to add to its kind


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One fact of an incident. ``text`` is for the team; ``public_text`` is for the customer, "" shows nothing."""

    at: datetime
    kind: TimelineKind
    text: str
    public_text: str = ""


RESUME = -1


@dataclass(frozen=True, slots=True)
class Incident:
    """One matter. ``number`` is what people say; 0 before the database has given one.

    ``caller_number`` is E.164, or "" where it was withheld or cannot be called back.
    ``respond_by`` is None where no clock runs. ``responded_at`` is the first acknowledgement, for the SLA;
    ``acknowledged_at`` and ``acknowledged_by`` (an engineer's key) say who has it now.
    ``policy`` is frozen when the incident opens. ``step`` is the index of the step that is run next, ``round`` counts
    the list's runs from 0. ``due_at`` is the next action, None only when resolved. ``resume_with`` is the engineer who
    had it and fell silent, or "": at step RESUME that engineer is paged alone before the list starts. ``paged_at`` is
    when the last step was paged. ``passed_by`` (engineers' keys) passed it on and are left alone until the list starts
    again; ``passed_at`` is when the last of them did, None once somebody has been paged since. ``handed_to`` (keys too)
    are paged next, alone, because a colleague named them. ``snoozed_until`` is how long whoever has it asked to be left
    in peace, None where they did not or that is over. ``acknowledgements`` (keys too) are who acknowledged, in order,
    where the policy asks for several: until there are as many, it is triggered and the others are paged.
    ``token`` is the secret part of the tracking link. ``version`` grows with every save.
    ``drill`` marks one for practice: it ends by itself, and is left out of whatever counts incidents.

    Of the promise: ``promised_at`` is when it began to run (None in rows of an earlier release: ``opened_at``),
    ``resolve_by`` by when it is to be over (None: not promised), ``promise_due_at`` when it is looked at next (None:
    nothing more is to be told), ``promise_told`` how far people were told of the part that runs now: the response, and
    once that is given or late the resolution. ``breached_at`` and ``resolution_breached_at`` are the instants at which
    they became late; ``breached_at`` is earlier than ``respond_by`` where a promise before was broken.
    ``waiting_since`` is since when it waits for the customer, ``waited_for`` how long it has waited before, in the time
    of its clock. ``major`` marks major downtime.
    """

    number: int
    state: IncidentState
    priority: Priority
    request_type: RequestType
    channel: IntakeChannel
    opened_at: datetime
    policy: EscalationPolicy
    token: str
    due_at: datetime | None
    respond_by: datetime | None = None
    customer: str = ""
    company: str = ""
    caller_name: str = ""
    caller_number: str = ""
    language: str = ""
    summary: str = ""
    screening: Screening = Screening.PASSED
    responded_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolution: Resolution | None = None
    step: int = 0
    round: int = 0
    paged_at: datetime | None = None
    updated_at: datetime | None = None
    resume_with: str = ""
    passed_by: tuple[str, ...] = ()
    passed_at: datetime | None = None
    snoozed_until: datetime | None = None
    handed_to: tuple[str, ...] = ()
    acknowledgements: tuple[str, ...] = ()
    version: int = 0
    drill: bool = False
    promised_at: datetime | None = None
    resolve_by: datetime | None = None
    promise_due_at: datetime | None = None
    promise_told: PromiseStage = PromiseStage.NONE
    breached_at: datetime | None = None
    resolution_breached_at: datetime | None = None
    waiting_since: datetime | None = None
    waited_for: timedelta = timedelta(0)
    major: bool = False

    @property
    def open(self) -> bool:
        """Not resolved."""
        return self.state is not IncidentState.RESOLVED

    @property
    def held(self) -> bool:
        """Whether somebody has it; more engineers may still be wanted, and paged."""
        had = self.state is IncidentState.ACKNOWLEDGED or (self.open and bool(self.acknowledgements))
        return had and bool(self.acknowledged_by)

    @property
    def more_wanted(self) -> int:
        """How many more must acknowledge before paging stops, once somebody has; 0 otherwise."""
        if self.state is not IncidentState.TRIGGERED or not self.acknowledgements:
            return 0
        return max(self.policy.acknowledgements - len(self.acknowledgements), 0)

    @property
    def progress(self) -> str:
        """ "1 of 2" where several must acknowledge and somebody has; else ""."""
        return f"{len(self.acknowledgements)} of {self.policy.acknowledgements}" if self.acknowledgements else ""

    @property
    def quiet(self) -> bool:
        """Whether nobody is ever paged for it: production is not down, and its priority names no escalation policy."""
        return not self.policy.steps and self.priority is not Priority.PRODUCTION_DOWN

    def is_with(self, engineer: str) -> bool:
        """Whether this engineer (key) is among those who have it."""
        return self.held and (engineer == self.acknowledged_by or engineer in self.acknowledgements)

    def breached(self, now: datetime) -> bool:
        """Whether a promised response came late, or is late by now."""
        if self.respond_by is None or self.resolution is Resolution.SCREENED:
            return False
        if self.breached_at is not None:
            return True
        return (self.responded_at or self.resolved_at or now) > self.respond_by

    @property
    def urgency(self) -> tuple[int, bool, float, int]:
        """Sorts to the front what is to be looked at first: the worst, of that what nobody has, of that what is due."""
        due = self.respond_by if self.responded_at is None else self.resolve_by
        return self.priority.rank, self.held, due.timestamp() if due else math.inf, -self.number


def response_counts_from(opened_at: datetime, promised_at: datetime | None, responded_at: datetime) -> datetime:
    """From when on a response is measured: the beginning of the promise that it answers.

    That is the report, a reopening or a change of the priority, whichever was last. Where the priority rose only after
    the response, it is the report.
    """
    return opened_at if promised_at is None or promised_at > responded_at else promised_at


class OutcomeKind(StrEnum):
    """What became of an answer to an incident. Each is a normal thing to be told."""

    ACKNOWLEDGED = "acknowledged"  # you have it (also when you had it already)
    ALREADY_ACKNOWLEDGED = "already_acknowledged"  # somebody else has it
    SNOOZED = "snoozed"  # you have it, and nobody is paged again until then
    PASSED = "passed"  # the next engineer is being paged
    HANDED_OVER = "handed_over"  # the engineer who was named is being paged
    ALREADY_PASSED = "already_passed"  # paging has moved on from your page since
    RESOLVED = "resolved"  # it is over
    ALREADY_RESOLVED = "already_resolved"  # it was over
    UPDATED = "updated"
    NOTED = "noted"
    REOPENED = "reopened"
    ALREADY_OPEN = "already_open"  # there was nothing to reopen
    PRIORITISED = "prioritised"
    TYPED = "typed"
    WAITING = "waiting"  # for the customer
    WAITING_OVER = "waiting_over"
    MAJOR = "major"
    NOT_MAJOR = "not_major"
    UNCHANGED = "unchanged"  # it is so already


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer. ``by`` is the name of whoever has, or resolved, the incident, or is handed it; "" for
    nobody.

    ``timezone`` is whose clocks the answer is told by, "" for UTC.
    """

    kind: OutcomeKind
    incident: Incident
    by: str = ""
    timezone: str = ""
