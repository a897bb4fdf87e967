"""What came in from GitHub and Slack, as rows. A small index covers what is due, so that the rest costs nothing."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, or_, select, update

from oncall.core.inbound import InboundEvent
from oncall.errors import ConflictError
from oncall.store.inbound_tables import inbound_events, to_be_worked_on
from oncall.store.inserting import insert_unless_known
from oncall.store.table_parts import ONE_ROW, columns, writer

_row = writer(InboundEvent)
_all = select(*columns(inbound_events, InboundEvent))
_one = _all.where(inbound_events.c.id == bindparam("wanted"))
_one_locked = _one.with_for_update()
_update = update(inbound_events).where(inbound_events.c.id == bindparam("saved"))
_earlier = inbound_events.alias("earlier")
_is_first = ~exists().where(
    _earlier.c.subject == inbound_events.c.subject,
    or_(
        _earlier.c.received_at < inbound_events.c.received_at,
        and_(_earlier.c.received_at == inbound_events.c.received_at, _earlier.c.id < inbound_events.c.id),
    ),
    _earlier.c.finished_at.is_(None),
)
_due = (
    _all.where(to_be_worked_on, inbound_events.c.due_at <= bindparam("now"), _is_first)
    .order_by(inbound_events.c.due_at, inbound_events.c.received_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=inbound_events)
)
next_due = (
    select(inbound_events.c.due_at).where(to_be_worked_on, _is_first).order_by(inbound_events.c.due_at).limit(ONE_ROW)
)
_forgotten = (
    select(inbound_events.c.id)
    .where(inbound_events.c.finished_at < bindparam("before"))
    .order_by(inbound_events.c.finished_at)
    .limit(bindparam("most"))
)
_forget = delete(inbound_events).where(inbound_events.c.id.in_(_forgotten))


class SqlInboundEvents:
    """`ports.InboundEvents`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: InboundEvent) -> bool:
        """Keep it; False, and nothing stored, where its id is known already."""
        return insert_unless_known(self._connection, inbound_events, _row(event))

    def get(self, event_id: str, *, lock: bool = False) -> InboundEvent | None:
        """One, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": event_id}).first()
        return None if row is None else InboundEvent(*row)

    def save(self, event: InboundEvent) -> None:
        """Store a change. Raises ConflictError where the event is gone."""
        if self._connection.execute(_update, {**_row(event), "saved": event.id}).rowcount != 1:
            raise ConflictError(f"the event {event.id} is not in the database any more: read it again")

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> list[InboundEvent]:
        """Events to work on now, put off to ``again_at``; of each subject only the one that came first."""
        rows = self._connection.execute(_due, {"now": now, "most": limit}).all()
        claimed = [
            replace(event, due_at=again_at, attempts=event.attempts + 1) for event in (InboundEvent(*r) for r in rows)
        ]
        for event in claimed:
            self._connection.execute(_update, {"saved": event.id, "due_at": again_at, "attempts": event.attempts})
        return claimed

    def next_due_at(self) -> datetime | None:
        """When the next can be worked on; None when there is none."""
        found: datetime | None = self._connection.execute(next_due).scalar()
        return found

    def forget(self, before: datetime, *, limit: int) -> int:
        """Delete at most so many that were done with before then, oldest first; how many it were."""
        return self._connection.execute(_forget, {"before": before, "most": limit}).rowcount
