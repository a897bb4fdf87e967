"""One commit for all who queue: SQLite writes one at a time, and every commit waits for the disk.

1. Whoever comes first begins a transaction; it is the group's.
2. What a member fails in is undone alone: each later one writes within a savepoint, and where the first fails,
   nothing else has been written yet.
3. Who leaves while others queue does their work too where they left it in the queue, or hands the transaction on;
   the last one commits it.
4. Nobody returns before the commit of their group, and all of them raise if it fails: nothing is said too early.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from oncall.errors import StoreUnavailableError
from oncall.store import driver

T = TypeVar("T")

# The first of a group waits for its last.
MOST_MEMBERS = 16


class _Group:
    """A transaction and those who share it. ``problem`` is why nothing of it was stored, None while all is well."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.members = 0
        self.waiting: list[_Seat[Any]] = []
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
                    seat.call()


class _Seat(Generic[T]):
    """One writer's place in the queue. Without ``work`` it waits for the turn; with it, for its work to be done too."""

    __slots__ = ("_called", "done_in", "problem", "result", "work")

    def __init__(self, work: Callable[[Connection], T] | None = None) -> None:
        # A lock that is taken, and released to call whoever waits: an Event costs several times as much.
        self._called = threading.Lock()
        self._called.acquire()
        self.work = work
        self.done_in: _Group | None = None
        self.result: T | None = None
        self.problem: BaseException | None = None

    def call(self) -> None:
        """Let the writer go on."""
        self._called.release()

    def wait(self, seconds: float = -1) -> bool:
        """Wait to be called, for ever unless told; False where that took longer."""
        return self._called.acquire(timeout=seconds)

    def do(self, group: _Group) -> None:
        """Do the work as a member of this group."""
        assert self.work is not None
        try:
            with group.member():
                self.result = self.work(group.connection)
        except BaseException as error:  # noqa: BLE001
            # Raised again by the writer whose work it is; whoever does it here has others to look after.
            self.problem = error
        self.done_in = group
        group.waiting.append(self)


class SharedCommits:
    """The write transactions of one process on one SQLite file."""

    def __init__(self, engine: Engine, name: str, wait_seconds: float) -> None:
        self._engine = engine
        self._name = name
        self._wait_seconds = wait_seconds
        self._guard = threading.Lock()
        self._busy = False
        self._queue: deque[_Seat[Any]] = deque()
        self._group: _Group | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, and of which nothing is stored when the block raises.

        Raises StoreUnavailableError where others take too long.
        """
        seat: _Seat[None] = _Seat()
        self._take_place(seat)
        try:
            group = self._group = self._group or self._open()
            with group.member():
                yield group.connection
            group.waiting.append(seat)
        finally:
            self._pass_on()
        seat.wait()
        if group.problem is not None:
            raise group.problem

    def run(self, work: Callable[[Connection], T]) -> T:
        """What this work comes to, once it is committed. Whoever has the turn does it in the place of those who queue,
        which spares two changes of threads each.

        Raises what the work raises, and then nothing of it is stored; StoreUnavailableError where others take too long.
        """
        seat = _Seat(work)
        self._take_place(seat)
        if seat.done_in is None:
            try:
                self._group = self._open()
                seat.do(self._group)
            finally:
                self._pass_on()
            seat.wait()
        if seat.problem is not None:
            raise seat.problem
        if seat.done_in is not None and seat.done_in.problem is not None:
            raise seat.done_in.problem
        return cast(T, seat.result)

    def _open(self) -> _Group:
        connection = self._engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return _Group(connection, self._name)

    def _take_place(self, seat: _Seat[Any]) -> None:
        """Wait until the turn is ours, or our work is done."""
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            self._queue.append(seat)
        if seat.wait(self._wait_seconds):
            return
        with self._guard:
            given_up = seat in self._queue
            if given_up:
                self._queue.remove(seat)
        if given_up:
            raise StoreUnavailableError(
                f"the database {self._name} was busy for {self._wait_seconds:g} s with this process's other"
                " writes: try again"
            )
        seat.wait()

    def _pass_on(self) -> None:
        """Do the work of those who queue, or leave turn and transaction to the first who wants them; finish at the end.

        Whoever comes later cannot take the turn from somebody who has been called.
        """
        group = self._group
        while group is not None and group.open:
            seat = self._next()
            if seat is None:
                break
            if seat.work is None:
                seat.call()
                return
            seat.do(group)
        try:
            self._group = None
            if group is not None:
                group.finish()
        finally:
            with self._guard:
                following = self._queue.popleft() if self._queue else None
                self._busy = following is not None
            if following is not None:
                following.call()

    def _next(self) -> _Seat[Any] | None:
        with self._guard:
            return self._queue.popleft() if self._queue else None
