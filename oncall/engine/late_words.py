"""What an engineer texted while nobody here could hear it, and what it may still be about once it is found.

Silence must not come from a word that was written before there was anything to be silent about: of what has been
paged for anew since, or for the first time, it says nothing, and paging goes on.
"""

from datetime import datetime

from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, TimelineKind
from oncall.ports import UnitOfWork

# What was said before one of these, and comes after it, was about the time before.
ENDS_WHAT_WAS_BEFORE = frozenset({TimelineKind.ACKNOWLEDGED, TimelineKind.PASSED, TimelineKind.REOPENED})


def may_be_about(uow: UnitOfWork, incident: Incident, sent_at: datetime | None) -> bool:
    """Whether the incident stands as it did then. ``sent_at`` is None for a text that came as it was written."""
    if sent_at is None:
        return True
    # A promise that runs anew says that production went down since. Whoever had it and fell silent is paged again, at
    # an instant that is not kept.
    promised_at = incident.promised_at or incident.opened_at
    if max(incident.opened_at, promised_at) > sent_at or incident.resume_with:
        return False
    return not any(
        entry.kind in ENDS_WHAT_WAS_BEFORE and entry.at > sent_at for entry in uow.timeline.of(incident.number)
    )


def was_told(uow: UnitOfWork, incident: Incident, engineer: Engineer, sent_at: datetime | None) -> bool:
    """Whether the engineer was sent anything about it, by then where that is given: ALL is about nothing else."""
    theirs = [one for one in uow.deliveries.of(incident.number) if one.recipient == engineer.key]
    if sent_at is None:
        return any(one.sent_at is not None or one.attempts > one.settled for one in theirs)
    return any(one.sent_at is not None and one.sent_at < sent_at for one in theirs)
