"""A server that was demoted, fenced off or is not the primary is left, and whichever may be written to is found."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import URL, make_url, text

from oncall.errors import StoreError, StoreUnavailableError
from oncall.store import SqlDatabase, open_store, schema_is_current, upgrade
from oncall.store.connections import parsed
from tests.integration.store.samples import an_incident, opened

pytestmark = pytest.mark.postgres


def written_by(database: SqlDatabase) -> int:
    """The server process behind a pooled connection."""
    with database._engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


@contextmanager
def refusing_to_write(url: str) -> Iterator[None]:
    """Whoever connects from now on is told that nothing can be written, as by a standby."""
    place = make_url(url)
    server = place.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {place.database} SET default_transaction_read_only = on")
        try:
            yield
        finally:
            admin.execute(f"ALTER DATABASE {place.database} RESET default_transaction_read_only")


def address(place: URL) -> tuple[str, int]:
    return str(place.host or place.query.get("host", "127.0.0.1")), int(place.port or 5432)


def behind(others: list[tuple[str, int]], url: str) -> str:
    """The same database, named last of several hosts."""
    place = make_url(url)
    hosts = [*others, address(place)]
    query = {"host": ",".join(host for host, _ in hosts), "port": ",".join(str(port) for _, port in hosts)}
    return place.set(host=None, port=None, query=query).render_as_string(hide_password=False)


@pytest.fixture
def hanging() -> Iterator[tuple[str, int]]:
    """A host whose answers never come: it takes a connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield "127.0.0.1", server.getsockname()[1]


