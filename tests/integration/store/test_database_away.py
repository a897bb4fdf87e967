"""The database goes away and comes back: nobody hangs, nothing half is stored, and the same `SqlDatabase` goes on."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from oncall.errors import StoreError, StoreUnavailableError
from oncall.store import SqlDatabase, open_store, schema_is_current, upgrade
from oncall.store import database as database_module
from tests.integration.store.samples import an_incident, opened


@contextmanager
def away(url: str) -> Iterator[None]:
    """Whoever connects is refused, and whoever is connected is thrown out."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        path = Path(place.database)
        hidden = path.with_suffix(".hidden")
        path.rename(hidden)
        try:
            yield
        finally:
            hidden.rename(path)
        return
    server = place.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {place.database} ALLOW_CONNECTIONS false")
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{place.database}'")
        try:
            yield
        finally:
            admin.execute(f"ALTER DATABASE {place.database} ALLOW_CONNECTIONS true")


def test_a_database_that_is_away_says_so_and_serves_again_when_it_is_back(
    database: SqlDatabase, database_url: str
) -> None:
    kept = opened(database)
    if database_url.startswith("sqlite"):
        database.close()  # an open file outlives its name
    with away(database_url):
        with pytest.raises(StoreUnavailableError, match="away"), database.begin() as work:
            work.incidents.open(an_incident())
        with pytest.raises(StoreUnavailableError, match="away"), database.read() as work:
            work.incidents.get(kept.number)
        with pytest.raises(StoreUnavailableError, match="away"):
            database.ping()
    database.ping()
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == [kept]


@pytest.mark.postgres
def test_a_connection_that_breaks_inside_a_transaction_stores_nothing_of_it(postgres_url: str) -> None:
    database = open_store(postgres_url)
    with pytest.raises(StoreUnavailableError, match="away"), database.begin() as work:
        work.incidents.open(an_incident())
        with away(postgres_url):
            work.incidents.open(an_incident())
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == []
    database.close()


def test_a_block_that_raises_stores_nothing(database: SqlDatabase) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as work:
        work.incidents.open(an_incident())
        raise ZeroDivisionError
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == []


def test_what_is_written_while_reading_is_not_stored(database: SqlDatabase) -> None:
    with database.read() as work:
        work.incidents.open(an_incident())
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == []


def test_a_sqlite_file_that_another_process_keeps_locked_is_away_not_a_hang(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncall.store.connections.WAIT_SECONDS", 0.2)
    database = open_store(sqlite_url)
    database._engine.dispose()
    holder = sqlite3.connect(make_url(sqlite_url).database, isolation_level=None)
    database.ping()
    with database._reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=100")  # the only pooled connection
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="locked"), database.begin() as work:
        work.incidents.open(an_incident())
    holder.execute("ROLLBACK")
    assert opened(database).number == 1001
    holder.close()
    database.close()


def test_a_writer_that_never_gets_its_turn_is_told_so(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 0.1)
    database = open_store(sqlite_url)
    release = threading.Event()
    holding = threading.Event()

    def hold() -> None:
        with database.begin():
            holding.set()
            release.wait(10)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        holding.wait(10)
        with pytest.raises(StoreUnavailableError, match="busy"), database.begin():
            pass
        release.set()
        held.result()
    assert opened(database).number == 1001
    database.close()


def test_a_full_or_read_only_disk_is_away(sqlite_url: str) -> None:
    database = open_store(sqlite_url)
    with database._reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(StoreUnavailableError, match="full"), database.begin() as work:
        work.incidents.open(an_incident(summary="x" * 100_000))
    with database._reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    assert opened(database).number == 1001
    database.close()


def test_a_missing_sqlite_file_is_not_made_by_opening_it(tmp_path: Path) -> None:
    database = open_store(f"sqlite:///{tmp_path}/nothing.db")
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        database.ping()
    assert list(tmp_path.iterdir()) == []
    assert schema_is_current(f"sqlite:///{tmp_path}/nothing.db") is False


def test_a_database_without_our_tables_says_what_to_run(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").execute("VACUUM")
    database = open_store(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(StoreUnavailableError, match="oncall db upgrade"), database.read() as work:
        work.incidents.next_due_at()
    database.close()


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "what is this", "oncall.db", "postgresql+asyncpg://h/x"])
def test_a_url_that_we_cannot_serve_is_named(url: str) -> None:
    with pytest.raises(StoreError, match="DATABASE_URL"):
        open_store(url)


@pytest.mark.postgres
def test_the_short_names_that_hosts_give_a_postgresql_work(postgres_url: str) -> None:
    for name in ("postgres", "postgresql"):
        database = open_store(postgres_url.replace("postgresql+psycopg", name))
        database.ping()
        database.close()


def test_a_password_is_never_in_a_message() -> None:
    database = open_store("postgresql://user:geheim@127.0.0.1:1/x")
    with pytest.raises(StoreUnavailableError) as caught:
        database.ping()
    assert "geheim" not in str(caught.value)
    with pytest.raises(StoreUnavailableError):
        upgrade("postgresql://user:geheim@127.0.0.1:1/x")
    database.close()


def test_a_database_in_memory_is_ready_at_once_and_reads_inside_its_transaction() -> None:
    database, another = open_store("sqlite://"), open_store("sqlite://")
    with database.begin() as work:
        incident = work.incidents.open(an_incident())
        with database.read() as inner:
            assert inner.incidents.get(incident.number) == incident
    with pytest.raises(ZeroDivisionError), database.begin() as work:
        work.incidents.open(an_incident())
        raise ZeroDivisionError
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == [incident]
    with another.read() as work:
        assert work.incidents.listing(include_resolved=True) == []
    database.close()
    another.close()


def test_what_is_written_while_reading_in_memory_is_not_stored_either() -> None:
    database = open_store("sqlite://")
    with database.read() as work:
        work.incidents.open(an_incident())
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == []
    database.ping()
    assert database.schema_is_current()
    database.close()


def test_no_statement_looks_for_listeners_that_nobody_needs(sqlite_url: str) -> None:
    """A listener on the engine costs every statement a tenth of its time."""
    database = open_store(sqlite_url)
    assert not database._engine._has_events
    with database._engine.begin() as connection:
        assert connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
    database.close()


def test_whoever_begins_otherwise_writes_and_a_second_writer_waits_for_them(sqlite_url: str) -> None:
    database = open_store(sqlite_url)
    other = sqlite3.connect(make_url(sqlite_url).database, isolation_level=None, timeout=0)
    with database._engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == []
        other.execute("BEGIN IMMEDIATE")
    other.close()
    database.close()
