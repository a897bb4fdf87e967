"""What is due next, of every kind of row that waits for the engine, in one statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Select, literal_column, select, union_all

from oncall.core.carrier_pace import UNPACED, Paces
from oncall.ports import NextDue
from oncall.store.claims import next_of_all, paced_from
from oncall.store.deliveries import next_ask, next_stop
from oncall.store.incidents import next_due as next_incident
from oncall.store.prepared import Prepared
from oncall.store.recordings import next_due as next_recording


def _one(place: int, first: Select[Any]) -> Select[Any]:
    found = first.subquery()
    return select(literal_column(str(place), Integer).label("place"), next(iter(found.c)).label("at"))


_first_of_each = Prepared(
    union_all(
        *(
            _one(place, first)
            for place, first in enumerate((next_incident, next_of_all, next_stop, next_ask, next_recording))
        )
    )
)


class SqlAgenda:
    """`ports.Agenda`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_due(self, now: datetime, paces: Paces = UNPACED) -> NextDue:
        """When the next of each kind is due."""
        times: list[datetime | None] = [None] * 5
        for place, at in _first_of_each.rows(self._connection, {}):
            times[place] = at
        incident_at, send_at, stop_at, ask_at, recording_at = times
        return NextDue(incident_at, paced_from(self._connection, send_at, now, paces), stop_at, ask_at, recording_at)
