"""The answers of one schedule, compiled, so that asking again and again is cheap.

Time is cut into blocks, and a block into tiles when it is asked for first; an answer is looked up by bisection.
Threads may share it: the worst that can happen is that two of them make the same block.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytz

from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.engineer import Absence
from oncall.core.layers import Answer, CalendarLayer, TurnsLayer
from oncall.core.override import Override, why_override
from oncall.core.presence import naive
from oncall.core.rotation import Rotation
from oncall.core.shift import Shift, new_shifts
from oncall.core.tiling import BEGINNING, END, TICK, Tiling, around, merged, one_tile, overlaid

WHY_GAP = "nobody: no rotation and no override covers this time"
_GAP = (None, "", WHY_GAP)

_BLOCK = timedelta(days=28)
_ORIGIN = pytz.utc.localize(datetime(1970, 1, 5))  # noqa: DTZ001 - localised in the same breath
_NAIVE_ORIGIN = _ORIGIN.replace(tzinfo=None)
_FIRST_BLOCK = (datetime(2, 1, 1) - _NAIVE_ORIGIN) // _BLOCK  # noqa: DTZ001
_LAST_BLOCK = (datetime(9998, 1, 1) - _NAIVE_ORIGIN) // _BLOCK  # noqa: DTZ001
# How many are kept: half a century.
_MOST_BLOCKS = 650
# How far a shift is followed from block to block. Beyond it, no end is in sight.
_FOLLOWED_BLOCKS = 40


class _Block:
    """Tiles of four weeks. ``shifts`` are whole; None where nobody has asked yet how far that one reaches."""

    __slots__ = ("shifts", "starts", "tiling")

    def __init__(self, tiling: Tiling[Answer]) -> None:
        self.tiling = tiling
        self.starts = [_aware(edge) for edge in tiling.edges[:-1]]
        self.shifts: list[Shift | None] = [None] * len(self.starts)


class Answers:
    """Compiled from a schedule's parts; see `oncall.core.schedule` for what they mean."""

    __slots__ = ("_blocks", "_overrides", "layers")

    def __init__(
        self,
        timezone: str,
        rotations: tuple[Rotation | CalendarRotation, ...],
        overrides: tuple[Override, ...],
        away: Mapping[str, tuple[Absence, ...]],
    ) -> None:
        self.layers = [
            TurnsLayer(each, away, timezone) if isinstance(each, Rotation) else CalendarLayer(each, away)
            for each in rotations
        ]
        self._overrides = [(naive(each.starts_at), naive(each.ends_at), each, _answer(each)) for each in overrides]
        self._blocks: dict[int, _Block] = {}

    def at(self, at: datetime) -> Shift:
        """The whole shift around an aware instant."""
        number = (at - _ORIGIN) // _BLOCK
        block = self._blocks.get(number) or self._block(number)
        index = bisect_right(block.starts, at) - 1
        return block.shifts[index] or self._whole(number, index)

    def between(self, since: datetime, until: datetime) -> list[Shift]:
        """The shifts of a span, clipped to it."""
        if until <= since:
            return []
        tiling = self._tiling(naive(since), naive(until))
        edges = [since, *[_ORIGIN + (edge - _NAIVE_ORIGIN) for edge in tiling.edges[1:-1]], until]
        return new_shifts(edges, [_GAP if answer is None else answer for answer in tiling.answers])

    def _block(self, number: int) -> _Block:
        since = _NAIVE_ORIGIN + max(_FIRST_BLOCK, min(number, _LAST_BLOCK)) * _BLOCK
        block = _Block(self._tiling(since, since + _BLOCK))
        if len(self._blocks) >= _MOST_BLOCKS:
            self._blocks = {}
        self._blocks[number] = block
        return block

    def _tiling(self, since: datetime, until: datetime) -> Tiling[Answer]:
        """Around a span of naive UTC: all layers as one."""
        found: Tiling[Answer] = one_tile(None)
        for index, layer in enumerate(self.layers):
            tiling = layer.tiling(since, until)
            found = tiling if index == 0 else overlaid(tiling, found)
        for starts_at, ends_at, override, answer in self._overrides:
            if starts_at < found.edges[-1] and ends_at > found.edges[0]:
                where = _is(override.instead_of) if override.instead_of else None
                found.cover(starts_at, ends_at, answer, where)
        return merged(around(found, since, until))

    def _whole(self, number: int, index: int) -> Shift:
        block = self._blocks.get(number) or self._block(number)
        edges, answer = block.tiling.edges, block.tiling.answers[index]
        starts_at, ends_at = edges[index], edges[index + 1]
        if index == 0:
            starts_at = self._followed_back(answer, starts_at)
        if index == len(block.shifts) - 1:
            ends_at = self._followed_on(answer, ends_at)
        since = None if starts_at == BEGINNING else _aware(starts_at)
        until = None if ends_at == END else _aware(ends_at)
        engineer, rotation, why = _GAP if answer is None else answer
        found = Shift(engineer, since, until, rotation, why)
        block.shifts[index] = found
        return found

    def _followed_back(self, answer: Answer | None, starts_at: datetime) -> datetime:
        for _ in range(_FOLLOWED_BLOCKS):
            if starts_at == BEGINNING:
                break
            tiling = self._tiling_at(starts_at - TICK)
            index = tiling.index(starts_at - TICK)
            if tiling.answers[index] != answer:
                break
            starts_at = tiling.edges[index]
        return starts_at

    def _followed_on(self, answer: Answer | None, ends_at: datetime) -> datetime:
        for _ in range(_FOLLOWED_BLOCKS):
            if ends_at == END:
                return END
            tiling = self._tiling_at(ends_at)
            index = tiling.index(ends_at)
            if tiling.answers[index] != answer:
                return ends_at
            ends_at = tiling.edges[index + 1]
        return END

    def _tiling_at(self, at: datetime) -> Tiling[Answer]:
        number = (at - _NAIVE_ORIGIN) // _BLOCK
        return (self._blocks.get(number) or self._block(number)).tiling


def _is(engineer: str) -> Callable[[Answer | None], bool]:
    return lambda answer: answer is not None and answer.engineer == engineer


def _answer(override: Override) -> Answer:
    return Answer(override.engineer, "", why_override(override))


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=pytz.utc)
