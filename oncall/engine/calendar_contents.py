"""What a calendar of others says now, against what it said before."""

from collections.abc import Sequence
from datetime import datetime

from oncall.calendars import Event, Source, calendar_rotations, is_fetched, known_span, read_source
from oncall.core.configuration import Configuration


def sources_by_url(configuration: Configuration) -> dict[str, list[Source]]:
    """The rotations that name a URL or a schedule of PagerDuty, by that; empty where none does."""
    named: dict[str, list[Source]] = {}
    for source in calendar_rotations(configuration):
        if is_fetched(source.name):
            named.setdefault(source.name, []).append(source)
    return named


def shifts_lost(before: str, after: str, source: Source, now: datetime) -> int:
    """How many shifts it had to come, where it has none any more; 0 where it has some, or had none either.

    ``before`` is "" where nothing was known. Raises CalendarError for what is no calendar.
    """
    coming = _to_come(after, source, now)
    had = _to_come(before, source, now) if before else 0
    return 0 if coming else had


def says_otherwise(before: str, after: str, sources: Sequence[Source], now: datetime) -> bool:
    """Whether its events are others, or nothing was known (``before`` is ""). Raises CalendarError."""
    return not before or any(_events(before, each, now) != _events(after, each, now) for each in sources)


def _events(text: str, source: Source, now: datetime) -> tuple[Event, ...]:
    return read_source(source.name, text, source.schedule.timezone, *known_span(now)).events


def _to_come(text: str, source: Source, now: datetime) -> int:
    return sum(event.ends_at > now for event in _events(text, source, now))
