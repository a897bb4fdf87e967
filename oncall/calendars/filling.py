"""The calendars' events become the spans of the rotations that name them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytz

from oncall.calendars.pagerduty_oncalls import PagerDutyPeople, why_nobody_of_pagerduty
from oncall.calendars.people import Names
from oncall.calendars.reading import Event
from oncall.calendars.sources import read_source
from oncall.core.calendar_rotation import CalendarRotation, CalendarSpan, pagerduty_schedule
from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.local_time import to_local
from oncall.core.schedule import Schedule
from oncall.errors import CalendarError

# What feeds and the dashboard look back at, and what escalations, gaps and feeds look ahead at.
KNOWN_BACK_FOR = timedelta(days=70)
KNOWN_AHEAD_FOR = timedelta(days=400)
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Source:
    """A rotation that is kept elsewhere, and where that is: a URL, a file of the folder, or a schedule of PagerDuty."""

    schedule: Schedule
    rotation: CalendarRotation

    @property
    def name(self) -> str:
        """The URL or the file, or the name of the schedule there."""
        return self.rotation.source

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where the schedules folder names it."""
        if pagerduty_schedule(self.name):
            return "schedules", self.schedule.key, "pagerduty"
        names = [each.name for each in self.schedule.rotations]
        return "schedules", self.schedule.key, "rotations", names.index(self.rotation.name)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a rotation has nobody, or may lack somebody. ``about`` is what it is about, the same at every reading."""

    source: Source
    text: str
    about: str


def known_span(now: datetime) -> tuple[datetime, datetime]:
    """What is read of a calendar. Its edges are New Years: were they to move every day, so would the shifts at them."""
    since, until = (now - KNOWN_BACK_FOR).year, (now + KNOWN_AHEAD_FOR).year + 1
    return datetime(since, 1, 1, tzinfo=pytz.utc), datetime(until, 1, 1, tzinfo=pytz.utc)


def calendar_rotations(configuration: Configuration) -> Iterator[Source]:
    """Every rotation that is kept in a calendar."""
    for schedule in configuration.schedules.values():
        for rotation in schedule.rotations:
            if isinstance(rotation, CalendarRotation):
                yield Source(schedule, rotation)


def with_calendars(
    configuration: Configuration, texts: Mapping[str, str], now: datetime
) -> tuple[Configuration, list[Trouble]]:
    """The configuration with the spans of its calendars, and what is wrong with them; never raises for a calendar.

    ``texts`` are calendars by their source. A calendar that cannot be read, or is not among them, leaves its rotation
    as it was. The configuration that comes back is the same for every ``now`` that has the same `known_span`.
    """
    if not any(True for _ in calendar_rotations(configuration)):
        return configuration, []
    troubles: list[Trouble] = []
    schedules = {}
    for key, schedule in configuration.schedules.items():
        rotations = tuple(
            _filled(Source(schedule, each), texts, configuration.engineers, now, troubles)
            if isinstance(each, CalendarRotation)
            else each
            for each in schedule.rotations
        )
        schedules[key] = replace(schedule, rotations=rotations)
    return replace(configuration, schedules=schedules), troubles


def _filled(
    source: Source,
    texts: Mapping[str, str],
    engineers: Mapping[str, Engineer],
    now: datetime,
    troubles: list[Trouble],
) -> CalendarRotation:
    rotation, zone = source.rotation, source.schedule.timezone
    text = texts.get(source.name)
    if text is None:
        return rotation
    try:
        found = read_source(source.name, text, zone, *known_span(now))
    except CalendarError as error:
        troubles.append(Trouble(source, f"{error}", f"{error}"))
        return rotation
    troubles += [Trouble(source, complaint, complaint) for complaint in found.complaints]
    find, why_nobody = _who(rotation, engineers)
    spans: list[CalendarSpan] = []
    strangers: dict[str, tuple[Event, str]] = {}
    for event in found.events:
        key = find(event)
        if key is not None:
            spans.append(CalendarSpan(key, event.starts_at, event.ends_at))
        elif event.ends_at > now:
            strangers.setdefault(_called(event), (event, why_nobody(event)))
    troubles += _of_strangers(source, strangers)
    if not strangers and not any(span.ends_at > now for span in spans):
        nothing = "it has no shift to come, so nobody is on call by it"
        troubles.append(Trouble(source, nothing, nothing))
    return replace(rotation, spans=tuple(spans))


def _who(
    rotation: CalendarRotation, engineers: Mapping[str, Engineer]
) -> tuple[Callable[[Event], str | None], Callable[[Event], str]]:
    """Whose an event is, and why it is nobody's, for this rotation."""
    if pagerduty_schedule(rotation.source):
        return PagerDutyPeople(engineers).find, why_nobody_of_pagerduty
    names = Names(engineers, dict(rotation.names))
    return names.find, lambda event: _why_nobody(event, names, engineers)


def _called(event: Event) -> str:
    who = f" ({event.people[0]})" if event.people else ""
    return f"“{event.summary}”{who}"


def _why_nobody(event: Event, names: Names, engineers: Mapping[str, Engineer]) -> str:
    may_be = " or ".join(f"{engineers[key].name} (`{key}`)" for key in sorted(names.meant(event)) if key in engineers)
    if not may_be:
        return (
            "names no engineer, so nobody is on call by it; "
            "map the name under `engineers:` of the rotation, or mend the calendar"
        )
    return (
        f"may be {may_be}, so nobody is on call by it; write the full name or the email address of one of them "
        "in the calendar, or map what it says under `engineers:` of the rotation"
    )


def _of_strangers(source: Source, strangers: Mapping[str, tuple[Event, str]]) -> Iterator[Trouble]:
    for called, (event, why) in list(strangers.items())[:_MOST_NAMED]:
        at = to_local(source.schedule.timezone, event.starts_at)
        yield Trouble(
            source,
            f"{called}, from {at:%a %Y-%m-%d %H:%M %Z}, {why}",
            called,
        )
    if len(strangers) > _MOST_NAMED:
        more = len(strangers) - _MOST_NAMED
        yield Trouble(source, f"{more} more of its events name no one", "more events that name no one")
