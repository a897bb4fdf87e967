"""A server that says nothing any more holds nobody up, though nobody has hung up."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import URL, event, make_url

from oncall.errors import StoreUnavailableError
from oncall.store import SqlDatabase, open_store, silent_servers, upgrade
from tests.conftest import cannot_run
from tests.forwarder import Forwarder, running_forwarder
from tests.integration.store.samples import an_incident, opened
from tests.postgres import find_binaries
from tests.process.service import free_port
from tests.replication import running_pair, wait_until

pytestmark = pytest.mark.postgres
SECOND = 1.0


def where(place: URL) -> int | str:
    """Its port, or its socket."""
    if place.host:
        return place.port or 5432
    return f"{place.query['host']}/.s.PGSQL.{place.query.get('port', 5432)}"


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Forwarder]:
    with running_forwarder(where(make_url(postgres_url))) as forwarder:
        yield forwarder


@pytest.fixture
def database(postgres_url: str, proxy: Forwarder, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlDatabase]:
    monkeypatch.setattr(silent_servers, "SILENT_SECONDS", SECOND)
    place = make_url(postgres_url).set(host="127.0.0.1", port=proxy.port, query={"connect_timeout": "2"})
    store = open_store(place.render_as_string(hide_password=False))
    yield store
    store.close()


def test_a_transaction_in_which_the_server_falls_silent_ends_and_the_next_one_is_served(
    database: SqlDatabase, proxy: Forwarder
) -> None:
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError, match="said nothing"), database.begin() as work:
        work.incidents.open(an_incident())
        proxy.open.clear()
        work.incidents.open(an_incident())
    assert time.monotonic() - began < 4 * SECOND
    proxy.open.set()
    assert opened(database).number > 1001


def test_a_commit_that_the_server_never_confirms_ends_too(database: SqlDatabase, proxy: Forwarder) -> None:
    with pytest.raises(StoreUnavailableError, match="said nothing"), database.begin() as work:
        work.incidents.open(an_incident())
        proxy.open.clear()
    proxy.open.set()
    database.ping()


def servers_behind(database: SqlDatabase, connections: int) -> set[int]:
    """The server process behind each of so many connections, all in use at once."""
    with ExitStack() as pooled:
        used = [pooled.enter_context(database._engine.connect()) for _ in range(connections)]
        return {int(one.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()) for one in used}


def test_connections_that_waited_in_the_pool_meanwhile_are_all_given_up_with_the_first(
    database: SqlDatabase, proxy: Forwarder
) -> None:
    before = servers_behind(database, 3)
    proxy.open.clear()
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        database.ping()
    assert time.monotonic() - began < 6 * SECOND
    proxy.open.set()
    assert before & servers_behind(database, 3) == set()


def test_after_a_server_was_left_whoever_asks_again_and_again_connects_once(
    database: SqlDatabase, proxy: Forwarder
) -> None:
    """While a frozen server is asked before its standby, every new connection takes seconds."""
    with database.read(), database.read(), database.read():
        database.ping()
    proxy.open.clear()
    with pytest.raises(StoreUnavailableError):
        database.ping()
    proxy.open.set()
    made: list[object] = []
    event.listen(database._engine, "connect", lambda connection, _record: made.append(connection))
    for _ in range(4):
        database.ping()
    assert len(made) == 1


def test_an_engine_that_listens_is_not_taken_for_one_that_waits_for_an_answer(database: SqlDatabase) -> None:
    wake = database.wake()
    assert wake.wait(0) is True
    assert wake.wait(1.5 * SECOND) is False
    with database.begin() as work:
        work.wake_engine()
    assert wake.wait(5) is True
    wake.close()


def test_a_statement_that_takes_its_time_is_heard_of_before_anybody_gives_up(
    postgres_url: str,
) -> None:
    database = open_store(postgres_url)
    with database._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM pg_sleep(0.3)").scalar_one() == 1
    with pytest.raises(StoreUnavailableError, match="statement timeout"), database.read() as work:
        work._connection.exec_driver_sql("SET LOCAL statement_timeout = 200")  # type: ignore[attr-defined]
        work._connection.exec_driver_sql("SELECT pg_sleep(3)")  # type: ignore[attr-defined]
    database.close()


def test_a_commit_that_waits_for_a_standby_that_is_gone_ends_and_may_be_there_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PostgreSQL itself waits for ever. Whoever tries again must look first, as after every connection that broke."""
    binaries = find_binaries()
    if binaries is None:
        cannot_run("no PostgreSQL that could be killed: run make test, which brings one")
    monkeypatch.setattr(silent_servers, "SILENT_SECONDS", SECOND)
    with running_pair(binaries, (free_port(), free_port())) as pair:
        upgrade(pair.url)
        database = open_store(pair.url)
        opened(database)
        pair.replicate_synchronously()
        pair.standby.kill()
        with pytest.raises(StoreUnavailableError, match="said nothing"):
            opened(database)
        pair.go_on_without_the_standby()
        wait_until(lambda: len(numbers(database)) == 2, 10, "what was committed is gone")
        assert opened(database).number == 1003
        database.close()


def numbers(database: SqlDatabase) -> list[int]:
    with database.read() as work:
        return [incident.number for incident in work.incidents.listing(include_resolved=True)]
