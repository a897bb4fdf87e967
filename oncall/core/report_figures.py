"""Figures of a report, added up in one pass; how much they hold does not grow with the number of incidents."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from oncall.core.clock_changes import ClockChanges, clock_changes
from oncall.core.report_period import midnight
from oncall.core.reported import Kept, ReportedIncident

K = TypeVar("K")

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NEVER, _ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def told_seconds(lasted: timedelta) -> int:
    """Whole seconds, as finely as they are told: to the second under an hour, to the minute under a day, else to the
    hour."""
    seconds = lasted.days * _DAY + lasted.seconds
    if seconds < _HOUR:
        return seconds
    return seconds - seconds % (_MINUTE if seconds < _DAY else _HOUR)


class Durations:
    """How long something took, many times, in `told_seconds`; so there are at most so many different ones."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self, seconds: int) -> None:
        """One more."""
        self._counts[seconds] = self._counts.get(seconds, 0) + 1

    @property
    def count(self) -> int:
        """How many."""
        return sum(self._counts.values())

    @property
    def worst(self) -> timedelta | None:
        """The longest; None where there are none."""
        return timedelta(seconds=max(self._counts)) if self._counts else None

    def quantile(self, share: float) -> timedelta | None:
        """The shortest that at least this share of all did not exceed (0.5: the median); None where there are none."""
        wanted, seen = share * self.count, 0
        for seconds in sorted(self._counts):
            seen += self._counts[seconds]
            if seen >= wanted:
                return timedelta(seconds=seconds)
        return None

    @property
    def median(self) -> timedelta | None:
        """Half took no longer."""
        return self.quantile(0.5)

    @property
    def p90(self) -> timedelta | None:
        """Nine of ten took no longer."""
        return self.quantile(0.9)


class Figures:
    """How many, what became of their promises, and how long it took."""

    __slots__ = ("incidents", "open", "promises", "resolution", "response")

    def __init__(self) -> None:
        self.incidents = 0
        self.open = 0
        self.promises: dict[Kept, int] = dict.fromkeys(Kept, 0)
        self.response = Durations()
        self.resolution = Durations()

    def add(self, kept: Kept, response: int | None, resolution: int | None, *, is_open: bool) -> None:
        """One more incident; how long its response and its resolution took, in `told_seconds`."""
        self.incidents += 1
        self.open += is_open
        self.promises[kept] += 1
        if response is not None:
            self.response.add(response)
        if resolution is not None:
            self.resolution.add(resolution)

    @property
    def kept(self) -> int:
        """Promises that were kept."""
        return self.promises[Kept.KEPT]

    @property
    def missed(self) -> int:
        """Promises that were not."""
        return self.promises[Kept.MISSED]

    @property
    def share(self) -> float | None:
        """The share of decided promises that was kept, 0–1; None where none is decided."""
        decided = self.kept + self.missed
        return self.kept / decided if decided else None


class Outcomes:
    """Of a group: promises kept, missed, or neither."""

    __slots__ = ("kept", "missed", "neither")

    def __init__(self) -> None:
        self.kept = self.missed = self.neither = 0

    def add(self, kept: Kept) -> None:
        """One more."""
        if kept is Kept.KEPT:
            self.kept += 1
        elif kept is Kept.MISSED:
            self.missed += 1
        else:
            self.neither += 1

    @property
    def count(self) -> int:
        """How many in all."""
        return self.kept + self.missed + self.neither


class ResponseSpread:
    """How response times are spread: outcomes by span. ``EDGES`` are the upper ends, included; the last has none."""

    EDGES: tuple[timedelta, ...] = tuple(
        timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880)
    )

    __slots__ = ("spans",)

    def __init__(self) -> None:
        self.spans = tuple(Outcomes() for _ in range(len(self.EDGES) + 1))

    def add(self, kept: Kept, response_for: timedelta) -> None:
        """One more."""
        self.spans[bisect_left(self.EDGES, response_for)].add(kept)


class HoursOfTheWeek:
    """How many were opened in each hour of the week, on the clocks of a zone: ``counts[0][3]`` is Monday at three."""

    __slots__ = ("_clock", "counts")

    def __init__(self, timezone: str) -> None:
        self._clock = WallClock(timezone)
        self.counts = [[0] * 24 for _ in range(7)]

    def add(self, at: datetime) -> None:
        """One more."""
        wall = self._clock.wall(at)
        self.counts[wall.weekday()][wall.hour] += 1


class Months:
    """Outcomes by the month in which an incident was opened; ``months`` are their first days, one after the other."""

    __slots__ = ("_begins", "_latest", "_since", "_until", "months", "outcomes")

    def __init__(self, timezone: str, months: Sequence[date]) -> None:
        self.months = tuple(months)
        self.outcomes = tuple(Outcomes() for _ in months)
        # All compared instants are in one zone: Python asks zones that differ, at every comparison, what they mean.
        self._begins = [midnight(timezone, month).astimezone(UTC) for month in months]
        self._since = self._until = _NEVER
        self._latest = Outcomes()

    def add(self, kept: Kept, at: datetime) -> None:
        """One more; not counted where it is before the first."""
        if not self._since <= at < self._until:
            place = bisect_right(self._begins, at) - 1
            if place < 0:
                return
            self._latest = self.outcomes[place]
            self._since, self._until = (*self._begins, _ALWAYS)[place : place + 2]
        self._latest.add(kept)

    @property
    def begins_at(self) -> datetime:
        """The beginning of the first."""
        return self._begins[0]

    @property
    def any(self) -> bool:
        """Whether there was anything in any of them."""
        return any(outcomes.count for outcomes in self.outcomes)

    def shown(self) -> list[tuple[date, Outcomes]]:
        """Those from the first on in which there was anything; the last in any case."""
        found = list(zip(self.months, self.outcomes, strict=True))
        while len(found) > 1 and not found[0][1].count:
            del found[0]
        return found


class Groups(dict[K, Figures]):
    """Figures by priority, by type, …; of those that there are."""

    def __missing__(self, group: K) -> Figures:
        self[group] = Figures()
        return self[group]


def add_to(groups: Sequence[Figures], incident: ReportedIncident, kept: Kept) -> timedelta | None:
    """One more incident in each of these groups. How long its response took, None where there was none."""
    response_for, resolution_for, is_open = incident.response_for, incident.resolution_for, incident.open
    response = None if response_for is None else told_seconds(response_for)
    resolution = None if resolution_for is None else told_seconds(resolution_for)
    for group in groups:
        group.add(kept, response, resolution, is_open=is_open)
    return response_for


class WallClock:
    """A clock on the wall of a zone, quick where one instant is near the one before. Its instants are aware, what it
    shows is naive."""

    __slots__ = ("_ahead", "_changes", "since", "until")

    def __init__(self, timezone: str) -> None:
        self._changes = clock_changes(timezone)
        self.since = self.until = _NEVER  # between which the clock was not changed
        self._ahead = timedelta(0)

    def wall(self, at: datetime) -> datetime:
        """What it shows."""
        if not self.since <= at < self.until:
            since, until, self._ahead = self._changes.unchanged(_instant(at))
            self.since, self.until = since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)
        return _instant(at) + self._ahead

    def at(self, wall: datetime) -> datetime:
        """The instant at which it shows this, unless it is changed between that and what it was last asked for."""
        return (wall - self._ahead).replace(tzinfo=UTC)


def on_the_wall(changes: ClockChanges, at: datetime) -> datetime:
    """What the clock shows at an instant (naive)."""
    return changes.wall(_instant(at))


def _instant(at: datetime) -> datetime:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).replace(tzinfo=None)
