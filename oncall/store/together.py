"""Many rows in one statement.

PostgreSQL plans, runs and answers for each statement apart, which takes longer than the row does. So it is given all
rows as one JSON text. SQLite has nobody to talk to, and takes row after row.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table, bindparam, insert, update
from sqlalchemy.dialects import sqlite

from oncall.store import driver
from oncall.store.prepared import Prepared, Values, bind

# What SQLite keeps is text and numbers, which JSON holds too, and PostgreSQL reads instants written so.
_PLAIN = sqlite.dialect()
_SAVED = "saved_"


class Together:
    """One insert, or with ``keys`` one update of the rows with these keys: ``names`` are the columns that are given.

    A row of an update has the key that it was read with under "saved_" and the key's name.
    """

    __slots__ = ("_converts", "_given", "_keys", "_names", "_one", "_sql", "_table")

    def __init__(self, table: Table, names: Sequence[str], keys: Sequence[str] = ()) -> None:
        self._table = table
        self._names = tuple(names)
        self._keys = tuple(keys)
        given = [*self._names, *(_SAVED + key for key in self._keys)]
        found = (table.c[key] == bindparam(_SAVED + key) for key in self._keys)
        self._one = Prepared(update(table).where(*found) if keys else insert(table), given)
        columns = [*(table.c[name] for name in self._names), *(table.c[key] for key in self._keys)]
        self._given = given
        binds = ((name, bind(column.type, _PLAIN)) for name, column in zip(given, columns, strict=True))
        self._converts = [(name, convert) for name, convert in binds if convert is not None]
        self._sql = ""

    def run(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Do it with each of these, at least one; how many rows were stored or changed."""
        if len(rows) == 1 or connection.dialect.name != "postgresql":
            return self._one.run(connection, rows)
        if not self._sql:
            self._sql = self._written(connection.dialect)
        given = json.dumps([self._plain(row) for row in rows])
        return driver.execute(connection, self._sql, {"given": given, "count": len(rows)}).rows

    def _plain(self, row: Values) -> dict[str, Any]:
        plain = {name: row[name] for name in self._given}
        for name, convert in self._converts:
            if plain[name] is not None:
                plain[name] = convert(plain[name])
        return plain

    def _written(self, dialect: Dialect) -> str:
        def kind(column: Column[Any]) -> str:
            return column.type.compile(dialect)

        table = self._table
        kinds = [f"{name} {kind(table.c[name])}" for name in self._names]
        kinds += [f"{_SAVED}{key} {kind(table.c[key])}" for key in self._keys]
        given = f"json_to_recordset(%(given)s::json) AS given ({', '.join(kinds)})"
        if not self._keys:
            listed = ", ".join(self._names)
            return f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM {given}"  # noqa: S608 - names of ours
        changes = ", ".join(f"{name} = given.{name}" for name in self._names)
        found = " AND ".join(f"{table.name}.{key} = given.{_SAVED}{key}" for key in self._keys)
        # Without the limit PostgreSQL expects a hundred rows, and reads the whole table to find them.
        few = f"(SELECT * FROM {given} LIMIT %(count)s) AS given"  # noqa: S608 - names of ours
        return f"UPDATE {table.name} SET {changes} FROM {few} WHERE {found}"  # noqa: S608 - names of ours


@cache
def inserted(table: Table, names: tuple[str, ...]) -> Together:
    """The insert of these columns."""
    return Together(table, names)


@cache
def updated(table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Together:
    """The update of these columns where these have the values that they were read with."""
    return Together(table, names, keys)


def changes(before: Values, after: Values) -> tuple[str, ...]:
    """The names of what is not as it was: what is written again makes work for every index that it is in."""
    return tuple(name for name, value in after.items() if value != before[name])
