"""A notice: one attempt to tell a customer something, by SMS, or by a call where SMS cannot reach."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from oncall.core.incident import Incident, IncidentState, Resolution


class NoticePurpose(StrEnum):
    """What a notice says. The facts it needs are in the delivery's ``details``, named here.

    All have "at" (when it became true), "tracking_url" and "hotline" (the company that answers) except where said.
    """

    RECEIVED = "received"  # number, what happens next, the tracking link
    ACKNOWLEDGED = "acknowledged"  # "engineer" (name), "holder" (key), "since" (local wall time, "03:12")
    UPDATE = "update"  # "note", "engineer" (name, may be "")
    RESOLVED = "resolved"  # "note" (may be ""), "engineer" (name, may be "")
    REOPENED = "reopened"  # we are paging again, because somebody asked
    POSTMORTEM = "postmortem"  # what went wrong can be read; "tracking_url" leads there
    SCREENED = "screened"  # an unknown number rang off in silence: call again, or reply DOWN; no "tracking_url"


def outdated(purpose: NoticePurpose, incident: Incident, details: Mapping[str, str]) -> bool:
    """Whether a notice that has waited says what is true no more: a later notice says how it stands now.

    Of its ``details``, "at" is when it became true (ISO 8601) and "holder" the key of the engineer whom it names; a
    notice of an earlier release has neither.
    """
    match purpose:
        case NoticePurpose.RECEIVED | NoticePurpose.REOPENED:
            return incident.state is not IncidentState.TRIGGERED or incident.held
        case NoticePurpose.ACKNOWLEDGED:
            # Not by when they acknowledged: whoever fell silent and has it again is told of once, by the first notice.
            holder = details.get("holder", incident.acknowledged_by)
            held = incident.held or incident.state is IncidentState.ACKNOWLEDGED
            return not held or holder != incident.acknowledged_by
        case NoticePurpose.RESOLVED:
            return incident.open or _before_the_resolution(incident, details)
        case NoticePurpose.SCREENED:
            return incident.resolution is not Resolution.SCREENED
        case NoticePurpose.POSTMORTEM:
            return False  # it can be read whatever has happened since
        case NoticePurpose.UPDATE:
            return not incident.open and _before_the_resolution(incident, details)


def true_now(
    purpose: NoticePurpose, incident: Incident, details: Mapping[str, str], *, holder: str, since: str
) -> tuple[NoticePurpose, Mapping[str, str]]:
    """What to say in the place of a notice that may be outdated: itself where it is not, or how the incident stands.

    ``holder`` is the name of whoever has it, ``since`` the local wall time since when, "" for nobody.
    """
    if not outdated(purpose, incident, details):
        return purpose, details
    if incident.resolution is Resolution.SCREENED:
        return NoticePurpose.SCREENED, details
    stands = {
        IncidentState.TRIGGERED: NoticePurpose.REOPENED,
        IncidentState.ACKNOWLEDGED: NoticePurpose.ACKNOWLEDGED,
        IncidentState.RESOLVED: NoticePurpose.RESOLVED,
    }[incident.state]
    named = holder if stands is NoticePurpose.ACKNOWLEDGED else ""
    return stands, {**details, "engineer": named, "since": since, "note": ""}


def _before_the_resolution(incident: Incident, details: Mapping[str, str]) -> bool:
    at = details.get("at", "")
    return bool(at) and incident.resolved_at is not None and datetime.fromisoformat(at) < incident.resolved_at
