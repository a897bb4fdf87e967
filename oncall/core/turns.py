"""The turns of a rotation: when each begins, and whose it is. Instants are naive and UTC.

Handoffs are wall-clock times counted from the rotation's start by arithmetic, so an old rotation answers as fast as
a new one. Each becomes an instant on its own: a shift on the night of a clock change is an hour shorter or longer,
and still hands over at nine.

A turn belongs to whoever comes next in the list, after the one whose turn it was before, and is there when it
begins. So nobody's past changes when somebody joins or leaves, no handoff moves, and the order goes on from where it
was. A successor, who joins when the one before them in the list leaves, moves nobody else's turn.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import datetime, timedelta
from itertools import accumulate, cycle, islice
from operator import lt

from oncall.core.clock_changes import ClockChanges
from oncall.core.rotation import Rotation
from oncall.core.tiling import BEGINNING, END, TICK, Tiling

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
                last = order[(until - 1 - first) % len(order)]
                following = (self._finisher(rotation, last, until - 1) + 1) % places
        return found

    def _finisher(self, rotation: Rotation, place: int, number: int) -> int:
        """The place by which the order goes on after a turn: a successor, who came while the turn ran and had its rest
        from the one who left, has had it."""
        begins_at, ends_at = self.starts_at(number), self.starts_at(number + 1)
        spans = [
            (
                BEGINNING if each.joins is None else self._changes.instant(each.joins),
                END if each.leaves is None else self._changes.instant(each.leaves),
            )
            for each in rotation.members
        ]
        if spans[place][1] >= ends_at:
            return place
        for offset in range(1, len(spans)):
            other = (place + offset) % len(spans)
            joins_at, leaves_at = spans[other]
            if joins_at < ends_at <= leaves_at:
                return other if joins_at > begins_at else place
        return place

    def _first_not_before(self, wall: datetime | None) -> int | None:
        if wall is None:
            return None
        at = self._changes.instant(wall)
        return 0 if at <= self.begins_at else self.number_at(at - TICK) + 1

    def tiling(self, since: datetime, until: datetime) -> Tiling[int]:
        """Around a span that begins after the rotation: whose turn it is, as places in the list."""
        first = self.number_at(since)
        edges = self._handoffs(first, until)
        del edges[bisect_left(edges, until) + 1 :]
        places = self._places(first, len(edges) - 1)
        if not all(map(lt, edges, edges[1:])):  # the clock jumped over the whole of a turn
            kept = [index for index, place in enumerate(places) if edges[index] < edges[index + 1]]
            edges, places = [*(edges[index] for index in kept), edges[-1]], [places[index] for index in kept]
        return Tiling(edges, places)

    def _places(self, first: int, count: int) -> list[int | None]:
        if len(self._orders) > 1 or not self._orders[0][1]:
            return [self.whose(number) for number in range(first, first + count)]
        order = self._orders[0][1]
        start = first % len(order)
        return [*islice(cycle(order), start, start + count)]

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

    def _walls(self, first: int, beyond: datetime) -> list[datetime]:
        walls, parts = [self._wall(first)], self._parts
        if len(parts) == 1 and not self._months[-1]:
            [part] = parts
            return [walls[0] + number * part for number in range((beyond - walls[0]) // part + 2)]
        number = first
        while walls[-1] < beyond:
            number += 1
            is_plain = not self._months[-1]
            walls.append(walls[-1] + parts[(number - 1) % len(parts)] if is_plain else self._wall(number))
        return walls


def _plus_months(wall: datetime, months: int) -> datetime:
    """Calendar months later; the 31st is the last day of a month that is shorter."""
    if not months:
        return wall
    years, month = divmod(wall.month - 1 + months, 12)
    year = wall.year + years
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))
