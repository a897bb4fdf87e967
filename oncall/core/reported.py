"""What reports read of an incident and of its pages: light enough for fifty thousand in a second or two."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from oncall.core.incident import IncidentState, IntakeChannel, RequestType, response_counts_from
from oncall.core.sla import Priority


class Kept(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    MISSED = "missed"
    PENDING = "pending"  # nobody has answered, and there is time yet
    NONE = "none"  # no clock ran


# A tuple with names: a report makes as many as there are incidents.
class ReportedIncident(NamedTuple):
    """One incident, without drills and screened ones, of which no report tells. Each field is a column."""

    number: int
    opened_at: datetime
    state: IncidentState
    priority: Priority
    request_type: RequestType
    channel: IntakeChannel
    customer: str
    company: str
    caller_name: str
    summary: str
    respond_by: datetime | None
    responded_at: datetime | None
    resolved_at: datetime | None
    promised_at: datetime | None = None
    resolve_by: datetime | None = None
    waiting_since: datetime | None = None
    breached_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Not resolved."""
        return self.state is not IncidentState.RESOLVED

    @property
    def response_for(self) -> timedelta | None:
        """How long the acknowledgement took that the promise is about; None where there was none."""
        if self.responded_at is None:
            return None
        begun_at = response_counts_from(self.opened_at, self.promised_at, self.responded_at)
        return max(self.responded_at - begun_at, timedelta(0))

    @property
    def resolution_for(self) -> timedelta | None:
        """From the report to the end; None while it is open."""
        return None if self.resolved_at is None else max(self.resolved_at - self.opened_at, timedelta(0))


class ReportedPage(NamedTuple):
    """One page: ``chain`` names the run of an engineer's notification rules, ``begun_at`` is when that began.

    ``sent_at`` is None where it never went.
    """

    incident: int
    engineer: str
    chain: str
    begun_at: datetime
    sent_at: datetime | None


class ReportedAnswer(NamedTuple):
    """Somebody acknowledged or resolved an incident, or passed it on."""

    incident: int
    at: datetime
    is_passed: bool


def promise(incident: ReportedIncident, now: datetime) -> Kept:
    """What became of the promised response; the same rule as `Incident.breached`."""
    if incident.respond_by is None:
        return Kept.NONE
    if incident.breached_at is not None:
        return Kept.MISSED
    answered_at = incident.responded_at or incident.resolved_at
    if answered_at is None:
        return Kept.MISSED if now > incident.respond_by else Kept.PENDING
    return Kept.MISSED if answered_at > incident.respond_by else Kept.KEPT


def resolution_promise(incident: ReportedIncident, now: datetime) -> Kept:
    """What became of the promised resolution; while the customer is waited for, its clock stands still.

    The same rule as `promise_clock.look`: what was resolved while it waited was in time if the waiting began in time.
    """
    if incident.resolve_by is None:
        return Kept.NONE
    stands_at = incident.waiting_since or incident.resolved_at or now
    if stands_at > incident.resolve_by:
        return Kept.MISSED
    return Kept.PENDING if incident.resolved_at is None else Kept.KEPT
