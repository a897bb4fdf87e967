"""SQLite's own driver, where callers wait: SQLAlchemy's way round a statement takes longer than the statement."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Done:
    """What a statement did: rows that it stored, and the key that the last of them was given (0: none was)."""

    rows: int
    key: int


def execute(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> Done:
    """Run a statement that returns no rows, in the transaction that is going on or in a new one, as SQLAlchemy would.

    SQLite only. Raises what SQLAlchemy would raise.
    """
    if not connection.in_transaction():
        connection.begin()
    return say(connection, statement, parameters)


def say(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> Done:
    """Run a statement as it is, such as one that begins a transaction. SQLite only."""
    with _translated(connection, statement, parameters):
        cursor = _driver(connection).execute(statement, parameters)
    return Done(cursor.rowcount, cursor.lastrowid or 0)


def rows(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What a query finds, as the database keeps it; in no transaction but the one that is going on. SQLite only."""
    with _translated(connection, statement, parameters):
        found: list[tuple[Any, ...]] = _driver(connection).execute(statement, parameters).fetchall()
    return found


@contextmanager
def _translated(connection: Connection, statement: str, parameters: Sequence[Any]) -> Iterator[None]:
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise DBAPIError.instance(statement, parameters, error, base, dialect=connection.dialect) from error


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite itself thinks so."""
    within: bool = _driver(connection).in_transaction
    return within


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
