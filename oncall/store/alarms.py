"""What the operators were told, as rows."""

from sqlalchemy import Connection, bindparam, select

from oncall.ports import Alarm
from oncall.store.inserting import insert_in_place
from oncall.store.table_parts import columns, writer
from oncall.store.tables import alarms

_row = writer(Alarm)
_one = select(*columns(alarms, Alarm)).where(alarms.c.key == bindparam("wanted"))


class SqlAlarms:
    """`ports.Alarms`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> Alarm | None:
        """The last alarm of this cause, or None."""
        row = self._connection.execute(_one, {"wanted": key}).first()
        return None if row is None else Alarm(*row)

    def put(self, alarm: Alarm) -> None:
        """Remember it, in the place of an earlier one."""
        insert_in_place(self._connection, alarms, _row(alarm))
