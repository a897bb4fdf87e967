"""Lengths and times of others in the words of our format."""

from calendar import monthrange
from datetime import datetime, timedelta

from oncall.core.local_time import to_utc, to_wall
from oncall.schedule_files.importers.source import Hours, Turns

_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_DAY = timedelta(days=1)
SHORTEST_TURN_SECONDS = 900
_LONGEST = 3650 * 86_400


def length(seconds: int) -> str:
    """A duration of ours such as "1w"; ten years at most, and never nothing."""
    seconds = min(max(seconds, 1), _LONGEST)
    return next(f"{seconds // size}{unit}" for unit, size in _UNITS if seconds % size == 0)


def clock(since_midnight: timedelta) -> str:
    """A time of day of ours such as "09:00"; seconds are left out."""
    minutes = int(since_midnight.total_seconds()) // 60 % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def hours(days: tuple[int, ...], begins: timedelta, lasts: timedelta) -> list[Hours]:
    """Windows of ours for what begins at this time of these days and lasts up to a week."""
    found: list[Hours] = []
    shift = 0
    while lasts > timedelta(0):
        part = min(lasts, _DAY)
        found.append(Hours(tuple(sorted((day + shift) % 7 for day in days)), clock(begins), clock(begins + part)))
        lasts, shift = lasts - part, shift + 1
    return together(found)


def together(windows: list[Hours]) -> list[Hours]:
    """The same windows, those with the same times as one, in the order in which they came."""
    days: dict[tuple[str, str], set[int]] = {}
    for each in windows:
        days.setdefault((each.begins, each.until), set()).update(each.days)
    return [Hours(tuple(sorted(found)), begins, until) for (begins, until), found in days.items()]


def plus(wall: datetime, months: int, rest: timedelta) -> datetime:
    """Calendar months and a time later; the 31st is the last day of a month that is shorter."""
    years, month = divmod(wall.month - 1 + months, 12)
    year = wall.year + years
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1])) + rest


def turns_from(
    turns: Turns, months: int, rest: timedelta, active_from: datetime, timezone: str, since: datetime
) -> list[Turns]:
    """The same turns, which count from ``active_from`` (aware) on; what lies before ``since`` is not looked at.

    One turn lasts ``months`` and ``rest`` on the wall. Where the turns begin later than that, they are counted back.
    """
    whole, wall = len(turns.people), to_wall(timezone, active_from)
    starts = turns.starts
    if months == 0:
        starts -= cycles_back(starts - wall, rest * whole)
    while months and starts > wall:
        starts = plus(starts, -months * whole, timedelta(0))
    if starts == wall or active_from <= since:
        return [_starting(turns, starts, turns.people)]
    number = (wall - starts) // rest if months == 0 else 0
    while plus(starts, months * (number + 1), rest * (number + 1)) <= wall:
        number += 1
    following = plus(starts, months * (number + 1), rest * (number + 1))
    order = (number + 1) % whole
    first = _first(turns, wall, turns.people[number % whole], following)
    if turns.until is not None and turns.until <= following:
        return [_first(turns, wall, turns.people[number % whole], turns.until)]
    return [first, _starting(turns, following, turns.people[order:] + turns.people[:order])]


def cycles_back(too_late_by: timedelta, cycle: timedelta) -> timedelta:
    """The fewest whole cycles that make up for so much; nothing where it is not too late."""
    return max(-(-too_late_by // cycle), 0) * cycle


def by_the_stopwatch_from(
    starts_at: datetime, seconds: int, people: tuple[str, ...], since: datetime
) -> tuple[datetime, tuple[str, ...]]:
    """The last handoff not after ``since`` (or the first of all), and who takes turns from it on.

    For turns that last so many seconds whatever the clock shows: ours keep the clock, so they begin late.
    """
    number = max((since - starts_at) // timedelta(seconds=seconds), 0)
    order = number % len(people)
    return starts_at + number * timedelta(seconds=seconds), people[order:] + people[:order]


def _starting(turns: Turns, starts: datetime, people: tuple[str, ...]) -> Turns:
    return Turns(turns.name, starts, turns.shift, people, turns.during, turns.until, turns.notes)


def _first(turns: Turns, starts: datetime, person: str, until: datetime) -> Turns:
    return Turns(f"{turns.name} first", starts, turns.shift, (person,), turns.during, until)


def is_over(until: datetime | None, timezone: str, since: datetime) -> bool:
    """Whether what ends at ``until`` (naive) has ended at ``since``."""
    return until is not None and to_utc(timezone, until) <= since
