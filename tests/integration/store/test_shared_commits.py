"""Writers who queue on SQLite share one commit; none of them is told that it is stored before it is."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from oncall.errors import StoreUnavailableError
from oncall.ports import Alarm, UnitOfWork
from oncall.store import SqlDatabase, open_store
from oncall.store.shared_commits import SharedCommits

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Writers:
    """Threads that write one alarm each, the first of which stays inside until the others queue behind it.

    ``leaves_work`` says who leaves its work to whoever writes just then, and who waits for the turn to do it.
    """

    database: SqlDatabase
    leaves_work: Callable[[str], bool]
    stored: list[str] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)

    def write(self, names: list[str], inside: Callable[[str], None] = lambda _name: None) -> None:
        """Write these together; ``inside`` is called in each one's transaction."""
        first_is_in, go_on = threading.Event(), threading.Event()

        def work(uow: UnitOfWork, name: str) -> str:
            uow.alarms.put(Alarm(name, NOW, "x"))
            first_is_in.set()
            assert go_on.wait(10)
            inside(name)
            return name

        def one(name: str) -> None:
            try:
                if self.leaves_work(name):
                    assert self.database.write(lambda uow: work(uow, name)) == name
                else:
                    with self.database.begin() as uow:
                        work(uow, name)
            except (StoreUnavailableError, ZeroDivisionError) as error:
                self.failed[name] = error
            else:
                self.stored.append(name)

        threads = [threading.Thread(target=one, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        assert first_is_in.wait(10)
        until_queued = threading.Event()
        until_queued.wait(0.3)
        go_on.set()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive(), "a writer was left waiting for ever"

    def kept(self, names: list[str]) -> list[str]:
        """Those of these that another connection finds."""
        with self.database.read() as uow:
            return [name for name in names if uow.alarms.get(name) is not None]


@pytest.fixture(params=["turns", "work", "both"])
def writers(sqlite_url: str, request: pytest.FixtureRequest) -> Writers:
    ways: dict[str, Callable[[str], bool]] = {
        "turns": lambda _name: False,
        "work": lambda _name: True,
        "both": lambda name: name[-1] in "02468r",
    }
    return Writers(open_store(sqlite_url), ways[request.param])


def shared(writers: Writers) -> SharedCommits:
    found = writers.database._shared
    assert found is not None
    return found


def commits(sqlite_url: str, of: Callable[[], None]) -> int:
    """How often the file changed meanwhile, as another connection sees it."""
    watching = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    seen = {watching.execute("PRAGMA data_version").fetchone()[0]}
    over = threading.Event()

    def watch() -> None:
        of()
        over.set()

    thread = threading.Thread(target=watch)
    thread.start()
    while not over.wait(0.0005):
        seen.add(watching.execute("PRAGMA data_version").fetchone()[0])
    seen.add(watching.execute("PRAGMA data_version").fetchone()[0])
    thread.join()
    watching.close()
    return len(seen) - 1


def test_writers_who_queue_share_one_commit(sqlite_url: str, writers: Writers) -> None:
    names = [f"a{serial}" for serial in range(8)]
    assert commits(sqlite_url, lambda: writers.write(names)) == 1
    assert sorted(writers.stored) == writers.kept(names) == names


def test_more_than_one_commit_can_hold_are_stored_all_the_same(writers: Writers) -> None:
    names = [f"a{serial:02}" for serial in range(40)]
    writers.write(names)
    assert sorted(writers.stored) == writers.kept(names) == names


def test_what_fails_is_undone_alone(writers: Writers) -> None:
    names = [f"a{serial}" for serial in range(6)]

    def inside(name: str) -> None:
        if name in ("a2", "a4"):
            raise ZeroDivisionError

    writers.write(names, inside)
    assert sorted(writers.failed) == ["a2", "a4"]
    assert sorted(writers.stored) == writers.kept(names) == ["a0", "a1", "a3", "a5"]


def test_where_the_transaction_itself_is_lost_nobody_is_told_that_it_is_stored(writers: Writers) -> None:
    """As a full disk does: SQLite ends the whole transaction in the middle of one member's writing."""
    names = [f"a{serial}" for serial in range(6)]

    def inside(name: str) -> None:
        if name == "a3":
            group = shared(writers)._group
            assert group is not None
            group.connection.connection.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]

    writers.write(names, inside)
    assert "a3" in writers.failed
    assert sorted(writers.stored) == writers.kept(names)
    writers.write(["later"])
    assert writers.kept(["later"]) == ["later"]


def test_where_the_first_fails_alone_nothing_of_it_is_stored_and_the_next_begins_anew(writers: Writers) -> None:
    with pytest.raises(ZeroDivisionError), writers.database.begin() as uow:
        uow.alarms.put(Alarm("first", NOW, "x"))
        raise ZeroDivisionError
    writers.write(["next"])
    assert writers.stored == writers.kept(["first", "next"]) == ["next"]


def test_a_transaction_that_the_database_gave_up_without_a_word_is_not_taken_for_stored(writers: Writers) -> None:
    with pytest.raises(StoreUnavailableError, match="gave up"), writers.database.begin() as uow:
        uow.alarms.put(Alarm("first", NOW, "x"))
        group = shared(writers)._group
        assert group is not None
        group.connection.connection.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]
    assert writers.kept(["first"]) == []


def test_writers_are_served_in_the_order_in_which_they_came(writers: Writers) -> None:
    order: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def one(name: str) -> None:
        def work(uow: UnitOfWork) -> None:
            uow.alarms.put(Alarm(name, NOW, "x"))
            order.append(name)
            inside.set()
            assert go_on.wait(10)

        if writers.leaves_work(name):
            writers.database.write(work)
        else:
            with writers.database.begin() as uow:
                work(uow)

    names = [f"a{serial:02}" for serial in range(20)]
    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    queue = shared(writers)._queue
    for place, thread in enumerate(threads):
        thread.start()
        assert inside.wait(10)
        until = threading.Event()
        while len(queue) < place:
            until.wait(0.001)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert order == writers.kept(names) == names


def test_work_that_was_left_to_others_and_nobody_did_in_time_is_given_up_and_not_done_later(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncall.store.database.WAIT_SECONDS", 0.05)
    database = open_store(sqlite_url)
    with ThreadPoolExecutor(1) as other, database.begin() as uow:
        uow.alarms.put(Alarm("slow", NOW, "x"))
        late = other.submit(database.write, lambda unit: unit.alarms.put(Alarm("late", NOW, "x")))
        assert isinstance(late.exception(10), StoreUnavailableError)
    with database.read() as uow:
        assert uow.alarms.get("slow") is not None
        assert uow.alarms.get("late") is None
    database.close()


def test_what_could_be_undone_is_kept_in_memory_and_not_written_to_a_file(sqlite_url: str) -> None:
    database = open_store(sqlite_url)
    with database._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA temp_store").scalar() == 2
    database.close()


def test_a_file_that_another_process_writes_to_for_too_long_fails_every_writer(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncall.store.database.WAIT_SECONDS", 0.2)
    monkeypatch.setattr("oncall.store.connections.WAIT_SECONDS", 0.2)
    database = open_store(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError), database.begin():
        pytest.fail("nobody may write now")
    other.execute("ROLLBACK")
    other.close()
    with database.begin() as uow:
        uow.alarms.put(Alarm("after", NOW, "x"))
    database.close()
