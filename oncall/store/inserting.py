"""Inserts: prepared once, because callers wait for them; and those that a duplicate does not break.

SQLAlchemy looks its compiled SQL up again at every execution, which takes longer than SQLite takes for the row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from oncall.store import driver

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

Row = Mapping[str, Any]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """SQL for the driver; the columns of its values in order, and how each is converted; ``named``: it takes values
    by name."""

    sql: str
    names: tuple[str, ...]
    converts: tuple[_Convert | None, ...]
    named: bool

    def parameters(self, row: Row) -> Any:
        # None is NULL in every kind of column that we have.
        converted = [
            value if convert is None or value is None else convert(value)
            for value, convert in zip(map(row.__getitem__, self.names), self.converts, strict=True)
        ]
        return dict(zip(self.names, converted, strict=True)) if self.named else converted


class PreparedInsert:
    """One insert statement; every row that it is given has the same columns. ``key`` is what the database counts by
    itself, None where it counts nothing."""

    __slots__ = ("_key", "_prepared", "_statement")

    def __init__(self, statement: Insert, key: Column[int] | None = None) -> None:
        self._statement = statement
        self._key = key
        self._prepared: dict[str, _Prepared] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Store these, at least one; comes back with how many were stored."""
        prepared = self._prepare(connection, rows[0])
        written = [prepared.parameters(row) for row in rows]
        if connection.dialect.name == "sqlite":
            return sum(driver.execute(connection, prepared.sql, values).rows for values in written)
        return connection.exec_driver_sql(prepared.sql, written if len(written) > 1 else written[0]).rowcount

    def key(self, connection: Connection, row: Row) -> int:
        """Store this; comes back with the key that it was given."""
        prepared = self._prepare(connection, row)
        written = prepared.parameters(row)
        if connection.dialect.name == "sqlite":
            return driver.execute(connection, prepared.sql, written).key
        given: int = connection.exec_driver_sql(prepared.sql, written).scalar_one()
        return given

    def _prepare(self, connection: Connection, row: Row) -> _Prepared:
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            # SQLite's driver tells the key without being asked, and a row that comes back is a step more.
            asks = self._key is not None and dialect.name != "sqlite"
            statement = self._statement.returning(self._key) if asks else self._statement  # type: ignore[arg-type]
            prepared = self._prepared[dialect.name] = _prepared(statement, dialect, list(row))
        return prepared


def _prepared(statement: Any, dialect: Dialect, names: list[str]) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    kinds = (compiled.binds[name].type.dialect_impl(dialect) for name in order)
    converts = tuple(kind.bind_processor(dialect) for kind in kinds)
    return _Prepared(str(compiled), tuple(order), converts, named=not compiled.positional)


@cache
def _unless_known(dialect: str, table: Table) -> PreparedInsert:
    key = list(table.primary_key)
    return PreparedInsert(_INSERTS[dialect](table).on_conflict_do_nothing(index_elements=key))


@cache
def _in_place(dialect: str, table: Table) -> PreparedInsert:
    statement = _INSERTS[dialect](table)
    rest = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return PreparedInsert(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest))


def insert_unless_known(connection: Connection, table: Table, row: Row) -> bool:
    """Whether it was stored; False where its key was there already. The transaction stays usable."""
    return _unless_known(connection.dialect.name, table).run(connection, [row]) > 0


def insert_in_place(connection: Connection, table: Table, row: Row) -> None:
    """Store it, in the place of an earlier row with this key."""
    _in_place(connection.dialect.name, table).run(connection, [row])
