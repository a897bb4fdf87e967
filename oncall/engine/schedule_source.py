"""The published configuration, read again when a newer version is in force."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.engine.calendar_texts import CalendarsInForce
from oncall.errors import ConfigurationError
from oncall.ports import Clock, Database, ScheduleVersion, UnitOfWork

ZERO = timedelta(0)
LOOK_AGAIN_AFTER = timedelta(seconds=1)


class PublishedConfiguration:
    """`ports.ConfigurationSource` over the database; it asks for the newest version at most once a second.

    ``load`` turns file texts into a configuration. While a newer version cannot be read, the last good one keeps
    serving.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        load: Callable[[Mapping[str, str]], Configuration],
        log: Callable[..., None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._load = load
        self._log = log
        self._version = 0
        self._seen_version = 0
        self._published: tuple[ScheduleVersion, Configuration] | None = None
        self._calendars = CalendarsInForce(log)
        self._changed_at: datetime | None = None
        self._current: Configuration | None = None
        self._looked_at: datetime | None = None
        self._problem = ""
        self._reading = threading.Lock()

    def current(self) -> Configuration:
        """The version in force when `refresh` last looked. Raises ConfigurationError where nothing has been
        published."""
        if self._current is None:
            self.refresh()
        if self._current is None:
            raise ConfigurationError(self._problem or "No schedule has been published: run `oncall schedule publish`.")
        return self._current

    def refresh(self) -> None:
        """Look for a newer version, unless that was done a moment ago.

        Called at the edges (a request, an engine's turn), so that `current` never asks the database inside a
        transaction.
        """
        # Threads that come while the first version is being read wait for it; later ones go on with what there is.
        if self._reading.acquire(blocking=self._current is None):
            try:
                self._look(self._clock.now())
            finally:
                self._reading.release()

    def version(self) -> int:
        """The number of the version that `current` last answered from; 0 before the first."""
        return self._version

    def changed_at(self) -> datetime | None:
        """When what `current` answers last became another: published, or a calendar changed; None before the first."""
        return self._changed_at

    def _look(self, now: datetime) -> None:
        if self._looked_at is None or not ZERO <= now - self._looked_at < LOOK_AGAIN_AFTER:
            with self._database.read() as uow:
                self._read_newest(uow)
                if self._published is not None:
                    self._calendars.look(uow, self._published[1], self._published[0].files)
            if self._published is not None:
                self._put_together(*self._published, now)
            self._looked_at = now

    def _put_together(self, published: ScheduleVersion, configuration: Configuration, now: datetime) -> None:
        """What was published, with what is kept elsewhere in it."""
        self._current = self._calendars.fill(configuration, now)
        self._changed_at = max(published.published_at, self._calendars.changed_at or published.published_at)

    def problem(self) -> str:
        """Why the newest version is not the one that serves; "" where it is."""
        return self._problem

    def _read_newest(self, uow: UnitOfWork) -> None:
        newest = uow.schedule_versions.latest_version()
        if newest == self._seen_version:
            return
        self._problem = ""
        # A release that cannot read what a newer one published serves the last version that it can.
        for version in range(newest, self._version, -1):
            if self._serves(uow.schedule_versions.get(version)):
                break
        self._seen_version = newest

    def _serves(self, published: ScheduleVersion | None) -> bool:
        if published is None:
            return False
        try:
            self._published = published, self._load(published.files)
        except ConfigurationError as error:
            self._problem = f"Version {published.version} of the schedules cannot be read: {error}"
            self._log("configuration.unreadable", version=published.version, problem=str(error))
            return False
        self._version = published.version
        return True
