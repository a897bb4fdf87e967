"""SQLite's own driver, for the statements that callers wait for: SQLAlchemy's way round them takes longer than they do."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def execute(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Its rows; none where it returns none. SQLite only. Raises what SQLAlchemy would raise."""
    try:
        found: list[tuple[Any, ...]] = _driver(connection).execute(statement, parameters).fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(statement, parameters, error, base, dialect=connection.dialect) from error
    return found


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite itself thinks so."""
    within: bool = _driver(connection).in_transaction
    return within


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
