"""The database as the engine sees it: transactions, and units of work in them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, text

from oncall import ports
from oncall.errors import StoreError, StoreUnavailableError
from oncall.store import driver, histories
from oncall.store.agenda import SqlAgenda
from oncall.store.alarms import SqlAlarms
from oncall.store.calendars import SqlCalendarFeeds, SqlImportedCalendars
from oncall.store.calls import SqlCalls
from oncall.store.connections import connected, parsed, sqlite_path
from oncall.store.deliveries import SqlDeliveries
from oncall.store.drill_turns import SqlDrillTurns
from oncall.store.engines import SqlEngines
from oncall.store.foreign_errors import translated
from oncall.store.github_repositories import SqlGitHubRepositories
from oncall.store.inbound_events import SqlInboundEvents
from oncall.store.inbox import SqlInbox
from oncall.store.incidents import SqlIncidents
from oncall.store.known_shifts import SqlKnownShifts
from oncall.store.links import SqlLinks
from oncall.store.meetings import SqlMailedFiles, SqlMeetings
from oncall.store.overrides import SqlOverrides
from oncall.store.partner_answers import SqlPartnerAnswers
from oncall.store.partner_events import SqlPartnerEvents
from oncall.store.postgres import WAIT_SECONDS, for_looks
from oncall.store.postmortems import SqlPostmortems
from oncall.store.provider_log_marks import SqlLogMarks
from oncall.store.recordings import SqlRecordings
from oncall.store.reporting import SqlReporting
from oncall.store.schedule_versions import SqlScheduleVersions
from oncall.store.server_clock import server_now
from oncall.store.shared_commits import SharedCommits
from oncall.store.standings import SqlStandings
from oncall.store.timeline import SqlTimeline
from oncall.store.upgrade import fresh_image, is_current
from oncall.store.wake import CHANNEL, ListenWake, SocketWake, call_engines, wake_folder
from oncall.store.welcomed import SqlWelcomed

T = TypeVar("T")

_notify = text(f"SELECT pg_notify('{CHANNEL}', '')")
_IS_READ_ONLY = "SHOW transaction_read_only"


_PARTS: Mapping[str, Callable[[Connection], object]] = {
    "agenda": SqlAgenda,
    "incidents": SqlIncidents,
    "timeline": SqlTimeline,
    "deliveries": SqlDeliveries,
    "standings": SqlStandings,
    "calls": SqlCalls,
    "recordings": SqlRecordings,
    "inbox": SqlInbox,
    "schedule_versions": SqlScheduleVersions,
    "overrides": SqlOverrides,
    "alarms": SqlAlarms,
    "known_shifts": SqlKnownShifts,
    "calendar_feeds": SqlCalendarFeeds,
    "imported_calendars": SqlImportedCalendars,
    "log_marks": SqlLogMarks,
    "welcomed": SqlWelcomed,
    "drill_turns": SqlDrillTurns,
    "partner_events": SqlPartnerEvents,
    "partner_answers": SqlPartnerAnswers,
    "engines": SqlEngines,
    "inbound_events": SqlInboundEvents,
    "links": SqlLinks,
    "reporting": SqlReporting,
    "postmortems": SqlPostmortems,
    "meetings": SqlMeetings,
    "mailed_files": SqlMailedFiles,
    "github_repositories": SqlGitHubRepositories,
}


class SqlUnitOfWork:
    """`ports.UnitOfWork`: one transaction. Each of its parts is made when it is first asked for: most never are."""

    agenda: ports.Agenda
    incidents: ports.Incidents
    timeline: ports.Timeline
    deliveries: ports.Deliveries
    standings: ports.Standings
    calls: ports.Calls
    recordings: ports.Recordings
    inbox: ports.Inbox
    schedule_versions: ports.ScheduleVersions
    overrides: ports.Overrides
    alarms: ports.Alarms
    known_shifts: ports.KnownShiftsRows
    calendar_feeds: ports.CalendarFeeds
    imported_calendars: ports.ImportedCalendars
    log_marks: ports.LogMarks
    welcomed: ports.WelcomedRows
    drill_turns: ports.DrillTurns
    partner_events: ports.PartnerEvents
    partner_answers: ports.PartnerAnswers
    engines: ports.Engines
    inbound_events: ports.InboundEvents
    links: ports.Links
    reporting: ports.Reporting
    postmortems: ports.Postmortems
    meetings: ports.Meetings
    mailed_files: ports.MailedFiles
    github_repositories: ports.GitHubRepositories

    __slots__ = (*_PARTS, "_connection", "wake_wanted")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.wake_wanted = False

    def __getattr__(self, name: str) -> object:
        """Only asked for what is not there yet."""
        make = _PARTS.get(name)
        if make is None:
            raise AttributeError(f"a unit of work has no {name}")
        part = make(self._connection)
        setattr(self, name, part)
        return part

    def wake_engine(self) -> None:
        """When this transaction commits, wake the engines."""
        self.wake_wanted = True


class SqlDatabase:
    """`ports.Database`. Threads and greenlets share one; every process opens its own, after forking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._looker = for_looks(engine)
        self._name = engine.url.render_as_string()
        path = sqlite_path(engine.url)
        self._folder: Path | None = wake_folder(path) if path else None
        self._notifies = engine.dialect.name == "postgresql"
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite writes one at a time. Queueing here, in order, beats its polling with growing pauses.
        self._shared = SharedCommits(engine, self._name, WAIT_SECONDS) if path else None
        self._begin = self._shared.begin if self._shared else engine.begin

    @contextmanager
    def begin(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that commits when its block ends, and stores nothing when the block raises."""
        with translated(self._name), self._begin() as connection:
            work = SqlUnitOfWork(connection)
            yield work
            if work.wake_wanted and self._notifies:
                connection.execute(_notify)
        if work.wake_wanted and self._folder is not None:
            call_engines(self._folder)

    def write(self, work: Callable[[ports.UnitOfWork], T]) -> T:
        """What this work comes to, once it is stored. It may be done by another thread that is writing just now."""
        if self._shared is None:
            with self.begin() as unit:
                return work(unit)
        wakes = False

        def within(connection: Connection) -> T:
            nonlocal wakes
            unit = SqlUnitOfWork(connection)
            result = work(unit)
            wakes = unit.wake_wanted
            return result

        with translated(self._name):
            result = self._shared.run(within)
        if wakes and self._folder is not None:
            call_engines(self._folder)
        return result

    @contextmanager
    def read(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that only reads: what is written in it is not stored."""
        with self._reading() as connection:
            yield SqlUnitOfWork(connection)

    @contextmanager
    def look(self) -> Iterator[ports.UnitOfWork]:
        """Only for questions of one statement, each of which may see what was stored since the last.

        Raises StoreUnavailableError once where the server has been away since the last look.
        """
        if self._is_sqlite:
            with self.read() as work:
                yield work
            return
        with translated(self._name), self._looker.connect() as connection:
            yield SqlUnitOfWork(connection)

    def ping(self) -> None:
        """Raises StoreUnavailableError where the database is away, or its server may not be written to."""
        with self._reading() as connection:
            read_only = connection.exec_driver_sql(_IS_READ_ONLY if self._notifies else "SELECT 'off'").scalar_one()
            if read_only == "on":
                connection.invalidate()
                self._engine.dispose()
                raise StoreUnavailableError(
                    f"the database {self._name} cannot be written: its server is a standby, or fenced off; if that"
                    " lasts, promote it, or let DATABASE_URL lead to the primary"
                )

    def schema_is_current(self) -> bool:
        """Whether `upgrade` would change nothing. Raises StoreUnavailableError where the database is away."""
        with self._reading() as connection:
            return is_current(connection)

    def server_now(self) -> datetime | None:
        """The database server's time, for comparing clocks only; None where it runs on this machine's (SQLite)."""
        with self._reading() as connection:
            return server_now(connection)

    def wake(self) -> ports.Wake:
        """The listening side of an engine process; close it at the end."""
        if self._notifies:
            return ListenWake(self._engine)
        if self._folder is None:
            raise StoreError("a database in memory has one process only, so nobody else can wake its engine")
        return SocketWake(self._folder)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()
        self._looker.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self._name), self._engine.connect() as connection:
            if self._is_sqlite:
                # Nobody waits for whoever only reads.
                driver.say(connection, "BEGIN")
            yield connection


