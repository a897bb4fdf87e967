"""A calendar's text → its events between two instants, whoever wrote it, in bounded time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import pytz
import recurring_ical_events
from icalendar import Calendar, Component
from icalendar import Event as Written

from oncall.calendars.event_times import listed, time_of, why_no_shift, with_known_years
from oncall.calendars.repeats import MOST_REPEATS, Allowance, is_over
from oncall.core.local_time import to_utc
from oncall.core.plain_text import clean
from oncall.errors import CalendarError

# What a calendar costs is paid in pure Python beside the pages that leave: a team's shifts, with some years of history,
# are well within these.
MOST_BYTES = 500_000
MOST_LINES = 20_000
MOST_WRITTEN = 2_000
MOST_EVENTS = MOST_WRITTEN + MOST_REPEATS
_LESS = "keep shifts in a calendar of their own, and take out those of years ago"
_NOT_PEOPLE = frozenset({"RESOURCE", "ROOM"})
# What the libraries raise on calendars that they did not foresee.
_FOREIGN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Event:
    """One event at one time. ``people`` are addresses and names of attendees who did not decline, then the
    organizer's."""

    starts_at: datetime
    ends_at: datetime
    summary: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Events in order of their start; among those that start together the shorter is later. ``complaints`` says
    what was passed by, and why."""

    events: tuple[Event, ...]
    complaints: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def read(text: str, timezone: str, since: datetime, until: datetime) -> Reading:
    """The events that touch the span, whole; cancelled ones left out.

    Whole days and times without a zone are local to ``timezone``. Raises CalendarError where the text is no calendar.
    """
    calendars = parsed(text)
    complaints: list[str] = []
    events: list[Event] = []
    allowance = Allowance(since, until)
    try:
        for calendar in calendars:
            _keep_readable(calendar, allowance, since, complaints)
            complaints += _unknown_zones(calendar, timezone)
            for found in recurring_ical_events.of(calendar, skip_bad_series=True).between(since, until):
                if (event := _event(found, timezone, complaints)) is not None:
                    events.append(event)
    except _FOREIGN as exc:
        raise CalendarError(f"it cannot be understood ({_brief(exc)})") from exc
    if len(events) > MOST_EVENTS:
        raise CalendarError(f"it has more than {MOST_EVENTS} events in the time that is looked at")
    events.sort(key=lambda event: (event.starts_at, event.starts_at - event.ends_at))
    return Reading(tuple(events), tuple(dict.fromkeys(complaints)))


def parsed(text: str) -> list[Calendar]:
    """The calendars in it, at least one. Raises CalendarError, which says what it is instead."""
    stripped = text.removeprefix("\ufeff").strip()
    if not stripped:
        raise CalendarError("it is empty")
    if len(stripped.encode("utf-8", "replace")) > MOST_BYTES:
        raise CalendarError(f"it is larger than {MOST_BYTES // 1000} kB: {_LESS}")
    if stripped[:15].upper() != "BEGIN:VCALENDAR":
        kind = "a web page" if stripped[:200].lstrip().startswith("<") else "something else"
        raise CalendarError(f"it is {kind}, not a calendar (which begins with BEGIN:VCALENDAR)")
    if stripped[-13:].upper() != "END:VCALENDAR":
        raise CalendarError("it is cut off: its last line is not END:VCALENDAR")
    if (lines := stripped.count("\n")) > MOST_LINES:
        raise CalendarError(f"it has {lines} lines, more than {MOST_LINES}: {_LESS}")
    if (written := stripped.upper().count("BEGIN:VEVENT")) > MOST_WRITTEN:
        raise CalendarError(f"it has {written} events, more than {MOST_WRITTEN}: {_LESS}")
    try:
        return [each for each in Calendar.from_ical(stripped, multiple=True) if isinstance(each, Calendar)]
    except _FOREIGN as exc:
        raise CalendarError(f"it cannot be read as a calendar ({_brief(exc)})") from exc


def _brief(exc: Exception) -> str:
    first = (str(exc).splitlines() or [""])[0]
    return clean(first)[:120] or type(exc).__name__


def _keep_readable(calendar: Calendar, allowance: Allowance, since: datetime, complaints: list[str]) -> None:
    """Take out what would fail later, or would take too long, and complain of it."""
    kept: list[Component] = []
    for component in calendar.subcomponents:
        if not isinstance(component, Written):
            kept.append(component)
            continue
        if why := _why_unreadable(component, allowance, since):
            complaints.append(f"the event {_title(component)} was passed by: {why}")
        elif not is_over(component, since):
            kept.append(component)
    calendar.subcomponents = kept


def _unknown_zones(calendar: Calendar, timezone: str) -> Iterator[str]:
    for event in calendar.walk("VEVENT"):
        starts = time_of(event, "DTSTART")
        zone = getattr(event.get("DTSTART"), "params", {}).get("TZID")
        if zone and isinstance(starts, datetime) and starts.tzinfo is None:
            yield f"its time zone {clean(str(zone))[:60]} is unknown: its times are read as {timezone}"


def _why_unreadable(event: Written, allowance: Allowance, since: datetime) -> str:
    if why := why_no_shift(event):
        return why
    with_known_years(event)
    starts = time_of(event, "DTSTART")
    return "" if starts is None or is_over(event, since) else allowance.refusal(event, starts)


def _title(event: Component) -> str:
    return f"“{clean(str(event.get('SUMMARY', '')))[:80]}”"


def _event(found: Component, timezone: str, complaints: list[str]) -> Event | None:
    if str(found.get("STATUS", "")).upper() == "CANCELLED":
        return None
    starts, ends = time_of(found, "DTSTART"), time_of(found, "DTEND")
    if starts is None or ends is None:
        return None
    starts_at, ends_at = _instant(starts, timezone), _instant(ends, timezone)
    if ends_at <= starts_at:
        complaints.append(f"the event {_title(found)} was passed by: it ends when it begins")
        return None
    return Event(starts_at, ends_at, clean(str(found.get("SUMMARY", ""))).strip()[:200], tuple(_people(found)))


def _instant(written: date, timezone: str) -> datetime:
    """As our schedules understand wall-clock times: the skipped hour is its end, of the repeated one the first."""
    if not isinstance(written, datetime):
        return to_utc(timezone, datetime.combine(written, time()))
    if written.tzinfo is None:
        return to_utc(timezone, written)
    name = getattr(written.tzinfo, "key", "")
    if name in pytz.all_timezones_set:
        return to_utc(name, written.replace(tzinfo=None, fold=0))
    return written.astimezone(pytz.utc)


def _people(event: Component) -> Iterator[str]:
    for name in ("ATTENDEE", "ORGANIZER"):
        for person in listed(event.get(name)):
            params: dict[str, Any] = getattr(person, "params", {})
            declined = str(params.get("PARTSTAT", "")).upper() == "DECLINED"
            if declined or str(params.get("CUTYPE", "")).upper() in _NOT_PEOPLE:
                continue
            address = str(person).strip()
            yield address[7:] if address[:7].lower() == "mailto:" else address
            if params.get("CN"):
                yield str(params["CN"])
