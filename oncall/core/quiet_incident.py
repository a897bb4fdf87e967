"""Quiet incidents: nobody is ever paged for them, and still none is forgotten.

While the promise of a response runs, people are told of that; afterwards, and once somebody has it, whoever is in
charge is reminded of it once in a week without news.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, TimelineEntry, TimelineKind
from oncall.core.promise_people import in_charge
from oncall.core.promise_wording import QuietWords, reminder_words
from oncall.core.whom_to_page import reachable

# The promise is looked at by somebody else, who may be busy.
_PROMISE_AGAIN_IN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Engineers who are told, and not paged; ``why``, in words that begin small."""

    engineers: tuple[Engineer, ...]
    why: str
    words: QuietWords


def look_at_quiet(
    incident: Incident, configuration: Configuration, now: datetime
) -> tuple[Incident, tuple[TimelineEntry, ...], Reminder | None]:
    """One look at a quiet incident that is due: it as it becomes, the facts of it, and whom it reminds (None:
    nobody)."""
    again_at = now + incident.policy.acknowledge_timeout_for
    if incident.handed_to:
        named = tuple(each for key in incident.handed_to if (each := reachable(key, configuration)))
        later = replace(incident, handed_to=(), due_at=again_at)
        return later, *_reminded(incident, named, "a colleague hands it to you", now)
    if incident.state is IncidentState.ACKNOWLEDGED:
        later = replace(incident, snoozed_until=None, due_at=again_at)
        # An update since may have moved the reminder beyond the quiet time.
        asked_for = incident.snoozed_until is not None and incident.due_at == incident.snoozed_until
        why = "the quiet time that was asked for is over" if asked_for else "no news for a week"
        return later, *_reminded(incident, in_charge(incident, configuration, now), why, now)
    if incident.promise_due_at is not None and incident.responded_at is None:
        return replace(incident, due_at=max(incident.promise_due_at, now + _PROMISE_AGAIN_IN)), (), None
    later = replace(incident, due_at=again_at, step=0, resume_with="", passed_by=(), passed_at=None)
    return later, *_reminded(incident, in_charge(incident, configuration, now), "nobody has it", now)


def _reminded(
    incident: Incident, engineers: tuple[Engineer, ...], why: str, now: datetime
) -> tuple[tuple[TimelineEntry, ...], Reminder | None]:
    if not engineers:
        return (TimelineEntry(now, TimelineKind.ESCALATION, f"Nobody is on call to be reminded: {why}"),), None
    names = ", ".join(each.name for each in engineers)
    entry = TimelineEntry(now, TimelineKind.ESCALATION, f"Reminded {names}: {why}")
    return (entry,), Reminder(engineers, why, reminder_words(incident, why))
