"""The engine processes, as rows."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from oncall.ports import EngineSign
from oncall.store.inserting import insert_in_place
from oncall.store.table_parts import columns, writer
from oncall.store.tables import engines

_row = writer(EngineSign)
_freshest = select(*columns(engines, EngineSign)).order_by(engines.c.last_tick_at.desc()).limit(bindparam("most"))
_forget = delete(engines).where(engines.c.last_tick_at < bindparam("before"))


class SqlEngines:
    """`ports.Engines`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, sign: EngineSign) -> None:
        """Keep it, in the place of this engine's earlier one."""
        insert_in_place(self._connection, engines, _row(sign))

    def listing(self, limit: int = 100) -> list[EngineSign]:
        """The freshest first; empty where no engine ever ran."""
        return [EngineSign(*row) for row in self._connection.execute(_freshest, {"most": limit})]

    def forget(self, before: datetime) -> None:
        """Remove what was last said before this instant."""
        self._connection.execute(_forget, {"before": before})
