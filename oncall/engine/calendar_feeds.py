"""The calendars that people subscribe to: an engineer's shifts, or a schedule's, at a secret address."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import pytz

from oncall.calendars import FeedEvent, feed
from oncall.core.configuration import Configuration
from oncall.core.schedule import Shift
from oncall.core.whole_shifts import whole_shifts
from oncall.errors import ConflictError, UsageError
from oncall.ports import CalendarFeed, Database, Environment

BACK_FOR = timedelta(days=60)
AHEAD_FOR = timedelta(days=365)
# A start is followed back three years and then cut off anywhere: a name made of that would change every four weeks.
_START_IN_SIGHT_FOR = timedelta(days=1000)
_NO_START_IN_SIGHT = datetime(2024, 1, 1, tzinfo=pytz.utc)
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class _Made:
    """A calendar as it is sent, and what it was made from."""

    configuration: Configuration
    today: datetime
    content: bytes
    etag: str


class CalendarAddresses:
    """``answer`` is what a subscriber gets; ``make`` and ``revoke`` give an address and take it away."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._database: Database = env.database
        self._made: OrderedDict[tuple[str, str, bool], _Made] = OrderedDict()
        self._lock = threading.Lock()

    def make(self, name: str) -> CalendarFeed:
        """The address of an engineer or a schedule, by key; a new one where there is none. Raises UsageError."""
        engineer, schedule = self._whose(name)
        fresh = CalendarFeed(self._env.ids.secret(), engineer, schedule, self._env.clock.now())
        try:
            with self._database.begin() as uow:
                found = uow.calendar_feeds.of(engineer=engineer, schedule=schedule)
                if found is None:
                    uow.calendar_feeds.add(fresh)
        except ConflictError:  # somebody else made one at this moment
            with self._database.read() as uow:
                found = uow.calendar_feeds.of(engineer=engineer, schedule=schedule)
        if found is None:
            self._env.log("calendar_address.made", engineer=engineer, schedule=schedule)
        return found or fresh

    def revoke(self, name: str) -> bool:
        """Make the address of an engineer or a schedule lead nowhere; False where there is none.

        Also for somebody who is not in the configuration any more.
        """
        with self._database.begin() as uow:
            found = uow.calendar_feeds.of(engineer=name) or uow.calendar_feeds.of(schedule=name)
            revoked = found is not None and uow.calendar_feeds.revoke(found.token)
        if revoked:
            self._env.log("calendar_address.revoked", name=name)
        return revoked

    def url(self, address: CalendarFeed) -> str:
        """Where it is subscribed to."""
        return f"{self._env.public_url}/calendars/{address.token}.ics"

    def answer(self, token: str, *, alarms: bool) -> tuple[bytes, str] | None:
        """The calendar and its ETag; None for a secret that is none, or was revoked."""
        with self._database.read() as uow:
            found = uow.calendar_feeds.by_token(token)
        if found is None:
            return None
        configuration, today = self._env.configuration.current(), _midnight(self._env.clock.now())
        key = (found.engineer, found.schedule, alarms)
        with self._lock:
            made = self._made.get(key)
        # Whenever anything in force changes, the configuration is another object.
        if made is None or made.configuration is not configuration or made.today != today:
            made = self._make(found, configuration, today, alarms=alarms)
            with self._lock:
                self._made[key] = made
                while len(self._made) > _MOST_KEPT:
                    self._made.popitem(last=False)
        return made.content, made.etag

    def _whose(self, name: str) -> tuple[str, str]:
        configuration = self._env.configuration.current()
        if name in configuration.engineers:
            return name, ""
        if name in configuration.schedules:
            return "", name
        known = ", ".join([*configuration.engineers, *configuration.schedules])
        raise UsageError(f"`{name}` is no engineer and no schedule; there are {known}")

    def _make(self, address: CalendarFeed, configuration: Configuration, today: datetime, *, alarms: bool) -> _Made:
        changed_at = self._env.configuration.changed_at() or today
        content = feed(
            _name(address, configuration),
            _events(address, configuration, today - BACK_FOR, today + AHEAD_FOR),
            host=urlsplit(self._env.public_url).hostname or "oncall-hotline",
            changed_at=changed_at,
            alarms=alarms,
        )
        return _Made(configuration, today, content, sha256(content).hexdigest()[:32])


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _name(address: CalendarFeed, configuration: Configuration) -> str:
    if address.engineer:
        engineer = configuration.engineers.get(address.engineer)
        return f"On call: {engineer.name if engineer else address.engineer}"
    return f"On call: {address.schedule}"


def _events(
    address: CalendarFeed, configuration: Configuration, since: datetime, until: datetime
) -> Iterator[FeedEvent]:
    """Whole shifts; whoever is gone from the configuration has none, so that subscribers' calendars become empty."""
    for schedule in configuration.schedules.values():
        if address.schedule and schedule.key != address.schedule:
            continue
        for shift in whole_shifts(schedule, since, until):
            if shift.engineer is None or (address.engineer and shift.engineer != address.engineer):
                continue
            yield _event(address, configuration, schedule.key, shift, since, until)


def _event(
    address: CalendarFeed,
    configuration: Configuration,
    schedule: str,
    shift: Shift,
    since: datetime,
    until: datetime,
) -> FeedEvent:
    engineer = shift.engineer or ""
    known = configuration.engineers.get(engineer)
    who = known.name if known else engineer
    return FeedEvent(
        schedule=schedule,
        engineer=engineer,
        rotation=shift.rotation,
        starts_at=_start(shift, since),
        # A shift without an end in sight ends with the year after: an end that moved every day would look like news.
        ends_at=shift.ends_at or datetime(until.year + 1, 1, 1, tzinfo=pytz.utc),
        summary=f"On call: {schedule}" if address.engineer else f"On call: {who} ({schedule})",
        description=shift.why,
    )


def _start(shift: Shift, since: datetime) -> datetime:
    """When it began; for one that began longer ago than can be seen, the same instant every day."""
    if shift.starts_at is None or shift.starts_at < since - _START_IN_SIGHT_FOR:
        return _NO_START_IN_SIGHT
    return shift.starts_at
