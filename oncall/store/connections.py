"""How we connect: SQLite's pragmas and PostgreSQL's bounds, so that nobody waits longer than a caller would."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, NullPool, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from oncall.errors import StoreError

# A caller hears nothing while a webhook waits, and the provider gives up after 15 s.
WAIT_SECONDS = 5.0
_CONNECT_SECONDS = 3
_POSTGRES_OPTIONS = (
    "-c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
)
_POSTGRES_NAMES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def parsed(url: str) -> URL:
    """The URL with the driver that we ship. Raises StoreError where it is not one of SQLite or PostgreSQL."""
    try:
        found = make_url(url)
    except ArgumentError as error:
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
        return _postgres(url, wait_seconds)
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
        url, creator=connect, pool_size=8, max_overflow=16, pool_timeout=_CONNECT_SECONDS, pool_use_lifo=True
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


def for_looks(engine: Engine) -> Engine:
    """The same database for questions of one statement each: where that saves asking the server first whether it is
    there, and telling it where a transaction begins and ends, which takes twice as long as the question."""
    if engine.dialect.name != "postgresql":
        return engine
    return create_engine(
        engine.url,
        pool_size=2,
        max_overflow=8,
        pool_timeout=_CONNECT_SECONDS,
        isolation_level="AUTOCOMMIT",
        connect_args=_postgres_arguments(engine.url, WAIT_SECONDS),
    )


def _postgres(url: URL, wait_seconds: float) -> Engine:
    return create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_timeout=_CONNECT_SECONDS,
        pool_pre_ping=True,
        connect_args=_postgres_arguments(url, wait_seconds),
    )


def _postgres_arguments(url: URL, wait_seconds: float) -> dict[str, Any]:
    asked = url.query.get("options", "")
    options = _POSTGRES_OPTIONS if wait_seconds <= WAIT_SECONDS else "-c timezone=UTC"
    return {
        "connect_timeout": _CONNECT_SECONDS,
        "tcp_user_timeout": 5000,  # a server that vanished without a word
        "options": f"{options} {asked if isinstance(asked, str) else ' '.join(asked)}".strip(),
    }
