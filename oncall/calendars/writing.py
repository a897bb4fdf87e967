"""Shifts → a calendar that telephones and calendar programs subscribe to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import pytz
from icalendar import Alarm, Calendar, Event

from oncall import __version__

REFRESH_EVERY = timedelta(hours=1)
ALARMS = (timedelta(hours=24), timedelta(hours=1))
_EPOCH = datetime(2024, 1, 1, tzinfo=pytz.utc)


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One shift of a feed. ``rotation`` is its name, "" for an override."""

    schedule: str
    engineer: str
    rotation: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str


def feed(name: str, events: Iterable[FeedEvent], *, host: str, changed_at: datetime, alarms: bool = True) -> bytes:
    """The calendar as it is sent; the same for the same arguments, whenever it is asked for.

    ``changed_at`` is when what is in force last changed: it dates every event, so that programs see a moved shift.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//oncall-hotline//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for event in events:
        calendar.add_component(_written(event, host, changed_at, alarms=alarms))
    return bytes(calendar.to_ical())


def uid(event: FeedEvent, host: str) -> str:
    """The name of a shift in calendars: it stays when the shift's end is moved."""
    what = "\n".join((event.schedule, event.engineer, event.rotation, _in_utc(event.starts_at).isoformat()))
    return f"{sha256(what.encode()).hexdigest()[:32]}@{host}"


def _written(event: FeedEvent, host: str, changed_at: datetime, *, alarms: bool) -> Event:
    written = Event()
    written.add("uid", uid(event, host))
    written.add("dtstamp", _in_utc(changed_at))
    written.add("last-modified", _in_utc(changed_at))
    written.add("sequence", int((changed_at - _EPOCH).total_seconds()))
    written.add("dtstart", _in_utc(event.starts_at))
    written.add("dtend", _in_utc(event.ends_at))
    written.add("summary", event.summary)
    written.add("description", event.description)
    written.add("status", "CONFIRMED")
    # Being on call does not make anybody busy: meetings go on.
    written.add("transp", "TRANSPARENT")
    for before in ALARMS if alarms else ():
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.summary)
        alarm.add("trigger", -before)
        written.add_component(alarm)
    return written


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(pytz.utc).replace(microsecond=0)
