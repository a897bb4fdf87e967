"""The configuration in force: what was published last, the calendars that it names in it, entered overrides on top."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from oncall.core.configuration import Configuration
from oncall.core.entered_override import EnteredOverride, left_out_because, with_entered
from oncall.engine.calendar_texts import CalendarsInForce
from oncall.errors import ConfigurationError
from oncall.ports import Clock, Database, ScheduleVersion, UnitOfWork

ZERO = timedelta(0)
LOOK_AGAIN_AFTER = timedelta(seconds=1)
# Overrides that are over still explain who was on call a few days ago; older ones are not asked for.
ENDED_KEPT_FOR = timedelta(days=14)


class PublishedConfiguration:
    """`ports.ConfigurationSource` over the database; it asks for what is new at most once a second.

    ``load`` turns file texts into a configuration. While a newer version cannot be read, the last good one keeps
    serving; so does the last one while calendars are read, which ``in_background`` does: no page waits for them.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        load: Callable[[Mapping[str, str]], Configuration],
        log: Callable[..., None],
        in_background: Callable[[Callable[[], None]], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._load = load
        self._log = log
        self._in_background = in_background
        self._in_force: ScheduleVersion | None = None
        self._seen: tuple[int, datetime | None] = (0, None)
        self._read: tuple[ScheduleVersion, Configuration] | None = None
        self._calendars = CalendarsInForce(log)
        self._published: Configuration | None = None
        self._entered: list[EnteredOverride] = []
        self._entered_since: datetime | None = None
        self._left_out: set[int] = set()
        self._current: Configuration | None = None
        self._last_entered: tuple[list[EnteredOverride], datetime | None] = ([], None)
        self._is_filling = False
        self._is_behind = False
        self._base_changed_at: datetime | None = None
        self._changed_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._problem = ""
        # Whoever holds it may do the background's work themselves, as simulations do.
        self._reading = threading.RLock()

    def current(self) -> Configuration:
        """What was in force when `refresh` last looked. Raises ConfigurationError where nothing has been
        published."""
        if self._current is None:
            self.refresh()
        if self._current is None:
            raise ConfigurationError(self._problem or "No schedule has been published: run `oncall schedule publish`.")
        return self._current

    def published(self) -> Configuration:
        """The same without the overrides that were entered beside it. Raises as `current`."""
        whole = self.current()
        return self._published or whole

    def refresh(self) -> None:
        """Look for what is new, unless that was done a moment ago.

        Called at the edges (a request, an engine's turn), so that `current` never asks the database inside a
        transaction.
        """
        # Threads that come while the first version is being read wait for it; later ones go on with what there is.
        if self._reading.acquire(blocking=self._current is None):
            try:
                self._look(self._clock.now())
            finally:
                self._reading.release()

    def look_again(self) -> None:
        """Look now: this process has just changed what is in force. Not within a transaction."""
        with self._reading:
            self._looked_at = None
            self._look(self._clock.now())

    def version(self) -> int:
        """The number of the version that `current` last answered from; 0 before the first."""
        return 0 if self._in_force is None else self._in_force.version

    def is_up_to_date(self, uow: UnitOfWork) -> bool:
        """Whether this transaction sees nothing that is not in what `current` answers."""
        if self._is_behind or uow.schedule_versions.latest_version() != self._seen[0]:
            return False
        if self._entered_since is None:
            return False
        if uow.overrides.active(self._entered_since) != self._entered:
            return False
        return self._calendars.is_up_to_date(uow)

    def _look(self, now: datetime) -> None:
        if self._looked_at is None or not ZERO <= now - self._looked_at < LOOK_AGAIN_AFTER:
            since = now - ENDED_KEPT_FOR
            with self._database.read() as uow:
                self._read_newest(uow)
                entered, entered_at = uow.overrides.active(since), uow.overrides.changed_at()
                if self._read is not None:
                    self._calendars.look(uow, self._read[1], self._read[0].files)
            self._entered_since, self._last_entered = since, (entered, entered_at)
            if self._read is not None:
                self._put_together(*self._read, now)
            self._looked_at = now

    def _put_together(self, version: ScheduleVersion, read: Configuration, now: datetime) -> None:
        """What was published, with the calendars that it names in it, and what was entered beside it on top.

        Where calendars have to be read first, what was in force before stands in for the two: a version is never in
        force without its calendars.
        """
        published = self._calendars.filled(read, now)
        if published is None and self._published is None:
            published = self._calendars.fill(read, now)
        self._is_behind = published is None
        if published is None:
            self._have_filled(read, now)
        else:
            self._in_force = version
            changes = (version.published_at, self._calendars.changed_at)
            self._base_changed_at = max(at for at in changes if at is not None)
            self._take(published)
        self._changed_at = max((at for at in (self._base_changed_at, self._last_entered[1]) if at), default=None)

    def _take(self, published: Configuration) -> None:
        entered = self._last_entered[0]
        if published is self._published and entered == self._entered:
            return
        self._published, self._entered = published, entered
        self._say_what_is_left_out(published)
        self._current = with_entered(published, entered)

    def _have_filled(self, read: Configuration, now: datetime) -> None:
        if self._published is not None:
            self._take(self._published)
        if not self._is_filling:
            self._is_filling = True
            self._in_background(partial(self._fill, read, now))

    def _fill(self, read: Configuration, now: datetime) -> None:
        """In the background: read the calendars, then put them in force, and whatever changed meanwhile."""
        try:
            self._calendars.fill(read, now)
        except Exception as problem:  # noqa: BLE001 - the edge of a thread; the next look tries again
            self._log("configuration.not_put_together", problem=repr(problem))
            self._is_filling = False
            return
        with self._reading:
            self._is_filling = False
            if self._read is not None:
                self._put_together(*self._read, max(now, self._looked_at or now))

    def changed_at(self) -> datetime | None:
        """When what `current` answers last became another: published, entered, or in a calendar; None before that."""
        return self._changed_at

    def problem(self) -> str:
        """Why the newest version is not the one that serves; "" where it is."""
        return self._problem

    def _read_newest(self, uow: UnitOfWork) -> None:
        newest, published_at = uow.schedule_versions.newest()
        if (newest, published_at) == self._seen:
            return
        self._problem = ""
        # A release that cannot read what a newer one published serves the last version that it can.
        last, last_at = (0, None) if self._read is None else (self._read[0].version, self._read[0].published_at)
        if newest < last or (newest == last and published_at != last_at):
            # What serves is gone with the server that it was stored on, and its number is another's, or will be.
            last = 0
        for version in range(newest, last, -1):
            if self._serves(uow.schedule_versions.get(version)):
                break
        self._seen = newest, published_at

    def _serves(self, published: ScheduleVersion | None) -> bool:
        if published is None:
            return False
        try:
            self._read = published, self._load(published.files)
        except ConfigurationError as error:
            self._problem = f"Version {published.version} of the schedules cannot be read: {error}"
            self._log("configuration.unreadable", version=published.version, problem=str(error))
            return False
        return True

    def _say_what_is_left_out(self, published: Configuration) -> None:
        because = {each.id: left_out_because(each, published) for each in self._entered}
        left_out = {number for number, reason in because.items() if reason}
        for number in sorted(left_out - self._left_out):
            self._log("override.left_out", override=number, problem=because[number])
        self._left_out = left_out
