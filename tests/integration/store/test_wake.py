"""The engine is woken at once by whoever stores work, from any process."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oncall.errors import StoreError
from oncall.ports import Wake
from oncall.store import SqlDatabase, open_store, upgrade

CALLS = """
import sys
from oncall.store import open_store
database = open_store(sys.argv[1])
with database.begin() as work:
    work.wake_engine()
"""


@pytest.fixture
def wake(database: SqlDatabase) -> Iterator[Wake]:
    """Listens already: the first wait of a new connection says "look now"."""
    listening = database.wake()
    listening.wait(0)
    yield listening
    listening.close()


def call(database: SqlDatabase) -> None:
    with database.begin() as work:
        work.wake_engine()


def test_nobody_calls_and_the_engine_sleeps_as_long_as_it_wanted(wake: Wake) -> None:
    assert wake.wait(0.01) is False


def test_an_engine_wakes_when_work_commits_and_many_calls_are_one(database: SqlDatabase, wake: Wake) -> None:
    for _ in range(50):
        call(database)
    assert wake.wait(5) is True
    wakes = 1
    while wake.wait(0.2):  # a busy machine may hand the notifications over in a few bundles
        wakes += 1
    assert wakes < 50


def test_nobody_is_woken_before_the_commit_or_without_being_asked(database: SqlDatabase, wake: Wake) -> None:
    with database.begin() as work:
        work.wake_engine()
        assert wake.wait(0.05) is False
    assert wake.wait(5) is True
    with database.begin():
        pass
    assert wake.wait(0.05) is False


def test_what_was_rolled_back_wakes_nobody(database: SqlDatabase, wake: Wake) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as work:
        work.wake_engine()
        raise ZeroDivisionError
    assert wake.wait(0.05) is False


def test_every_engine_is_woken(database: SqlDatabase, wake: Wake) -> None:
    another = database.wake()
    another.wait(0)
    call(database)
    assert (wake.wait(5), another.wait(5)) == (True, True)
    another.close()


def test_another_process_wakes_the_engine(database_url: str, wake: Wake) -> None:
    subprocess.run([sys.executable, "-c", CALLS, database_url], check=True, timeout=60)
    assert wake.wait(5) is True


def test_the_socket_of_a_dead_engine_is_removed(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path}/oncall.db")
    database = open_store(f"sqlite:///{tmp_path}/oncall.db")
    dead = database.wake()
    dead._socket.close()  # type: ignore[attr-defined]  # as a SIGKILL does: the file stays
    assert len(list((tmp_path / "oncall.db.wake").iterdir())) == 1
    call(database)
    assert list((tmp_path / "oncall.db.wake").iterdir()) == []
    database.close()


def test_a_database_too_deep_for_a_socket_beside_it_is_woken_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    upgrade(f"sqlite:///{deep}/oncall.db")
    database = open_store(f"sqlite:///{deep}/oncall.db")
    listening = database.wake()
    call(database)
    assert listening.wait(5) is True
    listening.close()
    listening._path.parent.rmdir()  # type: ignore[attr-defined]
    database.close()


@pytest.mark.postgres
def test_a_broken_listening_connection_is_opened_again_and_says_look_now(postgres_url: str) -> None:
    database = open_store(postgres_url)
    listening = database.wake()
    assert listening.wait(0) is True
    with database._engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%'"
            " AND datname = current_database()"
        )
    assert listening.wait(0.05) is False
    assert listening.wait(5) is True
    call(database)
    assert listening.wait(5) is True
    listening.close()
    database.close()


def test_a_database_in_memory_has_nobody_to_wake() -> None:
    database = open_store("sqlite://")
    call(database)
    with pytest.raises(StoreError, match="one process"):
        database.wake()
    database.close()
