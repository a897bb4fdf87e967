"""One commit for all who queue: SQLite writes one at a time, and every commit waits for the disk.

1. Whoever comes first begins a transaction; it is the group's.
2. What a member fails in is undone alone: each later one writes within a savepoint, and where the first fails,
   nothing else has been written yet.
3. Who leaves while others queue hands the transaction on; the last one commits it.
4. Nobody returns before the commit of their group, and all of them raise if it fails: nothing is said too early.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from oncall.errors import StoreUnavailableError
from oncall.store import driver

# The first of a group waits for its last.
MOST_MEMBERS = 16


class _Group:
    """A transaction and those who share it. ``problem`` is why nothing of it was stored, None while all is well."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.members = 0
        self.waiting: list[threading.Lock] = []
        self.problem: SQLAlchemyError | StoreUnavailableError | None = None
        self.empty = False
        self._name = name

    @contextmanager
    def member(self) -> Iterator[None]:
        """What raises inside is undone, and the rest of the group goes on without it."""
        self.members += 1
        if self.members > 1:
            with self._savepoint():
                yield
            return
        try:
            yield
        except BaseException:
            self.empty = True
            raise
        self._check()

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self._say("SAVEPOINT member")
        try:
            yield
        except BaseException:
            self._say("ROLLBACK TO member")
            self._say("RELEASE member")
            raise
        self._check()
        self._say("RELEASE member")

    def _check(self) -> None:
        # A full disk, for one, ends the whole transaction; a later savepoint would begin another without a word.
        if not driver.in_transaction(self.connection):
            self.problem = StoreUnavailableError(f"the database {self._name} gave up a transaction: try again")

    def _say(self, statement: str) -> None:
        try:
            driver.say(self.connection, statement)
        except SQLAlchemyError as error:
            # What others wrote in the transaction may be gone with it.
            self.problem = error
            raise

    @property
    def open(self) -> bool:
        """Whether others may write in it."""
        return self.problem is None and not self.empty and self.members < MOST_MEMBERS

    def finish(self) -> None:
        """Commit, or undo everything where something is wrong with the transaction itself; tell all members."""
        try:
            if self.problem is None and not self.empty:
                self.connection.commit()
        except SQLAlchemyError as error:
            self.problem = error
        finally:
            try:
                self.connection.close()
            finally:
                for seat in self.waiting:
                    seat.release()


class SharedCommits:
    """The write transactions of one process on one SQLite file."""

    def __init__(self, engine: Engine, name: str, wait_seconds: float) -> None:
        self._engine = engine
        self._name = name
        self._wait_seconds = wait_seconds
        self._guard = threading.Lock()
        self._busy = False
        self._queue: deque[threading.Lock] = deque()
        self._group: _Group | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, and of which nothing is stored when the block raises.

        Raises StoreUnavailableError where others take too long.
        """
        # A lock that is taken, and released to call whoever waits: an Event costs several times as much.
        seat = threading.Lock()
        seat.acquire()
        self._take_turn(seat)
        try:
            group = self._group = self._group or self._open()
            with group.member():
                yield group.connection
            group.waiting.append(seat)
        finally:
            self._pass_on()
        seat.acquire()
        if group.problem is not None:
            raise group.problem

    def _open(self) -> _Group:
        connection = self._engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return _Group(connection, self._name)

    def _take_turn(self, seat: threading.Lock) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            self._queue.append(seat)
        if seat.acquire(timeout=self._wait_seconds):
            return
        with self._guard:
            if seat.acquire(blocking=False):
                return
            self._queue.remove(seat)
        raise StoreUnavailableError(
            f"the database {self._name} was busy for {self._wait_seconds:g} s with this process's other"
            " writes: try again"
        )

    def _pass_on(self) -> None:
        """Leave the turn to the next in the queue, and the transaction with it; finish it where there is none."""
        group = self._group
        if group is not None and group.open and self._called_next():
            return
        try:
            self._group = None
            if group is not None:
                group.finish()
        finally:
            with self._guard:
                self._busy = bool(self._queue)
                if self._queue:
                    self._queue.popleft().release()

    def _called_next(self) -> bool:
        """Whether somebody queues; the turn is theirs then. Whoever comes later cannot take it from them."""
        with self._guard:
            if not self._queue:
                return False
            self._queue.popleft().release()
            return True
