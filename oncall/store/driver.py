"""The databases' own drivers, where somebody waits: SQLAlchemy's way round a statement takes longer than it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Parameters = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What a statement did: rows that it stored, and the key that SQLite gave the last of them (0: none was)."""

    rows: int
    key: int


def execute(connection: Connection, statement: str, parameters: Parameters = ()) -> Done:
    """Run a statement that returns no rows, in the transaction that is going on or in a new one, as SQLAlchemy would.

    Raises what SQLAlchemy would raise.
    """
    begun(connection)
    with _translated(connection, statement, parameters):
        cursor = _driver(connection).execute(statement, parameters)
    return Done(cursor.rowcount, getattr(cursor, "lastrowid", 0) or 0)


def execute_many(connection: Connection, statement: str, rows: Sequence[Parameters]) -> int:
    """The same with each of these in turn; how many rows were stored or changed."""
    begun(connection)
    with _translated(connection, statement, rows[0]):
        cursor = _driver(connection).cursor()
        cursor.executemany(statement, rows)
    count: int = cursor.rowcount
    return count


def begun(connection: Connection) -> None:
    """See to it that SQLAlchemy knows of a transaction, so that it is committed."""
    if not connection.in_transaction():
        connection.begin()


def say(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> Done:
    """Run a statement as it is, such as one that begins a transaction. SQLite only."""
    with _translated(connection, statement, parameters):
        cursor = _driver(connection).execute(statement, parameters)
    return Done(cursor.rowcount, cursor.lastrowid or 0)


def rows(connection: Connection, statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """What a query finds, as the database keeps it; SQLAlchemy learns of no transaction that it begins."""
    with _translated(connection, statement, parameters):
        found: list[tuple[Any, ...]] = _driver(connection).execute(statement, parameters).fetchall()
    return found


def many_rows(connection: Connection, statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """The same where there are thousands: PostgreSQL sends them as it holds them, which spares both sides the text."""
    if connection.dialect.name != "postgresql":
        return rows(connection, statement, parameters)
    with _translated(connection, statement, parameters):
        found: list[tuple[Any, ...]] = _driver(connection).execute(statement, parameters, binary=True).fetchall()
    return found


@contextmanager
def _translated(connection: Connection, statement: str, parameters: Parameters) -> Iterator[None]:
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        is_gone = connection.dialect.is_disconnect(error, _driver(connection), None)
        if is_gone:
            # None of the others leads to anybody who could help either.
            connection.invalidate(error)
            connection.engine.dispose()
        raise DBAPIError.instance(
            statement, parameters, error, base, connection_invalidated=is_gone, dialect=connection.dialect
        ) from error


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite itself thinks so."""
    within: bool = _driver(connection).in_transaction
    return within


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
