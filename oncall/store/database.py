"""The database as the engine sees it: transactions, and units of work in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, text

from oncall import ports
from oncall.errors import StoreError
from oncall.store.alarms import SqlAlarms
from oncall.store.calendars import SqlCalendarFeeds, SqlImportedCalendars
from oncall.store.calls import SqlCalls
from oncall.store.connections import WAIT_SECONDS, connected, parsed, sqlite_path
from oncall.store.deliveries import SqlDeliveries
from oncall.store.drill_turns import SqlDrillTurns
from oncall.store.engines import SqlEngines
from oncall.store.foreign_errors import translated
from oncall.store.inbound_events import SqlInboundEvents
from oncall.store.inbox import SqlInbox
from oncall.store.incidents import SqlIncidents
from oncall.store.known_shifts import SqlKnownShifts
from oncall.store.links import SqlLinks
from oncall.store.meetings import SqlMailedFiles, SqlMeetings
from oncall.store.overrides import SqlOverrides
from oncall.store.partner_answers import SqlPartnerAnswers
from oncall.store.partner_events import SqlPartnerEvents
from oncall.store.postmortems import SqlPostmortems
from oncall.store.provider_log_marks import SqlLogMarks
from oncall.store.recordings import SqlRecordings
from oncall.store.reporting import SqlReporting
from oncall.store.schedule_versions import SqlScheduleVersions
from oncall.store.server_clock import server_now
from oncall.store.shared_commits import SharedCommits
from oncall.store.timeline import SqlTimeline
from oncall.store.upgrade import fresh_image, is_current
from oncall.store.wake import CHANNEL, ListenWake, SocketWake, call_engines, wake_folder
from oncall.store.welcomed import SqlWelcomed

T = TypeVar("T")

_notify = text(f"SELECT pg_notify('{CHANNEL}', '')")


class SqlUnitOfWork:
    """`ports.UnitOfWork`: one transaction."""

    __slots__ = (
        "alarms",
        "calendar_feeds",
        "calls",
        "deliveries",
        "drill_turns",
        "engines",
        "imported_calendars",
        "inbound_events",
        "inbox",
        "incidents",
        "known_shifts",
        "links",
        "log_marks",
        "mailed_files",
        "meetings",
        "overrides",
        "partner_answers",
        "partner_events",
        "postmortems",
        "recordings",
        "reporting",
        "schedule_versions",
        "timeline",
        "wake_wanted",
        "welcomed",
    )

    def __init__(self, connection: Connection) -> None:
        self.incidents: ports.Incidents = SqlIncidents(connection)
        self.timeline: ports.Timeline = SqlTimeline(connection)
        self.deliveries: ports.Deliveries = SqlDeliveries(connection)
        self.calls: ports.Calls = SqlCalls(connection)
        self.recordings: ports.Recordings = SqlRecordings(connection)
        self.inbox: ports.Inbox = SqlInbox(connection)
        self.schedule_versions: ports.ScheduleVersions = SqlScheduleVersions(connection)
        self.overrides: ports.Overrides = SqlOverrides(connection)
        self.alarms: ports.Alarms = SqlAlarms(connection)
        self.known_shifts: ports.KnownShiftsRows = SqlKnownShifts(connection)
        self.calendar_feeds: ports.CalendarFeeds = SqlCalendarFeeds(connection)
        self.imported_calendars: ports.ImportedCalendars = SqlImportedCalendars(connection)
        self.log_marks: ports.LogMarks = SqlLogMarks(connection)
        self.welcomed: ports.WelcomedRows = SqlWelcomed(connection)
        self.drill_turns: ports.DrillTurns = SqlDrillTurns(connection)
        self.partner_events: ports.PartnerEvents = SqlPartnerEvents(connection)
        self.partner_answers: ports.PartnerAnswers = SqlPartnerAnswers(connection)
        self.engines: ports.Engines = SqlEngines(connection)
        self.inbound_events: ports.InboundEvents = SqlInboundEvents(connection)
        self.links: ports.Links = SqlLinks(connection)
        self.reporting: ports.Reporting = SqlReporting(connection)
        self.postmortems: ports.Postmortems = SqlPostmortems(connection)
        self.meetings: ports.Meetings = SqlMeetings(connection)
        self.mailed_files: ports.MailedFiles = SqlMailedFiles(connection)
        self.wake_wanted = False

    def wake_engine(self) -> None:
        """When this transaction commits, wake the engines."""
        self.wake_wanted = True


class SqlDatabase:
    """`ports.Database`. Threads and greenlets share one; every process opens its own, after forking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(read_only=True)
        self._name = engine.url.render_as_string()
        path = sqlite_path(engine.url)
        self._folder: Path | None = wake_folder(path) if path else None
        self._notifies = engine.dialect.name == "postgresql"
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
        with translated(self._name), self._reader.connect() as connection:
            yield SqlUnitOfWork(connection)

    def ping(self) -> None:
        """Raises StoreUnavailableError where the database is away."""
        with translated(self._name), self._reader.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def schema_is_current(self) -> bool:
        """Whether `upgrade` would change nothing. Raises StoreUnavailableError where the database is away."""
        with translated(self._name), self._reader.connect() as connection:
            return is_current(connection)

    def server_now(self) -> datetime | None:
        """The database server's time, for comparing clocks only; None where it runs on this machine's (SQLite)."""
        with translated(self._name), self._reader.connect() as connection:
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


class MemoryDatabase(SqlDatabase):
    """SQLite in memory, migrated, for one thread: with one connection, a read inside a transaction is part of it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._current: ports.UnitOfWork | None = None
        connection = engine.raw_connection()
        connection.driver_connection.deserialize(fresh_image())  # type: ignore[union-attr]
        connection.close()

    @contextmanager
    def begin(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that commits when its block ends, and stores nothing when the block raises."""
        with super().begin() as work:
            self._current = work
            try:
                yield work
            finally:
                self._current = None

    @contextmanager
    def read(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that only reads, or the one that is going on."""
        if self._current is not None:
            yield self._current
            return
        with super().read() as work:
            self._current = work
            try:
                yield work
            finally:
                self._current = None


def open_store(url: str, *, durable: bool = True) -> SqlDatabase:
    """The database behind this URL, which `upgrade` has prepared; ``sqlite://`` is in memory and prepares itself.

    ``durable`` False is for throw-away worlds: a power cut may spoil the file.
    """
    place = parsed(url)
    engine = connected(place, durable=durable)
    if engine.dialect.name == "sqlite" and sqlite_path(place) is None:
        return MemoryDatabase(engine)
    return SqlDatabase(engine)
