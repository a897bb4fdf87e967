"""A rotation: engineers who take turns.

Turn k belongs to engineer k mod n. Handoffs are wall-clock times counted from the rotation's start by
arithmetic, so an old rotation answers as fast as a new one. Each becomes an instant on its own: a shift on
the night of a clock change is an hour shorter or longer, and still hands over at nine. Turns run on while a
window of ``during`` is closed.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from oncall.core.local_time import to_utc, to_wall

EVERY_DAY: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
_MONTH = timedelta(days=30, hours=10, minutes=29)  # on average; only used to guess, then corrected


@dataclass(frozen=True, slots=True)
class ShiftLength:
    """How long one turn is on the wall clock: calendar months, plus days and hours."""

    months: int = 0
    rest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Window:
    """When in the week a rotation counts. ``days`` (Monday = 0) are those on which it begins.

    ``until`` not later than ``begins`` is on the next day, so the default is the whole day. It begins on the dates
    of ``also_on`` too, whatever day of the week they are, and never on those of ``except_on``.
    """

    days: tuple[int, ...] = EVERY_DAY
    begins: time = time(0, 0)
    until: time = time(0, 0)
    also_on: frozenset[date] = frozenset()
    except_on: frozenset[date] = frozenset()

    def begins_on(self, day: date) -> bool:
        """Whether it begins on that day."""
        return (day.weekday() in self.days or day in self.also_on) and day not in self.except_on


@dataclass(frozen=True, slots=True)
class Membership:
    """From when until when an engineer takes part, as naive local times; None is open."""

    joins: datetime | None = None
    leaves: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """``starts`` is naive, local to the schedule's zone, and so is ``until``, from which on it has nobody.

    ``shift`` is one length, or a cycle of them. An empty ``during`` means always. ``members`` says, in the order
    of ``engineers``, when each of them joins and leaves; it is empty where all are there all the time.
    """

    name: str
    starts: datetime
    shift: tuple[ShiftLength, ...]
    engineers: tuple[str, ...]
    during: tuple[Window, ...] = ()
    until: datetime | None = None
    members: tuple[Membership, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Who has it around an instant: None is nobody, an end that is None is open.

    It is not always the longest: the neighbour may have the same answer.
    """

    engineer: str | None
    starts_at: datetime | None
    ends_at: datetime | None


def span(rotation: Rotation, timezone: str, at: datetime) -> Span:
    """Who of this rotation has it at ``at`` (aware, UTC), with a span in which that does not change."""
    begins_at = to_utc(timezone, rotation.starts)
    if at < begins_at:
        return Span(None, None, begins_at)
    is_open, opened_at, closes_at = _window(rotation, timezone, at)
    if not is_open:
        return Span(None, _later(opened_at, begins_at), closes_at)
    turn = _turn(rotation, timezone, at, begins_at)
    return Span(turn.engineer, _later(opened_at, turn.starts_at), _earlier(closes_at, turn.ends_at))


def _turn(rotation: Rotation, timezone: str, at: datetime, begins_at: datetime) -> Span:
    engineers = rotation.engineers
    if len(set(engineers)) == 1:
        return Span(engineers[0], begins_at, None)
    number = turn_number(rotation, timezone, at)
    return Span(
        engineers[number % len(engineers)],
        _handoff_at(rotation, timezone, number),
        _handoff_at(rotation, timezone, number + 1),
    )


def turn_number(rotation: Rotation, timezone: str, at: datetime) -> int:
    """The number of the turn at ``at``, the first being 0. ``at`` is not before the rotation starts.

    The guess from the wall clock is off by few turns: on the night of a clock change, and as months differ.
    """
    number = _guess(rotation, to_wall(timezone, at))
    while number > 0 and not _has_begun(rotation, timezone, number, at):
        number -= 1
    while _has_begun(rotation, timezone, number + 1, at):
        number += 1
    return number


def _guess(rotation: Rotation, wall: datetime) -> int:
    cycle = sum((part.months * _MONTH + part.rest for part in rotation.shift), timedelta(0))
    cycles, rest = divmod(wall - rotation.starts, cycle)
    number = cycles * len(rotation.shift)
    for part in rotation.shift:
        rest -= part.months * _MONTH + part.rest
        if rest < timedelta(0):
            break
        number += 1
    return max(number, 0)


def _has_begun(rotation: Rotation, timezone: str, number: int, at: datetime) -> bool:
    handoff_at = _handoff_at(rotation, timezone, number)
    return handoff_at is not None and handoff_at <= at


def _handoff_at(rotation: Rotation, timezone: str, number: int) -> datetime | None:
    """When a turn begins; None where that is beyond what a calendar can say."""
    cycles, done = divmod(number, len(rotation.shift))
    whole, part = rotation.shift, rotation.shift[:done]
    months = cycles * sum(p.months for p in whole) + sum(p.months for p in part)
    try:
        rest = cycles * sum((p.rest for p in whole), timedelta(0)) + sum((p.rest for p in part), timedelta(0))
        return to_utc(timezone, _plus_months(rotation.starts, months) + rest)
    except (OverflowError, ValueError):
        return None


def _plus_months(wall: datetime, months: int) -> datetime:
    """Calendar months later; the 31st is the last day of a month that is shorter."""
    if not months:
        return wall
    years, month = divmod(wall.month - 1 + months, 12)
    year = wall.year + years
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))


def _window(rotation: Rotation, timezone: str, at: datetime) -> tuple[bool, datetime | None, datetime | None]:
    """Whether the rotation counts at ``at``, and the nearest window edges around it (None: none in sight)."""
    if not rotation.during:
        return True, None, None
    is_open, before, after = False, None, None
    for opens_at, closes_at in _windows_near(rotation.during, timezone, at):
        if opens_at == closes_at:
            continue  # the clock jumped over the whole of it
        is_open = is_open or opens_at <= at < closes_at
        for edge in (opens_at, closes_at):
            if edge <= at:
                before = edge if before is None else max(before, edge)
            else:
                after = edge if after is None else min(after, edge)
    return is_open, before, after


def _windows_near(during: tuple[Window, ...], timezone: str, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every window that begins within nine days: a week, and a day more for each of its ends."""
    today = to_wall(timezone, at).date()
    for offset in range(-9, 10):
        day = today + timedelta(days=offset)
        for window in during:
            if window.begins_on(day):
                last = day if window.until > window.begins else day + timedelta(days=1)
                yield (
                    to_utc(timezone, datetime.combine(day, window.begins)),
                    to_utc(timezone, datetime.combine(last, window.until)),
                )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((edge for edge in (one, other) if edge is not None), default=None)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((edge for edge in (one, other) if edge is not None), default=None)
