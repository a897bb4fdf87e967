"""Who is on call by the rules of other systems: slow and obvious on purpose, and without our own arithmetic.

Turns are walked one by one, and windows day by day, so that what is computed here can be held
against what `oncall.core` answers.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta
from functools import lru_cache

import pytz

from oncall.schedule_files.importers.source import NOBODY, Held

Span = tuple[datetime, datetime]
Handoff = Callable[[int], datetime]
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_QUARTER = timedelta(minutes=15)


@lru_cache(maxsize=8192)
def first_instant(timezone: str, wall: datetime) -> datetime:
    """The first instant at which the clock shows ``wall`` (naive), or what follows the gap that skips it."""
    zone = pytz.timezone(timezone)
    earlier, later = sorted(zone.localize(wall, is_dst=dst).astimezone(pytz.utc) for dst in (True, False))
    if _wall(timezone, earlier) == wall:
        return earlier
    at = earlier.replace(second=0, microsecond=0)
    while at < later + _DAY and _wall(timezone, at) < wall:
        at += _MINUTE
    return at


def last_instant(timezone: str, wall: datetime) -> datetime:
    """The last instant at which the clock shows ``wall`` (naive), or what follows the gap that skips it."""
    zone = pytz.timezone(timezone)
    later = max(zone.localize(wall, is_dst=dst).astimezone(pytz.utc) for dst in (True, False))
    return later if _wall(timezone, later) == wall else first_instant(timezone, wall)


def by_the_wall(timezone: str, starts: datetime, length: timedelta) -> Handoff:
    """Handoffs at the same wall-clock time after every so many hours, days or weeks."""
    return lambda number: first_instant(timezone, starts + number * length)


def by_the_stopwatch(starts_at: datetime, length: timedelta) -> Handoff:
    """Handoffs after so much time has passed, whatever the clock on the wall shows."""
    return lambda number: starts_at + number * length


def turns(handoff: Handoff, people: tuple[str, ...], since: datetime, until: datetime) -> list[Held]:
    """Everybody's turns that touch the span; handoff 0 begins the turn of the first of ``people``."""
    found: list[Held] = []
    number = steps_before(handoff, since)
    begins_at = handoff(number)
    while begins_at < until:
        ends_at = handoff(number + 1)
        if ends_at > since and (person := people[number % len(people)]) != NOBODY:
            found.append(Held(person, begins_at, ends_at))
        number, begins_at = number + 1, ends_at
    return found


def steps_before(handoff: Handoff, at: datetime) -> int:
    """The number of a turn that begins not after ``at`` and not long before, so that a walk may start there; maybe 0.

    A first guess as if all turns were as long as the first is taken back until it is early enough.
    """
    number = max((at - handoff(0)) // max(handoff(1) - handoff(0), _QUARTER), 0)
    while number > 0 and handoff(number) > at:
        number -= max(number // 64, 1)
    return number


def windows(
    timezone: str,
    days: Iterable[int],
    begins: timedelta,
    lasts: timedelta,
    since: datetime,
    until: datetime,
    *,
    end: Callable[[str, datetime], datetime] = first_instant,
) -> Iterator[Span]:
    """The spans that begin at this time of these days and last so long on the wall; day by day."""
    wanted = set(days)
    day = _wall(timezone, since).date() - timedelta(days=9)
    last = _wall(timezone, until).date() + _DAY
    while day <= last:
        if day.weekday() in wanted:
            opens = datetime.combine(day, time(0, 0)) + begins
            span = (first_instant(timezone, opens), end(timezone, opens + lasts))
            if span[0] < span[1]:
                yield span
        day += _DAY


def within(held: Iterable[Held], spans: Iterable[Span]) -> list[Held]:
    """What of it lies in at least one of the spans."""
    found = []
    joined = _joined(spans)
    for one in held:
        for opens_at, closes_at in joined:
            starts_at, ends_at = max(one.starts_at, opens_at), min(one.ends_at, closes_at)
            if starts_at < ends_at:
                found.append(Held(one.person, starts_at, ends_at))
    return found


def outside(held: Iterable[Held], spans: Iterable[Span]) -> list[Held]:
    """What of it lies in none of the spans."""
    found = []
    joined = _joined(spans)
    for one in held:
        at = one.starts_at
        for opens_at, closes_at in joined:
            if closes_at <= at or opens_at >= one.ends_at:
                continue
            if opens_at > at:
                found.append(Held(one.person, at, opens_at))
            at = max(at, closes_at)
        if at < one.ends_at:
            found.append(Held(one.person, at, one.ends_at))
    return found


def covered(lower: Iterable[Held], upper: Iterable[Held]) -> list[Held]:
    """The upper, and the lower where the upper has nobody."""
    above = list(upper)
    return [*outside(lower, ((one.starts_at, one.ends_at) for one in above)), *above]


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for starts_at, ends_at in sorted(spans):
        if joined and starts_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends_at))
        else:
            joined.append((starts_at, ends_at))
    return joined


def _wall(timezone: str, at: datetime) -> datetime:
    return at.astimezone(pytz.timezone(timezone)).replace(tzinfo=None)
