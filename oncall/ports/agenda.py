"""What the engine would do next, and when: one question for a whole turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from oncall.core.carrier_pace import UNPACED, Paces


@dataclass(frozen=True, slots=True)
class NextDue:
    """When the next of each kind is due, in the past perhaps; None where there is none.

    ``send_at`` considers the carrier's pace. ``stop_at`` is when a call can be stopped, which is wanted already.
    ``inbound_at`` is what came from GitHub and Slack, ``answer_at`` whose user at PagerDuty is to be looked up, and
    ``partners`` what is to be told, by partner; those with nothing are not in it.
    """

    incident_at: datetime | None = None
    send_at: datetime | None = None
    stop_at: datetime | None = None
    ask_at: datetime | None = None
    recording_at: datetime | None = None
    inbound_at: datetime | None = None
    answer_at: datetime | None = None
    partners: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def first_at(self) -> datetime | None:
        """The first of what no partner and none of its events has a part in; None where there is nothing to do."""
        times = (self.incident_at, self.send_at, self.stop_at, self.ask_at, self.recording_at)
        return min((at for at in times if at is not None), default=None)


class Agenda(Protocol):
    """The rows that wait for the engine, of every kind."""

    def next_due(self, now: datetime, paces: Paces = UNPACED, partners: Sequence[str] = ()) -> NextDue:
        """When the next of each kind is due, for these partners too."""
        ...
