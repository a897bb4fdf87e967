"""Calls as rows."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from oncall.core.call import Call
from oncall.errors import ConflictError
from oncall.store.inserting import insert_unless_known
from oncall.store.table_parts import columns, writer
from oncall.store.tables import calls

_row = writer(Call)
_all = select(*columns(calls, Call))
_one = _all.where(calls.c.sid == bindparam("wanted"))
_one_locked = _one.with_for_update(key_share=True)
_of = _all.where(calls.c.incident == bindparam("of_incident")).order_by(calls.c.started_at, calls.c.sid)
_ended = select(calls.c.sid, calls.c.ended_at.is_not(None)).where(calls.c.sid.in_(bindparam("wanted", expanding=True)))
_update = update(calls).where(calls.c.sid == bindparam("saved"))


class SqlCalls:
    """`ports.Calls`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, call: Call) -> bool:
        """Store a new call; False, and nothing stored, where its sid is known already."""
        return insert_unless_known(self._connection, calls, _row(call))

    def get(self, sid: str, *, lock: bool = False) -> Call | None:
        """One call, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": sid}).first()
        return None if row is None else Call(*row)

    def save(self, call: Call) -> None:
        """Store a change. Raises ConflictError where the call is gone."""
        if self._connection.execute(_update, {**_row(call), "saved": call.sid}).rowcount != 1:
            raise ConflictError(f"call {call.sid} is not in the database any more: read it again")

    def ended(self, sids: Sequence[str]) -> dict[str, bool]:
        """Whether each of these that is known has ended; unknown ones are left out."""
        return {sid: bool(ended) for sid, ended in self._connection.execute(_ended, {"wanted": list(sids)})}

    def of(self, incident: int) -> list[Call]:
        """Calls of an incident, oldest first."""
        return [Call(*row) for row in self._connection.execute(_of, {"of_incident": incident})]
