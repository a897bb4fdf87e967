"""Keeping up with what rotations are kept in elsewhere: calendars of others, and PagerDuty's on-calls.

A calendar is fetched every ten minutes, and PagerDuty asked every two; what answered well last is kept.
"""

import threading
import traceback
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from oncall.calendars import Source, with_calendars
from oncall.core.configuration import Configuration
from oncall.engine.calendar_contents import says_otherwise, shifts_lost, sources_by_url
from oncall.engine.fetch_pace import TRY_AGAIN_AFTER, pace_of
from oncall.engine.followed_wording import host_of, key_of, not_followed_text, pages_nobody_text
from oncall.engine.operators import Operators
from oncall.errors import CalendarError, ChannelError, ConfigurationError
from oncall.ports import CalendarAnswer, CalendarSource, Environment, ImportedCalendar, UnitOfWork

LEASE_FOR = timedelta(minutes=2)
# Of the workers that pages need too: one slow calendar each, and a page never waits for them.
MOST_AT_ONCE = 2
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _News:
    """What a fetch brought: a problem, or an answer (None: as it was)."""

    problem: str = ""
    answer: CalendarAnswer | None = None
    has_changed: bool = False
    doubts: list[str] = field(default_factory=list)


class CalendarKeeper:
    """``claim`` says what is to be fetched now, ``fetch_claimed`` fetches it; no transaction waits for the network."""

    def __init__(self, env: Environment, source: CalendarSource, operators: Operators) -> None:
        self._env = env
        self._source = source
        self._operators = operators
        self._of: Configuration | None = None
        self._named: dict[str, list[Source]] = {}
        self._fetching = 0
        self._count = threading.Lock()

    def next_due_at(self) -> datetime | None:
        """When the next calendar is to be fetched; None where no rotation is kept elsewhere."""
        sources = self._sources()
        if not sources:
            return None
        with self._env.database.read() as uow:
            due = {each.source: each.due_at for each in uow.imported_calendars.listing()}
        return min(due.get(name, _LONG_AGO) for name in sources)

    def claim(self, now: datetime, room: int) -> list[ImportedCalendar]:
        """Calendars to fetch now, at most ``room`` and no more than two at once in this process.

        Each is put off, so that no other worker fetches it at the same time.
        """
        with self._count:
            most = min(room, MOST_AT_ONCE - self._fetching)
        if most <= 0:
            return []
        with self._env.database.begin() as uow:
            found = (
                uow.imported_calendars.claim(name, now, again_at=now + LEASE_FOR) for name in sorted(self._sources())
            )
            claimed = list(islice((each for each in found if each is not None), most))
        with self._count:
            self._fetching += len(claimed)
        return claimed

    def fetch_claimed(self, calendar: ImportedCalendar) -> None:
        """Fetch one and store what became of it. The operators are told once of each trouble."""
        try:
            self._fetch(calendar)
        finally:
            with self._count:
                self._fetching -= 1

    def _fetch(self, calendar: ImportedCalendar) -> None:
        sources = self._sources().get(calendar.source)
        if not sources:
            return
        # Without a text of theirs, "as it was" would tell us nothing.
        etag, last_modified = (calendar.etag, calendar.last_modified) if calendar.text else ("", "")
        try:
            answer = self._source.fetch(calendar.source, etag=etag, last_modified=last_modified)
            news = self._look_at(calendar, answer, sources)
        except (ChannelError, CalendarError) as error:
            news = _News(problem=f"{error}")
        except Exception as mistake:  # noqa: BLE001 - a mistake of ours is told as any other failure, and tried again
            news = _News(problem=self._own_mistake(calendar, mistake))
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            found = uow.imported_calendars.get(calendar.source, lock=True)
            if found is None or found.due_at != calendar.due_at:
                # The lease ran out, or a publication brought a newer text: theirs counts.
                self._env.log("calendar.answer_too_late", host=host_of(calendar.source))
            elif news.problem:
                self._failed(uow, calendar, sources, news.problem, now)
            else:
                self._answered(uow, calendar, sources, news, now)

    def _own_mistake(self, calendar: ImportedCalendar, mistake: Exception) -> str:
        # Its own words may hold the whole URL, which is a password.
        last = traceback.extract_tb(mistake.__traceback__)[-1]
        where = f"{type(mistake).__name__} in {last.name}, line {last.lineno}"
        self._env.log("calendar.mistake", host=host_of(calendar.source), problem=where)
        return f"a mistake of this service ({where}): please report it"

    def _sources(self) -> dict[str, list[Source]]:
        """The rotations by what they are kept in."""
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:  # nothing is published yet
            return {}
        if configuration is not self._of:
            self._of, self._named = configuration, sources_by_url(configuration)
        return self._named

    def _look_at(self, before: ImportedCalendar, answer: CalendarAnswer | None, sources: list[Source]) -> _News:
        """What an answer means, read outside of any transaction. Raises CalendarError for what is no calendar."""
        now = self._env.clock.now()
        text = before.text if answer is None else answer.text
        had = shifts_lost(before.text, text, sources[0], now)
        if had:
            return _News(problem=f"it has no shift to come any more, and had {had}")
        _, troubles = with_calendars(self._env.configuration.current(), {before.source: text}, now)
        return _News(
            answer=answer,
            has_changed=says_otherwise(before.text, text, sources, now),
            doubts=list(dict.fromkeys(trouble.about for trouble in troubles)),
        )

    def _answered(
        self, uow: UnitOfWork, before: ImportedCalendar, sources: list[Source], news: _News, now: datetime
    ) -> None:
        after = replace(before, due_at=now + pace_of(before.source).fetch_every, fetched_at=now, failures=0, problem="")
        if (answer := news.answer) is not None:
            after = replace(after, text=answer.text, etag=answer.etag, last_modified=answer.last_modified)
        if news.has_changed:
            after = replace(after, changed_at=now)
            self._env.log("calendar.changed", host=host_of(before.source))
        if before.problem:
            self._env.log("calendar.mended", host=host_of(before.source))
        if not set(news.doubts) <= set(before.doubts.splitlines()):
            text = pages_nobody_text(sources, news.doubts)
            self._operators.tell(uow, f"calendar events:{key_of(sources)}", text, now)
        uow.imported_calendars.save(replace(after, doubts="\n".join(news.doubts)))

    def _failed(
        self, uow: UnitOfWork, before: ImportedCalendar, sources: list[Source], problem: str, now: datetime
    ) -> None:
        failures = before.failures + 1
        pace = pace_of(before.source)
        wait_for = TRY_AGAIN_AFTER if failures < pace.told_at_failure else pace.fetch_every
        uow.imported_calendars.save(replace(before, due_at=now + wait_for, failures=failures, problem=problem))
        self._env.log("calendar.fetch_failed", host=host_of(before.source), problem=problem, failures=failures)
        if failures == (pace.told_at_failure if before.text else 1):
            text = not_followed_text(before, sources, problem)
            self._operators.tell(uow, f"calendar:{key_of(sources)}", text, now)
