"""Calendars as rows: the secret addresses of ours, and what was fetched of others'."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from oncall.errors import ConflictError
from oncall.ports import CalendarFeed, ImportedCalendar
from oncall.store.inserting import insert_in_place, insert_unless_known
from oncall.store.table_parts import columns, writer
from oncall.store.tables import calendar_feeds, imported_calendars

_feed_row = writer(CalendarFeed)
_feeds = select(*columns(calendar_feeds, CalendarFeed))
_by_token = _feeds.where(calendar_feeds.c.token == bindparam("wanted"))
_of = _feeds.where(
    calendar_feeds.c.engineer == bindparam("of_engineer"), calendar_feeds.c.schedule == bindparam("of_schedule")
)
_all_feeds = _feeds.order_by(calendar_feeds.c.created_at, calendar_feeds.c.token)
_revoke = delete(calendar_feeds).where(calendar_feeds.c.token == bindparam("revoked"))

_calendar_row = writer(ImportedCalendar)
_calendars = select(*columns(imported_calendars, ImportedCalendar))
_one = _calendars.where(imported_calendars.c.source == bindparam("wanted"))
_one_locked = _one.with_for_update()
_one_due = _one.where(imported_calendars.c.due_at <= bindparam("now")).with_for_update(skip_locked=True)
_without_texts = select(*columns(imported_calendars, ImportedCalendar, without=("text",))).order_by(
    imported_calendars.c.source
)
_put_off = (
    update(imported_calendars).where(imported_calendars.c.source == bindparam("wanted")).values(due_at=bindparam("at"))
)


class SqlCalendarFeeds:
    """`ports.CalendarFeeds`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_token(self, token: str) -> CalendarFeed | None:
        """The feed with this secret, or None."""
        row = self._connection.execute(_by_token, {"wanted": token}).first()
        return None if row is None else CalendarFeed(*row)

    def of(self, *, engineer: str = "", schedule: str = "") -> CalendarFeed | None:
        """The feed of an engineer, or of a schedule; None where there is none."""
        row = self._connection.execute(_of, {"of_engineer": engineer, "of_schedule": schedule}).first()
        return None if row is None else CalendarFeed(*row)

    def listing(self) -> list[CalendarFeed]:
        """All of them, oldest first."""
        return [CalendarFeed(*row) for row in self._connection.execute(_all_feeds)]

    def add(self, feed: CalendarFeed) -> None:
        """Keep a new one. Raises ConflictError where the engineer or the schedule has one already."""
        if self.of(engineer=feed.engineer, schedule=feed.schedule) is not None:
            raise ConflictError(f"{feed.engineer or feed.schedule} has a calendar address already: revoke it first")
        insert_unless_known(self._connection, calendar_feeds, _feed_row(feed))

    def revoke(self, token: str) -> bool:
        """Forget it; False where it was not there."""
        return self._connection.execute(_revoke, {"revoked": token}).rowcount == 1


class SqlImportedCalendars:
    """`ports.ImportedCalendars`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, source: str, *, lock: bool = False) -> ImportedCalendar | None:
        """One with its text, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": source}).first()
        return None if row is None else ImportedCalendar(*row)

    def save(self, calendar: ImportedCalendar) -> None:
        """Keep it, in the place of what was kept before."""
        insert_in_place(self._connection, imported_calendars, _calendar_row(calendar))

    def listing(self) -> list[ImportedCalendar]:
        """All of them in order of their sources, without their texts: cheap, asked often."""
        return [ImportedCalendar(*row) for row in self._connection.execute(_without_texts)]

    def claim(self, source: str, now: datetime, *, again_at: datetime) -> ImportedCalendar | None:
        """The calendar, new or kept, where it is to be fetched now; put off to ``again_at`` so that one worker has it.

        None where it is not due, or another worker has it.
        """
        fresh = ImportedCalendar(source, again_at)
        if insert_unless_known(self._connection, imported_calendars, _calendar_row(fresh)):
            return fresh
        row = self._connection.execute(_one_due, {"wanted": source, "now": now}).first()
        if row is None:
            return None
        self._connection.execute(_put_off, {"wanted": source, "at": again_at})
        return replace(ImportedCalendar(*row), due_at=again_at)
