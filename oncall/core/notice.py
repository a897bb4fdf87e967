"""A notice: one attempt to tell a customer something, by SMS, or by a call where SMS cannot reach."""

from enum import StrEnum

from oncall.core.incident import Incident, IncidentState, Resolution


class NoticePurpose(StrEnum):
    """What a notice says. The facts it needs are in the delivery's ``details``, named here.

    All have "tracking_url" and "hotline" (the company that answers) except where said.
    """

    RECEIVED = "received"  # number, what happens next, the tracking link
    ACKNOWLEDGED = "acknowledged"  # "engineer" (name), "since" (local wall time, "03:12")
    UPDATE = "update"  # "note", "engineer" (name, may be "")
    RESOLVED = "resolved"  # "note" (may be ""), "engineer" (name, may be "")
    REOPENED = "reopened"  # we are paging again, because somebody asked
    SCREENED = "screened"  # an unknown number rang off in silence: call again, or reply DOWN; no "tracking_url"


def outdated(purpose: NoticePurpose, incident: Incident) -> bool:
    """Whether a notice that has waited says what is true no more: a later notice says how it stands now."""
    match purpose:
        case NoticePurpose.RECEIVED | NoticePurpose.REOPENED:
            return incident.state is not IncidentState.TRIGGERED
        case NoticePurpose.ACKNOWLEDGED:
            return incident.state is not IncidentState.ACKNOWLEDGED
        case NoticePurpose.RESOLVED:
            return incident.open
        case NoticePurpose.SCREENED:
            return incident.resolution is not Resolution.SCREENED
        case NoticePurpose.UPDATE:
            return False
