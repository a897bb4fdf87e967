"""What an answer does to an incident, as a value: the incident as it becomes, and what that causes.

Each kind of answer has a module of its own that returns one: acknowledge, pass_on, hand_over, snooze, resolve, update,
reopen. The shell (`engine/answering.py`) stores it in one transaction. An answer given twice changes nothing the second
time.
"""

from dataclasses import dataclass

from oncall.core.incident import Incident, Outcome, OutcomeKind, TimelineEntry
from oncall.core.notice import NoticePurpose


@dataclass(frozen=True, slots=True)
class Notify:
    """A notice that a change causes; ``details`` are its facts but for those that every notice has."""

    purpose: NoticePurpose
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """``incident`` as it becomes, ``silence`` whether its pages stop, and what is recorded and told.

    ``silence_only`` is the engineer (key) whose pages stop while others are still wanted, "" for nobody.

    ``changed`` is False where the answer had no effect: nothing is stored then.
    """

    outcome: OutcomeKind
    incident: Incident
    by: str = ""
    timeline: tuple[TimelineEntry, ...] = ()
    notices: tuple[Notify, ...] = ()
    silence: bool = False
    silence_only: str = ""
    changed: bool = True

    def told(self, incident: Incident) -> Outcome:
        """The outcome to tell whoever answered, about the incident as it was stored."""
        return Outcome(self.outcome, incident, self.by)


def unchanged(kind: OutcomeKind, incident: Incident, by: str) -> Change:
    """The answer had no effect. ``by`` is the name of whoever was first, "" for nobody."""
    return Change(kind, incident, by=by, changed=False)
