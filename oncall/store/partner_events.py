"""What partners are told, as rows. A small index covers those that are due, so that the finished ones cost nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, not_, or_, select, update

from oncall.core.partner_event import PartnerEvent
from oncall.errors import ConflictError
from oncall.store.inserting import PreparedInsert
from oncall.store.partner_tables import in_order, partner_events, to_be_told
from oncall.store.table_parts import ONE_ROW, columns, writer
from oncall.store.tables import incidents, is_open

_row = writer(PartnerEvent)
_insert = PreparedInsert(insert(partner_events))
_all = select(*columns(partner_events, PartnerEvent))
_one = _all.where(partner_events.c.id == bindparam("wanted"))
_one_locked = _one.with_for_update(key_share=True)
_of_key = (
    in_order,
    partner_events.c.partner == bindparam("of_partner"),
    partner_events.c.key == bindparam("of_key"),
)
_last = _all.where(*_of_key).order_by(partner_events.c.serial.desc()).limit(1)
_last_of_type = _last.where(partner_events.c.type == bindparam("of_type"))
_next_of_key = (
    select(partner_events.c.id, partner_events.c.due_at)
    .where(*_of_key, partner_events.c.finished_at.is_(None))
    .order_by(partner_events.c.serial)
    .limit(1)
)
_update = update(partner_events).where(partner_events.c.id == bindparam("saved"))
_due = (
    _all.where(
        to_be_told, partner_events.c.partner == bindparam("of_partner"), partner_events.c.due_at <= bindparam("now")
    )
    .order_by(partner_events.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)


def next_due_of(partner: str) -> Select[Any]:
    """When this partner's next event can be claimed."""
    mine = select(partner_events.c.due_at).where(to_be_told, partner_events.c.partner == partner)
    return mine.order_by(partner_events.c.due_at).limit(ONE_ROW)


_of_incident = _all.where(partner_events.c.incident == bindparam("of_incident")).order_by(partner_events.c.serial)

_forgotten = (
    select(partner_events.c.serial)
    .outerjoin(incidents, incidents.c.number == partner_events.c.incident)
    .where(partner_events.c.created_at < bindparam("before"), or_(incidents.c.number.is_(None), not_(is_open)))
    .order_by(partner_events.c.serial)
    .limit(bindparam("most"))
)
_forget = delete(partner_events).where(partner_events.c.serial.in_(_forgotten))


class SqlPartnerEvents:
    """`ports.PartnerEvents`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, events: Sequence[PartnerEvent]) -> None:
        """Enqueue, in this order."""
        for event in events:
            _insert.run(self._connection, [_row(event)])

    def get(self, event_id: str, *, lock: bool = False) -> PartnerEvent | None:
        """One, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": event_id}).first()
        return None if row is None else PartnerEvent(*row)

    def last(self, partner: str, key: str, *, type: str = "") -> PartnerEvent | None:
        """The newest event with this key (not ""), of that type where one is named; None where there is none."""
        wanted = {"of_partner": partner, "of_key": key}
        if type:
            row = self._connection.execute(_last_of_type, {**wanted, "of_type": type}).first()
        else:
            row = self._connection.execute(_last, wanted).first()
        return None if row is None else PartnerEvent(*row)

    def is_waiting(self, partner: str, key: str) -> bool:
        """Whether an event of this key has not ended."""
        return self._connection.execute(_next_of_key, {"of_partner": partner, "of_key": key}).first() is not None

    def save(self, event: PartnerEvent) -> None:
        """Store a change. Raises ConflictError where the event is gone."""
        if self._connection.execute(_update, {**_row(event), "saved": event.id}).rowcount != 1:
            raise ConflictError(f"the event {event.id} is not in the database any more: read it again")

    def let_next_go(self, partner: str, key: str, now: datetime) -> bool:
        """The oldest event of this key that has not ended is due now; False where there is none."""
        row = self._connection.execute(_next_of_key, {"of_partner": partner, "of_key": key}).first()
        if row is None:
            return False
        event_id, due_at = row
        if due_at is None:
            self._connection.execute(_update, {"saved": event_id, "due_at": now})
        return True

    def claim_due(self, partner: str, now: datetime, *, again_at: datetime, limit: int) -> list[PartnerEvent]:
        """Events to send now, longest due first; each is put off to ``again_at``, so that one worker has it."""
        rows = self._connection.execute(_due, {"of_partner": partner, "now": now, "most": limit}).all()
        claimed = [
            replace(event, due_at=again_at, attempts=event.attempts + 1) for event in (PartnerEvent(*r) for r in rows)
        ]
        for event in claimed:
            self._connection.execute(_update, {"saved": event.id, "due_at": again_at, "attempts": event.attempts})
        return claimed

    def next_due_at(self, partner: str) -> datetime | None:
        """When this partner's next event can be claimed; None when there is none."""
        found: datetime | None = self._connection.execute(next_due_of(partner)).scalar()
        return found

    def of(self, incident: int) -> list[PartnerEvent]:
        """Events of an incident, oldest first."""
        return [PartnerEvent(*row) for row in self._connection.execute(_of_incident, {"of_incident": incident})]

    def forget(self, before: datetime, *, limit: int) -> int:
        """Delete at most so many events from before then of incidents that are over, oldest first; how many it were."""
        return self._connection.execute(_forget, {"before": before, "most": limit}).rowcount
