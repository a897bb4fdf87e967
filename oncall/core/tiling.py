"""A tiling: a span of time cut into tiles, each with one answer. Instants are naive and UTC.

It is made around a span that somebody asks about: the first tile holds the span's first instant and the last one
its last, and both may reach further, to where their answer may change. ``BEGINNING`` and ``END`` stand for ever.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

BEGINNING = datetime.min  # noqa: DTZ901 - naive on purpose, like all of this
END = datetime.max  # noqa: DTZ901
TICK = timedelta(microseconds=1)

A = TypeVar("A")
B = TypeVar("B")


@dataclass(slots=True)
class Tiling(Generic[A]):
    """Tile i lies between edges i and i + 1, and its answer is ``answers[i]``; None is nobody."""

    edges: list[datetime]
    answers: list[A | None]

    def index(self, at: datetime) -> int:
        """Which tile holds an instant of the tiling."""
        return bisect_right(self.edges, at, hi=len(self.answers)) - 1

    def cut(self, at: datetime) -> int:
        """Make an edge of an instant of the tiling; the tile that begins there."""
        index = bisect_left(self.edges, at)
        if self.edges[index] != at:
            self.edges.insert(index, at)
            self.answers.insert(index, self.answers[index - 1])
        return index

    def cover(
        self, since: datetime, until: datetime, answer: A, where: Callable[[A | None], bool] | None = None
    ) -> None:
        """Put one answer over a span, or only over those tiles of it for which ``where`` holds."""
        since, until = max(since, self.edges[0]), min(until, self.edges[-1])
        if since >= until:
            return
        first, last = self.cut(since), self.cut(until)
        if where is None:
            del self.edges[first + 1 : last]
            self.answers[first:last] = [answer]
            return
        for index in range(first, last):
            if where(self.answers[index]):
                self.answers[index] = answer


def one_tile(answer: A | None, since: datetime = BEGINNING, until: datetime = END) -> Tiling[A]:
    """The same answer all the time."""
    return Tiling([since, until], [answer])


def around(tiling: Tiling[A], since: datetime, until: datetime) -> Tiling[A]:
    """Those tiles that have a part in the span."""
    first, last = tiling.index(since), tiling.index(until - TICK)
    return Tiling(tiling.edges[first : last + 2], tiling.answers[first : last + 1])


def overlaid(upper: Tiling[A], lower: Tiling[A]) -> Tiling[A]:
    """The upper one where it has somebody, and else the lower one. Both are around the same span."""
    edges: list[datetime] = []
    answers: list[A | None] = []
    below, lower_edges, lower_answers = 0, lower.edges, lower.answers
    begins = upper.edges[0]
    for answer, ends in zip(upper.answers, upper.edges[1:], strict=True):
        if answer is not None:
            edges.append(begins)
            answers.append(answer)
        else:
            while below < len(lower_answers) - 1 and lower_edges[below + 1] <= begins:
                below += 1
            edges.append(max(begins, lower_edges[below]))
            answers.append(lower_answers[below])
            while below < len(lower_answers) - 1 and lower_edges[below + 1] < ends:
                below += 1
                edges.append(lower_edges[below])
                answers.append(lower_answers[below])
        begins = ends
    last = begins if upper.answers[-1] is not None else min(begins, lower_edges[-1])
    return Tiling([*edges, last], answers)


def merged(tiling: Tiling[A]) -> Tiling[A]:
    """The same, without edges at which nothing changes."""
    edges = [tiling.edges[0]]
    answers = [tiling.answers[0]]
    for edge, answer in zip(tiling.edges[1:-1], tiling.answers[1:], strict=True):
        if answer != answers[-1]:
            edges.append(edge)
            answers.append(answer)
    return Tiling([*edges, tiling.edges[-1]], answers)
