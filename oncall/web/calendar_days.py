"""Shifts as a calendar shows them: four weeks of days in somebody's time zone, each with what touches it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from oncall.core.configuration import Configuration
from oncall.core.local_time import to_utc, to_wall
from oncall.core.schedule import Schedule, Shift, on_call
from oncall.core.whole_shifts import whole_shifts

WEEKS = 4
COLOURS = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Piece:
    """A shift, or the part of it that lies in one day. ``name`` is "" in a gap; ``override`` says why there is one,
    and by whom, "" where there is none; ``times`` is how the day's part is written."""

    name: str
    colour: str
    times: str
    override: str
    why: str
    is_past: bool
    is_now: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day; ``pieces`` is all that touches it. ``entries`` are what an agenda lists under it: shifts that begin,
    or that go on now, where the day is today."""

    date: date
    is_today: bool
    is_past: bool
    pieces: list[Piece]
    entries: list[Piece]


@dataclass(frozen=True, slots=True)
class Section:
    """The calendar of one schedule, in ``zone``. ``current`` is who is on call now."""

    schedule: str
    zone: str
    weeks: list[list[Day]]
    current: Piece
    gaps: int


@dataclass(frozen=True, slots=True)
class _Window:
    """A day as a span of time. ``is_first``: of those that are shown; ``shows_today``: today is among them."""

    date: date
    since: datetime
    until: datetime
    is_first: bool
    shows_today: bool


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def colours(configuration: Configuration) -> Mapping[str, str]:
    """A colour's class for each engineer: from the key, so that it stays; another only where the first is taken."""
    taken: dict[str, int] = {}
    for key in configuration.engineers:
        first = int(sha256(key.encode()).hexdigest(), 16) % COLOURS
        free = [(first + step) % COLOURS for step in range(COLOURS) if (first + step) % COLOURS not in taken.values()]
        taken[key] = free[0] if free else first
    return {key: f"hue{number}" for key, number in taken.items()}


class Calendar:
    """``section`` draws one schedule. ``engineer`` shows theirs only, "" everybody's."""

    def __init__(self, configuration: Configuration, now: datetime, engineer: str = "") -> None:
        self._configuration = configuration
        self._now = now
        self._engineer = engineer
        self._colours = colours(configuration)

    def section(self, schedule: Schedule, zone: str, first: date | None) -> Section:
        """Four weeks from ``first``, which is moved to its Monday; None is this week."""
        today = to_wall(zone, self._now).date()
        begin = monday(first or today)
        days = [begin + number * _DAY for number in range(7 * WEEKS)]
        starts = [to_utc(zone, datetime.combine(day, time())) for day in [*days, days[-1] + _DAY]]
        shown = [each for each in whole_shifts(schedule, starts[0], starts[-1]) if self._is_shown(each)]
        windows = [
            _Window(day, since, until, is_first=day == begin, shows_today=today in days)
            for day, since, until in zip(days, starts[:-1], starts[1:], strict=True)
        ]
        made = [self._day(window, today, zone, shown) for window in windows]
        return Section(
            schedule=schedule.key,
            zone=zone,
            weeks=[made[at : at + 7] for at in range(0, len(made), 7)],
            current=self._piece(on_call(schedule, self._now), ""),
            gaps=sum(each.engineer is None and not self._is_over(each) for each in shown),
        )

    def _is_shown(self, shift: Shift) -> bool:
        return not self._engineer or shift.engineer == self._engineer

    def _is_listed(self, shift: Shift, day: _Window, today: date) -> bool:
        if self._has_begun(shift) and not self._is_over(shift) and day.shows_today:
            return day.date == today
        return day.is_first or (shift.starts_at is not None and shift.starts_at >= day.since)

    def _has_begun(self, shift: Shift) -> bool:
        return shift.starts_at is None or shift.starts_at <= self._now

    def _is_over(self, shift: Shift) -> bool:
        return shift.ends_at is not None and shift.ends_at <= self._now

    def _day(self, window: _Window, today: date, zone: str, shown: Sequence[Shift]) -> Day:
        touching = [each for each in shown if _overlaps(each, window)]
        return Day(
            date=window.date,
            is_today=window.date == today,
            is_past=window.date < today,
            pieces=[self._piece(each, _times_of_day(each, zone, window)) for each in touching],
            entries=[self._piece(each, "") for each in touching if self._is_listed(each, window, today)],
        )

    def _piece(self, shift: Shift, times: str) -> Piece:
        key = shift.engineer or ""
        known = self._configuration.engineers.get(key)
        is_override = shift.engineer is not None and not shift.rotation
        return Piece(
            name=known.name if known else key,
            colour=self._colours.get(key, "hue0") if key else "gap",
            times=times,
            override=shift.why if is_override else "",
            why=shift.why,
            is_past=self._is_over(shift),
            is_now=self._has_begun(shift) and not self._is_over(shift),
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )


def _overlaps(shift: Shift, day: _Window) -> bool:
    begins_before = shift.starts_at is None or shift.starts_at < day.until
    return begins_before and (shift.ends_at is None or shift.ends_at > day.since)


def _times_of_day(shift: Shift, zone: str, day: _Window) -> str:
    """``09:00 – 18:00``, ``from 09:00``, ``until 09:00``, or "" for the whole day."""
    starts = to_wall(zone, shift.starts_at) if shift.starts_at is not None and shift.starts_at > day.since else None
    ends = to_wall(zone, shift.ends_at) if shift.ends_at is not None and shift.ends_at < day.until else None
    if starts is not None and ends is not None:
        return f"{starts:%H:%M} – {ends:%H:%M}"
    if starts is not None:
        return f"from {starts:%H:%M}"
    return f"until {ends:%H:%M}" if ends is not None else ""


def days_of(section: Section) -> Iterator[Day]:
    """All days of a section in order."""
    return (day for week in section.weeks for day in week)
