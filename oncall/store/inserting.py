"""Inserts: prepared once, because callers wait for them; and those that a duplicate does not break."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from oncall.store.prepared import Prepared

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

Row = Mapping[str, Any]


class PreparedInsert:
    """One insert statement; every row that it is given has the same columns. ``key`` is what the database counts by
    itself, None where it counts nothing."""

    __slots__ = ("_key", "_prepared", "_returning", "_statement")

    def __init__(self, statement: Insert, key: Column[int] | None = None) -> None:
        self._statement = statement
        self._key = key
        self._prepared: Prepared | None = None
        self._returning: Prepared | None = None

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Store these, at least one; comes back with how many were stored."""
        if self._prepared is None:
            self._prepared = Prepared(self._statement, list(rows[0]))
        return self._prepared.run(connection, rows)

    def key(self, connection: Connection, row: Row) -> int:
        """Store this; comes back with the key that it was given."""
        if self._returning is None:
            self._prepared = Prepared(self._statement, list(row))
            self._returning = Prepared(self._statement.returning(self._key), list(row))  # type: ignore[arg-type]
        if connection.dialect.name == "sqlite" and self._prepared is not None:
            # SQLite's driver tells the key without being asked, and a row that comes back is a step more.
            return self._prepared.key(connection, row)
        return int(self._returning.written(connection, row)[0][0])


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
