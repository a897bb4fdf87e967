"""The windows of a rotation: when it counts. Instants are naive and UTC."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar

from oncall.core.clock_changes import ClockChanges, clock_changes
from oncall.core.rotation import Window
from oncall.core.tiling import Tiling, around

A = TypeVar("A")

_DAY = timedelta(days=1)
_MIDNIGHT = time(0, 0)
# A window lasts a day at most, so what begins earlier is over, and the date on the wall is at most one off.
_LOOK_BACK = timedelta(days=3)


@lru_cache(maxsize=256)
def windows_tiling(during: tuple[Window, ...], timezone: str, since: datetime, until: datetime, closed: A) -> Tiling[A]:
    """Around the span: None while a window is open, and ``closed`` while all are closed.

    Remembered, since office hours are those of many schedules; whoever gets it must not change it.
    """
    changes = clock_changes(timezone)
    first = datetime.combine(changes.wall(since).date() - _LOOK_BACK, _MIDNIGHT)
    days = (changes.wall(until) - first).days + 2
    begins, ends = changes.instants((first + _DAY, first + days * _DAY))
    found = [span for window in during for span in _spans(window, changes, first, days)]
    edges, answers = [begins], list[A | None]((closed,))
    for opens_at, closes_at in _joined(sorted(found) if len(during) > 1 else found):
        if closes_at > begins:
            edges += (max(opens_at, begins), closes_at)
            answers += (None, closed)
    edges.append(max(edges[-1], ends))
    return around(Tiling(edges, answers), since, until)


def _spans(window: Window, changes: ClockChanges, first: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """When it is open, of so many days, the first being a midnight; without those that the clock jumps over."""
    opens, closes = (timedelta(hours=each.hour, minutes=each.minute) for each in (window.begins, window.until))
    if closes <= opens:
        closes += _DAY
    if window.also_on or window.except_on:
        begun = [number for number in range(days) if window.begins_on((first + number * _DAY).date())]
    else:
        weekday, named = first.weekday(), window.days
        begun = [number for number in range(days) if (weekday + number) % 7 in named]
    midnights = [first + number * _DAY for number in begun]
    opened = changes.instants([midnight + opens for midnight in midnights])
    closed = changes.instants([midnight + closes for midnight in midnights])
    found = zip(opened, closed, strict=True)
    return [span for span in found if span[0] < span[1]]


def _joined(spans: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Sorted spans, of which those that meet or overlap are one."""
    if not spans:
        return
    opens_at, closes_at = spans[0]
    for begins, ends in spans:
        if begins > closes_at:
            yield opens_at, closes_at
            opens_at, closes_at = begins, ends
        elif ends > closes_at:
            closes_at = ends
    yield opens_at, closes_at
