"""What the engine would do next, and when: one question for a whole turn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from oncall.core.carrier_pace import UNPACED, Paces


@dataclass(frozen=True, slots=True)
class NextDue:
    """When the next of each kind is due, in the past perhaps; None where there is none.

    ``send_at`` considers the carrier's pace. ``stop_at`` is when a call can be stopped, which is wanted already.
    """

    incident_at: datetime | None = None
    send_at: datetime | None = None
    stop_at: datetime | None = None
    ask_at: datetime | None = None
    recording_at: datetime | None = None

    @property
    def first_at(self) -> datetime | None:
        """The first of all; None where there is nothing to do."""
        times = (self.incident_at, self.send_at, self.stop_at, self.ask_at, self.recording_at)
        return min((at for at in times if at is not None), default=None)


class Agenda(Protocol):
    """The rows that wait for the engine, of every kind."""

    def next_due(self, now: datetime, paces: Paces = UNPACED) -> NextDue:
        """When the next of each kind is due."""
        ...
