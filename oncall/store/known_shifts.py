"""What engineers know of their shifts, as rows."""

from sqlalchemy import Connection, bindparam, delete, select, update

from oncall.core.shift_notices import KnownShifts
from oncall.errors import ConflictError
from oncall.store.inserting import insert_unless_known
from oncall.store.table_parts import columns, writer
from oncall.store.tables import known_shifts

_row = writer(KnownShifts)
_all = select(*columns(known_shifts, KnownShifts)).order_by(known_shifts.c.engineer)
_one = select(*columns(known_shifts, KnownShifts)).where(known_shifts.c.engineer == bindparam("wanted"))
_update = update(known_shifts).where(known_shifts.c.engineer == bindparam("saved"))
_delete = delete(known_shifts).where(known_shifts.c.engineer == bindparam("forgotten"))


class SqlKnownShifts:
    """`ports.KnownShiftsRows`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[KnownShifts]:
        """Every row, in order of the engineers' keys."""
        return [KnownShifts(*row) for row in self._connection.execute(_all)]

    def get(self, engineer: str, *, lock: bool = False) -> KnownShifts | None:
        """One engineer's, or None."""
        query = _one.with_for_update() if lock else _one
        row = self._connection.execute(query, {"wanted": engineer}).first()
        return None if row is None else KnownShifts(*row)

    def add(self, known: KnownShifts) -> bool:
        """Store a new row; False, and nothing stored, where the engineer has one."""
        return insert_unless_known(self._connection, known_shifts, _row(known))

    def save(self, known: KnownShifts) -> None:
        """Store a change of a row that was read with ``lock``. Raises ConflictError where it is gone."""
        if self._connection.execute(_update, {**_row(known), "saved": known.engineer}).rowcount != 1:
            raise ConflictError(
                f"the known shifts of {known.engineer} are not in the database any more: read them again"
            )

    def remove(self, engineer: str) -> None:
        """Forget an engineer."""
        self._connection.execute(_delete, {"forgotten": engineer})
