"""Shifts → a calendar that telephones and calendar programs subscribe to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

import pytz
from icalendar import Calendar, vText
from icalendar.parser import Contentline, Parameters

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
    head, end, _ = bytes(calendar.to_ical()).partition(b"END:VCALENDAR")
    # The library escapes and folds, but its objects cost a millisecond an event, and somebody may have thousands.
    body = [_written(event, host, changed_at, alarms=alarms).encode() for event in events]
    return b"".join([head, *body, end, b"\r\n"])


def uid(event: FeedEvent, host: str) -> str:
    """The name of a shift in calendars: it stays when the shift's end is moved."""
    what = "\n".join((event.schedule, event.engineer, event.rotation, _in_utc(event.starts_at).isoformat()))
    return f"{sha256(what.encode()).hexdigest()[:32]}@{host}"


def _written(event: FeedEvent, host: str, changed_at: datetime, *, alarms: bool) -> str:
    summary = _text("SUMMARY", event.summary)
    lines = [
        "BEGIN:VEVENT",
        summary,
        f"DTSTART:{_stamp(event.starts_at)}",
        f"DTEND:{_stamp(event.ends_at)}",
        f"DTSTAMP:{_stamp(changed_at)}",
        _line("UID", uid(event, host)),
        f"SEQUENCE:{int((changed_at - _EPOCH).total_seconds())}",
        _text("DESCRIPTION", event.description),
        f"LAST-MODIFIED:{_stamp(changed_at)}",
        "STATUS:CONFIRMED",
        # Being on call does not make anybody busy: meetings go on.
        "TRANSP:TRANSPARENT",
    ]
    for before in ALARMS if alarms else ():
        hours = int(before.total_seconds()) // 3600
        described = _text("DESCRIPTION", event.summary)
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", described, f"TRIGGER:-PT{hours}H", "END:VALARM"]
    return "\r\n".join([*lines, "END:VEVENT", ""])


@lru_cache(maxsize=1024)
def _text(name: str, value: str) -> str:
    return _line(name, value)


def _line(name: str, value: str) -> str:
    """Escaped and folded."""
    folded: bytes = Contentline.from_parts(name, Parameters(), vText(value)).to_ical()
    return folded.decode()


def _stamp(at: datetime) -> str:
    return f"{_in_utc(at):%Y%m%dT%H%M%SZ}"


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(pytz.utc).replace(microsecond=0)
