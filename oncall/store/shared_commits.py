"""One commit for all who queue: SQLite writes one at a time, and every commit waits for the disk.

1. Whoever comes first begins a transaction; it is the group's.
2. Each member writes within a savepoint of its own: what fails is undone alone.
3. Who leaves while others queue hands the transaction on; the last one commits it.
4. Nobody returns before the commit of their group, and all of them raise if it fails: nothing is said too early.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from oncall.errors import StoreUnavailableError

# The first of a group waits for its last.
MOST_MEMBERS = 16


class _Group:
    """A transaction and those who share it. ``problem`` is why nothing of it was stored, None while all is well."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.members = 0
        self.over = threading.Event()
        self.problem: SQLAlchemyError | None = None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What raises inside is undone, and the rest of the group goes on without it."""
        self._say("SAVEPOINT member")
        try:
            yield
        except BaseException:
            self._say("ROLLBACK TO member")
            self._say("RELEASE member")
            raise
        self._say("RELEASE member")

    def _say(self, statement: str) -> None:
        try:
            self.connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            # A full disk, for one, ends the whole transaction, and what others wrote in it is gone.
            self.problem = error
            raise

    def finish(self) -> None:
        """Commit, or undo everything where something is wrong with the transaction itself; tell all members."""
        try:
            if self.problem is None:
                self.connection.commit()
        except SQLAlchemyError as error:
            self.problem = error
        finally:
            try:
                self.connection.close()
            finally:
                self.over.set()


class SharedCommits:
    """The write transactions of one process on one SQLite file."""

    def __init__(self, engine: Engine, name: str, wait_seconds: float) -> None:
        self._engine = engine
        self._name = name
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._busy = False
        self._queueing = 0
        self._group: _Group | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, and of which nothing is stored when the block raises.

        Raises StoreUnavailableError where others take too long.
        """
        self._take_turn()
        try:
            group = self._group = self._group or self._open()
            group.members += 1
            with group.savepoint():
                yield group.connection
        finally:
            self._pass_on()
        group.over.wait()
        if group.problem is not None:
            raise group.problem

    def _open(self) -> _Group:
        connection = self._engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return _Group(connection)

    def _take_turn(self) -> None:
        with self._changed:
            self._queueing += 1
            try:
                if not self._changed.wait_for(lambda: not self._busy, self._wait_seconds):
                    raise StoreUnavailableError(
                        f"the database {self._name} was busy for {self._wait_seconds:g} s with this process's other"
                        " writes: try again"
                    )
                self._busy = True
            finally:
                self._queueing -= 1

    def _pass_on(self) -> None:
        """Leave the turn to the next in the queue, and the transaction with it; finish it where there is none."""
        group = self._group
        with self._changed:
            alone = not self._queueing
            if group is not None and not alone and group.problem is None and group.members < MOST_MEMBERS:
                self._busy = False
                self._changed.notify()
                return
        try:
            self._group = None
            if group is not None:
                group.finish()
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify()
