"""Which engineers have our contact card, as rows."""

from sqlalchemy import Connection, delete, select

from oncall.core.welcome import Welcomed
from oncall.store.inserting import insert_unless_known
from oncall.store.table_parts import columns, writer
from oncall.store.tables import welcomed_engineers

_row = writer(Welcomed)
_all = select(*columns(welcomed_engineers, Welcomed))
_take_mark = delete(welcomed_engineers).where(welcomed_engineers.c.engineer == "")


class SqlWelcomed:
    """`ports.WelcomedRows`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Welcomed]:
        """Every row; the mark of an upgrade is one whose engineer is ""."""
        return [Welcomed(*row) for row in self._connection.execute(_all)]

    def add(self, welcomed: Welcomed) -> bool:
        """Store a new row; False, and nothing stored, where the engineer has one for this phone."""
        return insert_unless_known(self._connection, welcomed_engineers, _row(welcomed))

    def take_mark(self) -> bool:
        """Take the mark of an upgrade away; False where there is none, or somebody else has taken it."""
        return self._connection.execute(_take_mark).rowcount > 0
