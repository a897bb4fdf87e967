"""The turns of a rotation: when each begins, and whose it is. Instants are naive and UTC.

Handoffs are wall-clock times counted from the rotation's start by arithmetic, so an old rotation answers as fast as
a new one. Each becomes an instant on its own: a shift on the night of a clock change is an hour shorter or longer,
and still hands over at nine.

A turn belongs to whoever comes next in the list, after the one whose turn it was before, and is there when it
begins. So nobody's past changes when somebody joins or leaves, no handoff moves, and whoever was next stays next.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from oncall.core.clock_changes import ClockChanges
from oncall.core.rotation import Rotation
from oncall.core.tiling import END, TICK, Tiling

_MONTH = timedelta(days=30, hours=10, minutes=29)  # on average; only used to guess, then corrected
_NOTHING = timedelta(0)
_DAY = timedelta(days=1)


class Turns:
    """Compiled from a rotation once, and then asked again and again."""

    __slots__ = ("_changes", "_cycle_for", "_months", "_orders", "_parts", "_rests", "_starts", "begins_at")

    def __init__(self, rotation: Rotation, changes: ClockChanges) -> None:
        self._changes = changes
        self._starts = rotation.starts
        self.begins_at = changes.instant(rotation.starts)
        self._parts = tuple(part.months * _MONTH + part.rest for part in rotation.shift)
        self._cycle_for = sum(self._parts, _NOTHING)
        self._months = tuple(accumulate((part.months for part in rotation.shift), initial=0))
        self._rests = tuple(accumulate((part.rest for part in rotation.shift), initial=_NOTHING))
        self._orders = self._whose_in_which_order(rotation)

    def starts_at(self, number: int) -> datetime:
        """When a turn begins, the first being 0; ``END`` where that is beyond what a calendar can say."""
        try:
            return self._changes.instant(self._wall(number))
        except (OverflowError, ValueError):
            return END

    def _wall(self, number: int) -> datetime:
        cycles, done = divmod(number, len(self._parts))
        wall = _plus_months(self._starts, cycles * self._months[-1] + self._months[done])
        return wall + (cycles * self._rests[-1] + self._rests[done])

    def number_at(self, at: datetime) -> int:
        """The number of the turn at an instant, which is not before the rotation starts.

        The guess from the wall clock is off by few turns: on the night of a clock change, and as months differ.
        """
        number = self._guess(self._changes.wall(at))
        while number > 0 and self.starts_at(number) > at:
            number -= 1
        while self.starts_at(number + 1) <= at:
            number += 1
        return number

    def _guess(self, wall: datetime) -> int:
        cycles, rest = divmod(wall - self._starts, self._cycle_for)
        number = cycles * len(self._parts)
        for part in self._parts:
            rest -= part
            if rest < _NOTHING:
                break
            number += 1
        return max(number, 0)

    def order_at(self, number: int) -> tuple[int, ...]:
        """Who is there for this turn and those after it, as places in the list, first whose turn it is.

        Where nobody was there when it began, it is the one place that comes next.
        """
        first, order, following = self._orders[bisect_right(self._orders, number, key=lambda each: each[0]) - 1]
        if not order:
            return (following,)
        shift = (number - first) % len(order)
        return order[shift:] + order[:shift]

    def whose(self, number: int) -> int:
        """Whose turn it is, as a place in the list."""
        first, order, following = self._orders[0]
        if len(self._orders) > 1:
            first, order, following = self._orders[bisect_right(self._orders, number, key=lambda each: each[0]) - 1]
        return order[(number - first) % len(order)] if order else following

    def _whose_in_which_order(self, rotation: Rotation) -> list[tuple[int, tuple[int, ...], int]]:
        """From which turn on who is there, in the order of their turns, and the place that was next."""
        places = len(rotation.engineers)
        if not rotation.members:
            return [(0, tuple(range(places)), 0)]
        spans = [
            (self._first_not_before(each.joins) or 0, self._first_not_before(each.leaves)) for each in rotation.members
        ]
        changes = sorted({0, *(edge for span in spans for edge in span if edge is not None)})
        found: list[tuple[int, tuple[int, ...], int]] = []
        following = 0
        for first, until in zip(changes, [*changes[1:], None], strict=True):
            there = [
                place
                for place, (joins, leaves) in enumerate(spans)
                if joins <= first and (leaves is None or first < leaves)
            ]
            order = (
                *(place for place in there if place >= following),
                *(place for place in there if place < following),
            )
            found.append((first, order, following))
            if order and until is not None:
                following = (order[(until - 1 - first) % len(order)] + 1) % places
        return found

    def _first_not_before(self, wall: datetime | None) -> int | None:
        if wall is None:
            return None
        at = self._changes.instant(wall)
        return 0 if at <= self.begins_at else self.number_at(at - TICK) + 1

    def tiling(self, since: datetime, until: datetime) -> Tiling[int]:
        """Around a span that begins after the rotation: whose turn it is, as places in the list."""
        number = self.number_at(since)
        handoffs = self._handoffs(number, until)
        edges, answers = [handoffs[0]], list[int | None]()
        for ends_at in handoffs[1:]:
            if ends_at > edges[-1]:  # else the clock jumped over the whole of the turn
                edges.append(ends_at)
                answers.append(self.whose(number))
                if ends_at >= until:
                    break
            number += 1
        return Tiling(edges, answers)

    def _handoffs(self, first: int, until: datetime) -> list[datetime]:
        """When that turn and those after it begin, to beyond ``until``."""
        beyond = self._changes.wall(until) + 2 * _DAY
        try:
            return self._changes.instants(self._walls(first, beyond))
        except (OverflowError, ValueError):  # near the end of the calendar
            found, number = [self.starts_at(first)], first
            while found[-1] < until:
                number += 1
                found.append(self.starts_at(number))
            return found

    def _walls(self, first: int, beyond: datetime) -> Iterator[datetime]:
        wall, number, parts = self._wall(first), first, self._parts
        yield wall
        while wall < beyond:
            wall = self._wall(number + 1) if self._months[-1] else wall + parts[number % len(parts)]
            yield wall
            number += 1


def _plus_months(wall: datetime, months: int) -> datetime:
    """Calendar months later; the 31st is the last day of a month that is shorter."""
    if not months:
        return wall
    years, month = divmod(wall.month - 1 + months, 12)
    year = wall.year + years
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))
