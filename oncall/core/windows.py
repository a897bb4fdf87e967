"""The windows of a rotation: when it counts. Instants are naive and UTC."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from oncall.core.clock_changes import ClockChanges
from oncall.core.rotation import Window
from oncall.core.tiling import END, Tiling, around

_DAY = timedelta(days=1)
_MIDNIGHT = time(0, 0)
# A window lasts a day at most, so what begins earlier is over, and the date on the wall is at most one off.
_LOOK_BACK = timedelta(days=3)


def windows_tiling(during: tuple[Window, ...], changes: ClockChanges, since: datetime, until: datetime) -> Tiling[bool]:
    """Around the span: None while a window is open, False while all are closed."""
    first, last = changes.wall(since).date() - _LOOK_BACK, changes.wall(until).date() + _DAY
    edges = [changes.instant(datetime.combine(first + _DAY, _MIDNIGHT))]
    answers: list[bool | None] = [False]
    for opens_at, closes_at in _joined(sorted(_windows(during, changes, first, last))):
        if closes_at > edges[0]:
            edges += (max(opens_at, edges[0]), closes_at)
            answers += (None, False)
    edges.append(max(edges[-1], changes.instant(datetime.combine(last + _DAY, _MIDNIGHT))))
    return around(Tiling(edges, answers), since, until)


def _windows(
    during: tuple[Window, ...], changes: ClockChanges, first: date, last: date
) -> Iterator[tuple[datetime, datetime]]:
    """Every window that begins from one day to another and is not jumped over by the clock."""
    days = [first + _DAY * offset for offset in range((last - first).days + 1)]
    for window in during:
        over_midnight = _DAY if window.until <= window.begins else timedelta(0)
        begun = [day for day in days if window.begins_on(day)]
        opened = changes.instants(datetime.combine(day, window.begins) for day in begun)
        closed = changes.instants(datetime.combine(day + over_midnight, window.until) for day in begun)
        yield from (span for span in zip(opened, closed, strict=True) if span[0] < span[1])


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Sorted spans, of which those that meet or overlap are one."""
    opens_at = closes_at = END
    for begins, ends in spans:
        if closes_at is END:
            opens_at, closes_at = begins, ends
        elif begins <= closes_at:
            closes_at = max(closes_at, ends)
        else:
            yield opens_at, closes_at
            opens_at, closes_at = begins, ends
    if closes_at is not END:
        yield opens_at, closes_at
