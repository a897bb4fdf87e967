"""The rows as a whole: transactions, and the configuration that is read from them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from oncall.core.configuration import Configuration
from oncall.ports.agenda import Agenda
from oncall.ports.engines import Engines
from oncall.ports.github import GitHubRepositories
from oncall.ports.inbound import InboundEvents, Links
from oncall.ports.incidents import (
    Calls,
    Deliveries,
    DrillTurns,
    Incidents,
    Recordings,
    Standings,
    Timeline,
)
from oncall.ports.meetings import MailedFiles, Meetings
from oncall.ports.messages import Alarms, Inbox
from oncall.ports.partners import PartnerAnswers, PartnerEvents
from oncall.ports.postmortems import Postmortems
from oncall.ports.provider_log import LogMarks
from oncall.ports.reporting import Reporting
from oncall.ports.schedules import CalendarFeeds, ImportedCalendars, KnownShiftsRows, Overrides, ScheduleVersions
from oncall.ports.welcomed import WelcomedRows

T = TypeVar("T")


class UnitOfWork(Protocol):
    """One transaction: everything in it is stored together, or nothing is."""

    incidents: Incidents
    timeline: Timeline
    deliveries: Deliveries
    standings: Standings
    calls: Calls
    recordings: Recordings
    inbox: Inbox
    schedule_versions: ScheduleVersions
    overrides: Overrides
    alarms: Alarms
    known_shifts: KnownShiftsRows
    calendar_feeds: CalendarFeeds
    imported_calendars: ImportedCalendars
    log_marks: LogMarks
    welcomed: WelcomedRows
    drill_turns: DrillTurns
    partner_events: PartnerEvents
    partner_answers: PartnerAnswers
    engines: Engines
    agenda: Agenda
    inbound_events: InboundEvents
    links: Links
    reporting: Reporting
    github_repositories: GitHubRepositories
    postmortems: Postmortems
    meetings: Meetings
    mailed_files: MailedFiles

    def wake_engine(self) -> None:
        """When this transaction commits, wake the engines."""
        ...


class Database(Protocol):
    """The rows. Raises StoreUnavailableError from either while it is away."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that commits when its block ends, and stores nothing when the block raises."""
        ...

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """What this work comes to, once it is stored; nothing of it is stored where it raises.

        Cheaper than `begin` where many write at once: whoever is writing just now may do the work of those who wait,
        in a thread of theirs. So it touches nothing but its unit of work and what it was given.
        """
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that only reads."""
        ...

    def ping(self) -> None:
        """Raises StoreUnavailableError where the database is away, or cannot be written."""
        ...

    def look(self) -> AbstractContextManager[UnitOfWork]:
        """Only for questions of one statement, each of which may see what was stored since the last: cheaper than
        `read`. Raises StoreUnavailableError once where the database has been away since the last look."""
        ...


class ConfigurationSource(Protocol):
    """The published configuration."""

    def current(self) -> Configuration:
        """The version in force. Raises ConfigurationError where nothing has been published."""
        ...

    def refresh(self) -> None:
        """Look for a newer version, at most once a second; for the edges: a request, an engine's turn."""
        ...

    def look_again(self) -> None:
        """Look now: this process has just changed what is in force. Not within a transaction."""
        ...

    def published(self) -> Configuration:
        """What the schedules folder says, without what was entered beside it. Raises as `current`."""
        ...

    def problem(self) -> str:
        """Why the newest version is not the one that serves; "" where it is."""
        ...

    def version(self) -> int:
        """The number of the version that `current` last answered from; 0 before the first."""
        ...

    def is_up_to_date(self, uow: UnitOfWork) -> bool:
        """Whether this transaction sees nothing that is not in what `current` answers."""
        ...

    def changed_at(self) -> datetime | None:
        """When what `current` answers last became another; None before the first was published."""
        ...
