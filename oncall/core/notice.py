"""A notice: one attempt to tell a customer something, by SMS, or by a call where SMS cannot reach."""

from enum import StrEnum


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
