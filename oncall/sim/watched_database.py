"""The rows of a simulated world: in memory, watched at every commit, sometimes away, and a place to die at.

Every process of the world has a view of its own on the same rows, so that a crash takes one process and not the rows.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from sqlalchemy import Connection

from oncall import ports
from oncall.core.call import Call
from oncall.core.carrier_pace import UNPACED, Paces
from oncall.core.delivery import Delivery
from oncall.core.incident import Incident, TimelineEntry
from oncall.errors import StoreUnavailableError
from oncall.store import SqlDatabase, open_store
from oncall.store.calls import SqlCalls
from oncall.store.database import SqlUnitOfWork
from oncall.store.deliveries import SqlDeliveries
from oncall.store.incidents import SqlIncidents
from oncall.store.timeline import SqlTimeline

T = TypeVar("T")


class CrashError(BaseException):
    """The process is dead. Nothing that handles errors may handle this."""


@dataclass(slots=True)
class Commit:
    """What one transaction stored, in order."""

    incidents: list[Incident] = field(default_factory=list)
    added: list[Delivery] = field(default_factory=list)
    saved: list[Delivery] = field(default_factory=list)
    claimed: list[Delivery] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    timeline: list[tuple[int, TimelineEntry]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing that is watched was stored."""
        return not (self.incidents or self.added or self.saved or self.claimed or self.calls or self.timeline)


class _Incidents(SqlIncidents):
    __slots__ = ("_commit",)

    def __init__(self, connection: Connection, commit: Commit) -> None:
        super().__init__(connection)
        self._commit = commit

    def open(self, incident: Incident) -> Incident:
        stored = super().open(incident)
        self._commit.incidents.append(stored)
        return stored

    def save(self, incident: Incident) -> Incident:
        stored = super().save(incident)
        self._commit.incidents.append(stored)
        return stored

    def save_many(self, changed: Sequence[tuple[Incident, Incident]]) -> list[Incident]:
        stored = super().save_many(changed)
        self._commit.incidents += stored
        return stored


class _Deliveries(SqlDeliveries):
    __slots__ = ("_commit",)

    def __init__(self, connection: Connection, commit: Commit) -> None:
        super().__init__(connection)
        self._commit = commit

    def add(self, added: Sequence[Delivery]) -> None:
        super().add(added)
        self._commit.added += added

    def save(self, delivery: Delivery) -> None:
        super().save(delivery)
        self._commit.saved.append(delivery)

    def save_many(self, changed: Sequence[tuple[Delivery, Delivery]]) -> None:
        super().save_many(changed)
        self._commit.saved += [after for _, after in changed]

    def claim_due(
        self, now: datetime, *, worker: str, lease_until: datetime, limit: int, paces: Paces = UNPACED
    ) -> list[Delivery]:
        claimed = super().claim_due(now, worker=worker, lease_until=lease_until, limit=limit, paces=paces)
        self._commit.claimed += claimed
        return claimed


class _Calls(SqlCalls):
    __slots__ = ("_commit",)

    def __init__(self, connection: Connection, commit: Commit) -> None:
        super().__init__(connection)
        self._commit = commit

    def add(self, call: Call) -> bool:
        added = super().add(call)
        if added:
            self._commit.calls.append(call)
        return added


class _Timeline(SqlTimeline):
    __slots__ = ("_commit",)

    def __init__(self, connection: Connection, commit: Commit) -> None:
        super().__init__(connection)
        self._commit = commit

    def add_many(self, entries: Sequence[tuple[int, TimelineEntry]]) -> None:
        super().add_many(entries)
        self._commit.timeline += entries


def fresh_rows() -> SqlDatabase:
    """Migrated, empty tables in memory."""
    return open_store("sqlite://")


@dataclass(frozen=True, slots=True)
class Watch:
    """What the world puts around every transaction.

    ``away`` says whether the database is away now. ``dies_before`` and ``dies_after`` are asked at every commit.
    ``committed`` hears of every commit, and whether the engines are to be woken.
    """

    away: Callable[[], bool]
    dies_before: Callable[[Commit], bool]
    dies_after: Callable[[Commit], bool]
    committed: Callable[[Commit, bool], None]


class WatchedDatabase(SqlDatabase):
    """One process's view on the rows."""

    def __init__(self, rows: SqlDatabase, watch: Watch) -> None:
        self._rows = rows
        self._watch = watch

    @contextmanager
    def begin(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that commits when its block ends; the process may die before or after that."""
        self._check()
        commit = Commit()
        with self._rows.begin() as work:
            watched = cast(SqlUnitOfWork, work)
            connection = watched._connection
            watched.incidents = _Incidents(connection, commit)
            watched.deliveries = _Deliveries(connection, commit)
            watched.calls = _Calls(connection, commit)
            watched.timeline = _Timeline(connection, commit)
            yield work
            if not commit.empty and self._watch.dies_before(commit):
                raise CrashError
        self._watch.committed(commit, watched.wake_wanted)
        if not commit.empty and self._watch.dies_after(commit):
            raise CrashError

    def write(self, work: Callable[[ports.UnitOfWork], T]) -> T:
        """What this work comes to, once it is stored; the process may die before or after that."""
        with self.begin() as unit:
            return work(unit)

    @contextmanager
    def read(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that only reads, or the one that is going on."""
        self._check()
        with self._rows.read() as work:
            yield work

    @contextmanager
    def look(self) -> Iterator[ports.UnitOfWork]:
        """The same as `read`: there is nothing to save."""
        with self.read() as work:
            yield work

    def ping(self) -> None:
        """Raises StoreUnavailableError while the database is away."""
        self._check()
        self._rows.ping()

    def schema_is_current(self) -> bool:
        """Whether `upgrade` would change nothing. Raises StoreUnavailableError while the database is away."""
        self._check()
        return self._rows.schema_is_current()

    def close(self) -> None:
        """The rows stay."""

    def _check(self) -> None:
        if self._watch.away():
            raise StoreUnavailableError("the simulated database is away: try again")
