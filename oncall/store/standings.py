"""As much of deliveries as a status callback is judged by: a flood of them asks for nothing else."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.dialects import sqlite

from oncall.core.delivery import DeliveryState, Standing
from oncall.core.engineer import ContactMethod
from oncall.store import driver
from oncall.store.tables import deliveries

_all = select(
    deliveries.c.state,
    deliveries.c.provider_id,
    deliveries.c.provider_status,
    deliveries.c.error,
    deliveries.c.method,
    deliveries.c.bundle,
)
_one = _all.where(deliveries.c.id == bindparam("wanted"))
_bundled = _all.where(deliveries.c.bundle == bindparam("wanted"))
# As texts, for SQLite's own driver.
_TEXTS = {query: str(query.compile(dialect=sqlite.dialect())) for query in (_one, _bundled)}


class SqlStandings:
    """`ports.Standings`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, delivery_id: str) -> list[Standing]:
        """How the delivery stands, or all that share its call or text; empty for an unknown id."""
        found = self._read(_one, delivery_id)
        if not found or found[0].bundle is None:
            return found
        return self._read(_bundled, found[0].bundle)

    def _read(self, query: Select[Any], wanted: str) -> list[Standing]:
        if self._connection.dialect.name == "sqlite":
            rows = driver.rows(self._connection, _TEXTS[query], (wanted,))
            return [
                Standing(DeliveryState(state), provider_id, status, error, ContactMethod(method), bundle)
                for state, provider_id, status, error, method, bundle in rows
            ]
        return [Standing(*row) for row in self._connection.execute(query, {"wanted": wanted})]
