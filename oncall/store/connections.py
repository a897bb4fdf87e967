"""How we connect: which databases there are, and SQLite's pragmas. PostgreSQL's part is `postgres`."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, NullPool, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from oncall.errors import StoreError
from oncall.store import postgres
from oncall.store.postgres import WAIT_SECONDS

_POSTGRES_NAMES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def parsed(url: str) -> URL:
    """The URL with the driver that we ship. Raises StoreError where it is not one of SQLite or PostgreSQL."""
    try:
        found = make_url(postgres.one_place(url))
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "DATABASE_URL cannot be read: write sqlite:///oncall.db or postgresql://user:password@host/name"
        ) from error
    if found.drivername in _POSTGRES_NAMES:
        return found.set(drivername="postgresql+psycopg")
    if found.get_backend_name() == "sqlite":
        return found.set(drivername="sqlite")
    raise StoreError(f"DATABASE_URL names {found.drivername}: only sqlite and postgresql are served")


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite database; None where it lives in memory, and for PostgreSQL."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(url.database or "").absolute()


def connected(url: URL, *, durable: bool = True, create: bool = False, wait_seconds: float = WAIT_SECONDS) -> Engine:
    """An engine; nothing is connected yet. Only with ``create`` a missing SQLite file is made.

    In memory, every connection of its own is a database of its own.
    """
    if url.get_backend_name() == "postgresql":
        return postgres.pooled(url, wait_seconds)
    path = sqlite_path(url)
    if path is None:
        alone = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})
        return _prepared(alone, ("foreign_keys=ON",))
    mode = "rwc" if create else "rw"
    place = f"file:{quote(str(path))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(place, uri=True, timeout=wait_seconds, check_same_thread=False)

    # Last in, first out: the connection that wrote last still knows the pages, any other must read them again.
    engine = create_engine(
        url, creator=connect, pool_size=8, max_overflow=16, pool_timeout=postgres.CONNECT_SECONDS, pool_use_lifo=True
    )
    synchronous = "synchronous=FULL" if durable else "synchronous=OFF"
    journal = "journal_mode=WAL" if durable else "journal_mode=MEMORY"
    # Otherwise every savepoint of a shared commit copies the pages that it touches to a file, to be able to go back.
    return _prepared(engine, (journal, synchronous, "foreign_keys=ON", "temp_store=MEMORY"))


def _prepared(engine: Engine, pragmas: tuple[str, ...]) -> Engine:
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver never begins a transaction by itself; `begin` does
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    # A listener for "begin" would have every statement look for listeners of its own, for a tenth of its time.
    engine.dialect.do_begin = _begin  # type: ignore[assignment,method-assign]
    return engine


def _begin(connection: PoolProxiedConnection) -> None:
    """Whoever begins will write, unless they have begun otherwise themselves."""
    sqlite: sqlite3.Connection = connection.driver_connection  # type: ignore[assignment]
    if not sqlite.in_transaction:
        sqlite.execute("BEGIN IMMEDIATE")