@pytest.fixture
def refusing() -> tuple[str, int]:
    """A host on which no server runs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "127.0.0.1", server.getsockname()[1]


def test_several_hosts_are_written_as_postgresql_itself_writes_them() -> None:
    place = parsed("postgresql://oncall:se%40cret@db1:6432,db2,[::1]:5433/oncall?sslmode=require")
    assert place.query == {"host": "db1,db2,::1", "port": "6432,5432,5433", "sslmode": "require"}
    assert (place.username, place.password, place.database) == ("oncall", "se@cret", "oncall")
    assert parsed("postgres://db1,db2/oncall").query == {"host": "db1,db2", "port": "5432,5432"}
    assert parsed("postgresql://db1,db2").query == {"host": "db1,db2", "port": "5432,5432"}
    assert parsed("postgresql://db1:6432/oncall").host == "db1"
    assert parsed("postgresql://oncall:with,comma@db1/oncall").host == "db1"


@pytest.mark.parametrize("hosts", ["db1,,db2", "db1:x,db2", "db1,db2:5432:5433", "db1:x"])
def test_hosts_that_cannot_be_read_are_a_wrong_setting(hosts: str) -> None:
    with pytest.raises(StoreError, match="DATABASE_URL"):
        parsed(f"postgresql://{hosts}/oncall")


def test_a_host_that_is_away_is_passed_by_for_every_connection_that_we_make(
    refusing: tuple[str, int], postgres_url: str
) -> None:
    url = behind([refusing], postgres_url)
    upgrade(url)
    assert schema_is_current(url)
    database = open_store(url)
    wake = database.wake()
    assert wake.wait(0)
    with database.begin() as work:
        work.wake_engine()
    assert wake.wait(5)
    with database.look() as work:
        assert work.standings.of("nothing") == []
    database.ping()
    wake.close()
    database.close()


def test_a_host_that_hangs_is_passed_by_before_a_caller_has_waited_for_long(
    hanging: tuple[str, int], postgres_url: str
) -> None:
    database = open_store(behind([hanging], postgres_url))
    began = time.monotonic()
    database.ping()
    assert time.monotonic() - began < 5
    database.close()


def test_a_server_that_cannot_be_written_to_is_away_and_serves_again_once_it_can(postgres_url: str) -> None:
    database = open_store(postgres_url)
    with refusing_to_write(postgres_url):
        with pytest.raises(StoreUnavailableError, match="read-only"):
            database.ping()
        with pytest.raises(StoreUnavailableError, match="read-only"), database.begin() as work:
            work.incidents.open(an_incident())
        with pytest.raises(StoreUnavailableError, match="read-only"):
            upgrade(postgres_url)
    database.ping()
    assert opened(database).number == 1001
    database.close()


def test_whoever_asks_for_any_server_is_told_that_this_one_cannot_be_written_to(postgres_url: str) -> None:
    """A pooler may hand out a standby without a word."""
    known = open_store(postgres_url)
    known.ping()
    known.close()
    url = make_url(postgres_url).update_query_dict({"target_session_attrs": "any"})
    database = open_store(url.render_as_string(hide_password=False))
    with refusing_to_write(postgres_url):
        with database.read() as work:
            assert work.incidents.listing(include_resolved=True) == []
        with pytest.raises(StoreUnavailableError, match="cannot be written"):
            database.ping()
    database.ping()
    database.close()


def test_a_connection_that_was_left_on_a_demoted_server_is_thrown_away_with_all_others(postgres_url: str) -> None:
    database = open_store(postgres_url)
    with database._engine.connect() as one, database._engine.connect() as other:
        left = {int(each.execute(text("SELECT pg_backend_pid()")).scalar_one()) for each in (one, other)}
        # The last that is given back is the next that is taken.
        one.execute(text("SET default_transaction_read_only = on"))
        one.commit()
    assert written_by(database) not in left
    assert opened(database).number == 1001
    database.close()


@pytest.mark.parametrize("by_driver", [True, False])
def test_a_write_that_a_server_refuses_because_it_is_a_standby_is_away_and_its_connection_is_thrown_away(
    postgres_url: str, by_driver: bool
) -> None:
    """Where nothing was said of it before, as by a pooler that changes servers under a connection."""
    database = open_store(postgres_url)
    left = written_by(database)
    with pytest.raises(StoreUnavailableError, match="read-only"), database.begin() as work:
        connection = work._connection  # type: ignore[attr-defined]
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        if by_driver:
            work.incidents.open(an_incident())
        else:
            connection.exec_driver_sql("DELETE FROM alarms")
    assert written_by(database) != left
    assert opened(database).number == 1001
    database.close()


def test_whoever_goes_on_within_a_transaction_whose_server_was_left_is_told_that_it_is_away(postgres_url: str) -> None:
    database = open_store(postgres_url)
    with pytest.raises(StoreUnavailableError, match="went away"), database.begin() as work:
        work._connection.exec_driver_sql("SET TRANSACTION READ ONLY")  # type: ignore[attr-defined]
        with pytest.raises(Exception, match="read-only"):
            work.incidents.open(an_incident())
        work.incidents.open(an_incident())
    assert opened(database).number == 1001
    database.close()


def test_an_engine_that_listens_at_a_demoted_server_looks_and_listens_elsewhere(postgres_url: str) -> None:
    database = open_store(postgres_url)
    wake = database.wake()
    assert wake.wait(0)
    driver = wake._connection.connection.driver_connection  # type: ignore[attr-defined]
    driver.execute("SET default_transaction_read_only = on")
    assert wake.wait(0) is True
    assert driver.closed
    assert wake.wait(0) is True  # connected again
    with database.begin() as work:
        work.wake_engine()
    assert wake.wait(5) is True
    wake.close()
    database.close()


def test_an_engine_that_asks_for_any_server_sleeps_at_one_that_cannot_be_written_to(postgres_url: str) -> None:
    """Connecting anew without end would lead it to the same one."""
    url = make_url(postgres_url).update_query_dict({"target_session_attrs": "any"})
    database = open_store(url.render_as_string(hide_password=False))
    with refusing_to_write(postgres_url):
        wake = database.wake()
        assert wake.wait(0)
        assert not any(wake.wait(0.01) for _ in range(4))
        wake.close()
    database.close()
