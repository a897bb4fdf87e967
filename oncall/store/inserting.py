"""Inserts that a duplicate does not break; each database has its own dialect for them."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@cache
def _unless_known(dialect: str, table: Table) -> Any:
    key = list(table.primary_key)
    return _INSERTS[dialect](table).on_conflict_do_nothing(index_elements=key).returning(*key)


@cache
def _in_place(dialect: str, table: Table) -> Any:
    statement = _INSERTS[dialect](table)
    rest = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)


def insert_unless_known(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Whether it was stored; False where its key was there already. The transaction stays usable."""
    return connection.execute(_unless_known(connection.dialect.name, table), row).first() is not None


def insert_in_place(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Store it, in the place of an earlier row with this key."""
    connection.execute(_in_place(connection.dialect.name, table), row)
