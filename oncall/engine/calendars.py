"""Keeping up with the calendars of others that rotations name: fetched every ten minutes, last good kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from oncall.calendars import Event, Source, calendar_rotations, is_url, with_calendars
from oncall.calendars import read as read_calendar
from oncall.calendars.filling import KNOWN_AHEAD_FOR, KNOWN_BACK_FOR
from oncall.core.configuration import Configuration
from oncall.core.local_time import to_local
from oncall.engine.operators import Operators
from oncall.errors import CalendarError, ChannelError, ConfigurationError
from oncall.ports import CalendarAnswer, CalendarSource, Environment, ImportedCalendar, UnitOfWork

FETCH_EVERY = timedelta(minutes=10)
TRY_AGAIN_AFTER = timedelta(minutes=1)
LEASE_FOR = timedelta(minutes=2)
# One failure may be a hiccup of theirs, and nobody is to be woken for that.
TOLD_AT_FAILURE = 2
_MOST_NAMED = 3
_MEND = "Map their names under `engineers:` of the rotation, or mend the calendar."
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class CalendarKeeper:
    """``claim`` says what is to be fetched now, ``fetch_claimed`` fetches it; no transaction waits for the network."""

    def __init__(self, env: Environment, source: CalendarSource, operators: Operators) -> None:
        self._env = env
        self._source = source
        self._operators = operators
        self._of: Configuration | None = None
        self._named: dict[str, list[Source]] = {}

    def next_due_at(self) -> datetime | None:
        """When the next calendar is to be fetched; None where no rotation names a URL."""
        sources = self._sources()
        if not sources:
            return None
        with self._env.database.read() as uow:
            due = {each.source: each.due_at for each in uow.imported_calendars.listing()}
        return min(due.get(name, _LONG_AGO) for name in sources)

    def claim(self, now: datetime) -> list[ImportedCalendar]:
        """Calendars to fetch now; each is put off, so that no other worker fetches it at the same time."""
        with self._env.database.begin() as uow:
            found = (
                uow.imported_calendars.claim(name, now, again_at=now + LEASE_FOR) for name in sorted(self._sources())
            )
            return [each for each in found if each is not None]

    def fetch_claimed(self, calendar: ImportedCalendar) -> None:
        """Fetch one and store what became of it. The operators are told once of each trouble."""
        sources = self._sources().get(calendar.source)
        if not sources:
            return
        # Without a text of theirs, "as it was" would tell us nothing.
        etag, last_modified = (calendar.etag, calendar.last_modified) if calendar.text else ("", "")
        try:
            answer = self._source.fetch(calendar.source, etag=etag, last_modified=last_modified)
            problem = "" if answer is None else self._objection(calendar, answer, sources)
        except (ChannelError, CalendarError) as error:
            answer, problem = None, f"{error}"
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            current = uow.imported_calendars.get(calendar.source, lock=True) or calendar
            if problem:
                self._failed(uow, current, sources, problem, now)
            else:
                self._answered(uow, current, sources, answer, now)

    def _sources(self) -> dict[str, list[Source]]:
        """The rotations by the URL that they name."""
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:  # nothing is published yet
            return {}
        if configuration is not self._of:
            named: dict[str, list[Source]] = {}
            for source in calendar_rotations(configuration):
                if is_url(source.name):
                    named.setdefault(source.name, []).append(source)
            self._of, self._named = configuration, named
        return self._named

    def _objection(self, before: ImportedCalendar, answer: CalendarAnswer, sources: list[Source]) -> str:
        """Why what serves now is better than this answer, "" where it is not. Raises CalendarError for what is none."""
        now = self._env.clock.now()
        coming = sum(event.ends_at > now for event in _events(answer.text, sources[0], now))
        if coming or not before.text:
            return ""
        had = sum(event.ends_at > now for event in _events(before.text, sources[0], now))
        return f"it has no shift to come any more, and had {had}" if had else ""

    def _answered(
        self,
        uow: UnitOfWork,
        before: ImportedCalendar,
        sources: list[Source],
        answer: CalendarAnswer | None,
        now: datetime,
    ) -> None:
        after = replace(before, due_at=now + FETCH_EVERY, fetched_at=now, failures=0, problem="")
        if answer is not None:
            after = replace(after, text=answer.text, etag=answer.etag, last_modified=answer.last_modified)
            if not before.text or any(
                _events(before.text, each, now) != _events(answer.text, each, now) for each in sources
            ):
                after = replace(after, changed_at=now)
                self._env.log("calendar.changed", host=_host(before.source))
        if before.problem:
            self._env.log("calendar.mended", host=_host(before.source))
        uow.imported_calendars.save(self._doubted(uow, after, sources, now))

    def _doubted(
        self, uow: UnitOfWork, calendar: ImportedCalendar, sources: list[Source], now: datetime
    ) -> ImportedCalendar:
        """Tell the operators of events that are nobody's, or cannot be read, unless they know."""
        _, troubles = with_calendars(self._env.configuration.current(), {calendar.source: calendar.text}, now)
        doubts = dict.fromkeys(trouble.about for trouble in troubles)
        if not set(doubts) <= set(calendar.doubts.splitlines()):
            # An operator reads this as a text: what comes first must do.
            first = "; ".join([*doubts][:_MOST_NAMED]) + (" …" if len(doubts) > _MOST_NAMED else "")
            text = f"{_of(sources)} has events that page nobody: {first}. {_MEND}"
            self._operators.tell(uow, f"calendar events:{_key(sources)}", text, now)
        return replace(calendar, doubts="\n".join(doubts))

    def _failed(
        self, uow: UnitOfWork, before: ImportedCalendar, sources: list[Source], problem: str, now: datetime
    ) -> None:
        failures = before.failures + 1
        wait_for = TRY_AGAIN_AFTER if failures < TOLD_AT_FAILURE else FETCH_EVERY
        uow.imported_calendars.save(replace(before, due_at=now + wait_for, failures=failures, problem=problem))
        self._env.log("calendar.fetch_failed", host=_host(before.source), problem=problem, failures=failures)
        if failures == (TOLD_AT_FAILURE if before.text else 1):
            text = f"{_of(sources)} is not followed any more: {problem}. {_meanwhile(before, sources)}"
            self._operators.tell(uow, f"calendar:{_key(sources)}", text, now)


def _events(text: str, source: Source, now: datetime) -> tuple[Event, ...]:
    """What a calendar says in the time that is looked at. Raises CalendarError."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    zone = source.schedule.timezone
    return read_calendar(text, zone, today - KNOWN_BACK_FOR, today + KNOWN_AHEAD_FOR).events


def _key(sources: list[Source]) -> str:
    return f"{sources[0].schedule.key}/{sources[0].rotation.name}"


def _of(sources: list[Source]) -> str:
    rotations = ", ".join(f"{each.rotation.name} of {each.schedule.key}" for each in sources)
    return f"The calendar of the rotation {rotations} at {_host(sources[0].name)}"


def _meanwhile(before: ImportedCalendar, sources: list[Source]) -> str:
    if before.fetched_at is None or not before.text:
        return "Nobody is on call by it: put somebody under `overrides:` until it is mended."
    since = to_local(sources[0].schedule.timezone, before.fetched_at)
    return f"What it said at {since:%a %Y-%m-%d %H:%M %Z} goes on serving."


def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"
