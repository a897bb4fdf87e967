"""Inserts: prepared once, because callers wait for them; and those that a duplicate does not break.

SQLAlchemy looks its compiled SQL up again at every execution, which takes longer than SQLite takes for the row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from oncall.store import driver

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

Row = Mapping[str, Any]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """SQL for the driver, and how each of its values is converted, in order; ``named``: it takes values by name."""

    sql: str
    values: tuple[tuple[str, _Convert | None], ...]
    named: bool

    def parameters(self, row: Row) -> Any:
        # None is NULL in every kind of column that we have.
        converted = [
            value if convert is None or value is None else convert(value)
            for value, convert in ((row[name], convert) for name, convert in self.values)
        ]
        if not self.named:
            return tuple(converted)
        return {name: value for (name, _), value in zip(self.values, converted, strict=True)}


class PreparedInsert:
    """One insert statement; every row that it is given has the same columns."""

    __slots__ = ("_prepared", "_statement")

    def __init__(self, statement: Insert) -> None:
        self._statement = statement
        self._prepared: dict[str, _Prepared] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """Store these, at least one; comes back with the rows that the statement returns."""
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = _prepared(self._statement, dialect, list(rows[0]))
        written = [prepared.parameters(row) for row in rows]
        if dialect.name == "sqlite":
            return [found for values in written for found in driver.execute(connection, prepared.sql, values)]
        result = connection.exec_driver_sql(prepared.sql, written if len(written) > 1 else written[0])
        return [tuple(row) for row in result] if result.returns_rows else []


def _prepared(statement: Insert, dialect: Dialect, names: list[str]) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    converters = ((name, compiled.binds[name].type.dialect_impl(dialect)) for name in order)
    values = tuple((name, kind.bind_processor(dialect)) for name, kind in converters)
    return _Prepared(str(compiled), values, named=not compiled.positional)


@cache
def _unless_known(dialect: str, table: Table) -> PreparedInsert:
    key = list(table.primary_key)
    return PreparedInsert(_INSERTS[dialect](table).on_conflict_do_nothing(index_elements=key).returning(*key))


@cache
def _in_place(dialect: str, table: Table) -> PreparedInsert:
    statement = _INSERTS[dialect](table)
    rest = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return PreparedInsert(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest))


def insert_unless_known(connection: Connection, table: Table, row: Row) -> bool:
    """Whether it was stored; False where its key was there already. The transaction stays usable."""
    return bool(_unless_known(connection.dialect.name, table).run(connection, [row]))


def insert_in_place(connection: Connection, table: Table, row: Row) -> None:
    """Store it, in the place of an earlier row with this key."""
    _in_place(connection.dialect.name, table).run(connection, [row])
