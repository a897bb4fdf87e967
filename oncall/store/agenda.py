"""What is due next, of every kind of row that waits for the engine, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, literal_column, select, union_all

from oncall.core.carrier_pace import UNPACED, Paces
from oncall.ports import NextDue
from oncall.store.claims import next_of_all, paced_from
from oncall.store.deliveries import next_ask, next_stop
from oncall.store.inbound_events import next_due as next_inbound
from oncall.store.incidents import next_due as next_incident
from oncall.store.partner_answers import next_due as next_answer
from oncall.store.partner_events import next_due_of
from oncall.store.prepared import Prepared
from oncall.store.recordings import next_due as next_recording


def _one(place: int, first: Select[Any]) -> Select[Any]:
    found = first.subquery()
    return select(literal_column(str(place), Integer).label("place"), next(iter(found.c)).label("at"))


_ours = (next_incident, next_of_all, next_stop, next_ask, next_recording, next_inbound, next_answer)


@lru_cache(maxsize=16)
def _first_of_each(partners: tuple[str, ...]) -> Prepared:
    """The first of each of ours, in this order, and of each partner's after them."""
    firsts = (*_ours, *map(next_due_of, partners))
    return Prepared(union_all(*(_one(place, first) for place, first in enumerate(firsts))))


class SqlAgenda:
    """`ports.Agenda`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_due(self, now: datetime, paces: Paces = UNPACED, partners: Sequence[str] = ()) -> NextDue:
        """When the next of each kind is due, for these partners too."""
        found: dict[int, datetime] = dict(_first_of_each((*partners,)).rows(self._connection, {}))
        incident_at, send_at, stop_at, ask_at, recording_at, inbound_at, answer_at = map(found.get, range(len(_ours)))
        theirs = {partner: found[place] for place, partner in enumerate(partners, len(_ours)) if place in found}
        send_at = paced_from(self._connection, send_at, now, paces)
        return NextDue(incident_at, send_at, stop_at, ask_at, recording_at, inbound_at, answer_at, theirs)