class MemoryDatabase(SqlDatabase):
    """SQLite in memory, migrated, for one thread and on one connection: a read inside a transaction is part of it.

    To SQLAlchemy it is in one transaction all its life, which spares what it does around each; SQLite is told of every
    one.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._current: ports.UnitOfWork | None = None
        self._connection = engine.connect()
        self._connection.connection.driver_connection.deserialize(fresh_image())  # type: ignore[union-attr]
        self._connection.begin()
        driver.say(self._connection, "ROLLBACK")

    @contextmanager
    def begin(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that commits when its block ends, and stores nothing when the block raises."""
        with translated(self._name), self._within("BEGIN IMMEDIATE", "COMMIT") as work:
            yield work

    @contextmanager
    def read(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that only reads, or the one that is going on."""
        if self._current is not None:
            yield self._current
            return
        with translated(self._name), self._within("BEGIN", "ROLLBACK") as work:
            yield work

    def close(self) -> None:
        """Let go of the connection, and of the rows with it."""
        self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self.read():
            yield self._connection

    @contextmanager
    def _within(self, begins: str, ends: str) -> Iterator[SqlUnitOfWork]:
        driver.say(self._connection, begins)
        work = SqlUnitOfWork(self._connection)
        self._current = work
        try:
            yield work
            driver.say(self._connection, ends)
        finally:
            self._current = None
            if driver.in_transaction(self._connection):
                driver.say(self._connection, "ROLLBACK")


@cache
def _memory(url: URL) -> Engine:
    """One for all databases in memory, so that a statement that one of them has run is ready for the next."""
    return connected(url)


def _whenever() -> datetime:
    return datetime(9000, 1, 1, tzinfo=UTC)


def open_store(url: str, *, durable: bool = True, now: Callable[[], datetime] = _whenever) -> SqlDatabase:
    """The database behind this URL, which `upgrade` has prepared; ``sqlite://`` is in memory and prepares itself.

    ``durable`` False is for throw-away worlds: a power cut may spoil the file. ``now`` is asked what is due where a
    standby has taken over (`histories`); without it, all that waits is.
    """
    place = parsed(url)
    if place.get_backend_name() == "sqlite" and sqlite_path(place) is None:
        return MemoryDatabase(_memory(place))
    engine = connected(place, durable=durable)
    if engine.dialect.name == "postgresql":
        histories.watch(engine, now)
    return SqlDatabase(engine)
