"""One on-call shift of Grafana OnCall: when its events are, and the same as turns of ours.

A shift is an event that recurs as an iCalendar rule does; for ``rolling_users`` the next group has the next period
(grafana/oncall, engine/apps/schedules/models/custom_on_call_shift.py: convert_to_ical, get_rotation_date,
_daily_by_day_to_ical). Events keep the clock of the shift's zone.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, pairwise
from math import lcm

from oncall.core.local_time import to_utc, to_wall
from oncall.core.rotation import EVERY_DAY
from oncall.schedule_files.importers.lengths import SHORTEST_TURN_SECONDS, hours, is_over, length, turns_from
from oncall.schedule_files.importers.rendering import first_instant
from oncall.schedule_files.importers.source import Held, Hours, Turns

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_WRITTEN_OUT_FOR = timedelta(days=366)
_MOST_WRITTEN_OUT = 60
_LAST_YEAR = 2230
_CANNOT = "its rule cannot be said in this format"


@dataclass(frozen=True, slots=True)
class Shift:
    """``starts`` is local to ``timezone``; ``groups`` take turns, everybody in one together.

    ``frequency`` is "" for an event that happens once.
    """

    id: str
    name: str
    level: int
    timezone: str
    starts: datetime
    lasts: timedelta
    groups: tuple[tuple[str, ...], ...]
    frequency: str = ""
    interval: int = 1
    until: datetime | None = None
    week_start: int = 6
    by_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_monthday: tuple[int, ...] = ()

    def periods(self) -> Iterator[tuple[int, datetime]]:
        """Every event's start, with the number of the period that it is of; one by one, until far from now."""
        match self.frequency:
            case "":
                yield 0, self.starts
            case "hourly":
                yield from self._filtered(self._steps(timedelta(hours=self.interval)))
            case "daily" if self.by_day and len(self.groups) > 1:
                days = (start for _, start in self._steps(_DAY) if start.weekday() in self.by_day)
                yield from ((number // self.interval, start) for number, start in enumerate(days))
            case "daily":
                yield from self._filtered(self._steps(self.interval * _DAY))
            case "weekly":
                yield from self._weeks()
            case _:
                yield from self._months()

    def _steps(self, step: timedelta) -> Iterator[tuple[int, datetime]]:
        number, start = 0, self.starts
        while start.year < _LAST_YEAR:
            yield number, start
            number, start = number + 1, start + step

    def _filtered(self, events: Iterator[tuple[int, datetime]]) -> Iterator[tuple[int, datetime]]:
        return (
            (number, start)
            for number, start in events
            if (not self.by_day or start.weekday() in self.by_day)
            and (not self.by_month or start.month in self.by_month)
        )

    def _weeks(self) -> Iterator[tuple[int, datetime]]:
        first = self.starts - (self.starts.weekday() - self.week_start) % 7 * _DAY
        days = sorted((day - self.week_start) % 7 for day in self.by_day or (self.starts.weekday(),))
        number = 0
        while (first + number * self.interval * _WEEK).year < _LAST_YEAR:
            for day in days:
                start = first + number * self.interval * _WEEK + day * _DAY
                if start >= self.starts and (not self.by_month or start.month in self.by_month):
                    yield number, start
            number += 1

    def _months(self) -> Iterator[tuple[int, datetime]]:
        number = 0
        while self.starts.year + number * self.interval // 12 < _LAST_YEAR:
            year, month = divmod(self.starts.month - 1 + number * self.interval, 12)
            year, month = self.starts.year + year, month + 1
            last = monthrange(year, month)[1]
            wanted = {day if day > 0 else last + 1 + day for day in self.by_monthday or (self.starts.day,)}
            for day in sorted(wanted & set(range(1, last + 1))):
                start = self.starts.replace(year=year, month=month, day=day)
                fits = (not self.by_month or month in self.by_month) and (
                    not self.by_day or start.weekday() in self.by_day
                )
                if start >= self.starts and fits:
                    yield number, start
            number += 1

    def events(self, since: datetime, until: datetime) -> Iterator[tuple[int, datetime, datetime]]:
        """The events that touch the span (aware): number of the period, start and end on the wall."""
        first, last = to_wall(self.timezone, since) - _DAY, to_wall(self.timezone, until) + _DAY
        for number, start in self.periods():
            if start >= last or (self.until is not None and start >= self.until):
                return
            end = start + self.lasts if self.until is None else min(start + self.lasts, self.until)
            if end > first:
                yield number, start, end

    def rendered(self, since: datetime, until: datetime) -> list[Held]:
        """Who has it when, by Grafana OnCall's rules."""
        return [
            Held(person, first_instant(self.timezone, start), first_instant(self.timezone, end))
            for number, start, end in self.events(since, until)
            for person in self.groups[number % len(self.groups)]
            if first_instant(self.timezone, end) > since and start < end
        ]

    def beginning_from(self, rotation_start: datetime | None, *, ends_count: bool) -> "Shift":
        """The same shift, whose first group has the first event at or after then (naive)."""
        if rotation_start is None or rotation_start <= self.starts or not self.frequency:
            return self
        for _, start in self.periods():
            if start >= rotation_start or (ends_count and start + self.lasts > rotation_start):
                return replace(self, starts=start)
        return self


def turns_of(shift: Shift, timezone: str, since: datetime) -> tuple[list[list[Turns]], list[str]]:
    """The shift as turns of ours, one list for each of the people who have it together, and what is to be told.

    ``timezone`` is the schedule's.
    """
    if is_over(shift.until, shift.timezone, since):
        return [], []
    if not shift.frequency:
        if is_over(shift.starts + shift.lasts, shift.timezone, since):
            return [], []
        return _once(shift, timezone, [(0, shift.starts, shift.starts + shift.lasts)]), []
    if (found := _recurring(shift)) is None:
        events = list(islice(shift.events(since, since + _WRITTEN_OUT_FOR), _MOST_WRITTEN_OUT + 1))
        if len(events) > _MOST_WRITTEN_OUT:
            return [], [f"shift {shift.name}: {_CANNOT}, and it has too many events to list"]
        last = (since + _WRITTEN_OUT_FOR).date()
        note = f"shift {shift.name}: {_CANNOT}; its events are listed until {last}"
        return _once(shift, timezone, events), [note]
    starts, cycle, during = found
    until = None if shift.until is None else _moved(shift.until, shift.timezone, timezone)
    lanes = []
    for slot in range(max(len(group) for group in shift.groups)):
        people = tuple(group[slot % len(group)] for group in shift.groups)
        name = shift.name if slot == 0 else f"{shift.name} {slot + 1}"
        whole = sum(cycle, timedelta(0))
        shifts = tuple(length(int(each.total_seconds())) for each in cycle)
        made = Turns(name, _moved(starts, shift.timezone, timezone), shifts, people, tuple(during), until)
        active_at = to_utc(shift.timezone, shift.starts)
        lanes.append(turns_from(made, 0, whole, active_at, timezone, since) if len(cycle) == 1 else [made])
    return lanes, []


def _recurring(shift: Shift) -> tuple[datetime, list[timedelta], list[Hours]] | None:
    """Where turns begin, how long they last and when they count; None where our format cannot say it."""
    if shift.frequency == "monthly" or shift.by_month or shift.by_monthday:
        return None
    since_midnight = timedelta(hours=shift.starts.hour, minutes=shift.starts.minute)
    period = {"hourly": timedelta(hours=1), "daily": _DAY, "weekly": _WEEK}[shift.frequency] * shift.interval
    if not shift.by_day and shift.lasts == period:
        return shift.starts, [period], []
    if shift.lasts > _WEEK:
        return None
    match shift.frequency:
        case "hourly" if not shift.by_day and shift.lasts < period and _DAY % period == timedelta(0):
            during = [
                each
                for number in range(_DAY // period)
                for each in hours(EVERY_DAY, (since_midnight + number * period) % _DAY, shift.lasts)
            ]
            return shift.starts, [period], during
        case "daily" if not shift.by_day and shift.interval == 1 and shift.lasts < _DAY:
            return shift.starts, [_DAY], hours(EVERY_DAY, since_midnight, shift.lasts)
        case "daily" if shift.by_day and shift.lasts <= _DAY and (shift.interval == 1 or len(shift.groups) > 1):
            return _selected_days(shift, hours(shift.by_day, since_midnight, shift.lasts))
        case "weekly" if shift.interval == 1 and (not shift.by_day or shift.lasts <= _DAY):
            return (
                _first_of_week(shift),
                [_WEEK],
                hours(shift.by_day or (shift.starts.weekday(),), since_midnight, shift.lasts),
            )
    return None


def _selected_days(shift: Shift, during: list[Hours]) -> tuple[datetime, list[timedelta], list[Hours]]:
    """Turns that pass on only on some days of the week are a cycle of turns as long as the days between."""
    wanted = lcm(len(set(shift.by_day)), shift.interval)
    starts = [start for _, start in islice(shift.periods(), wanted + 1)]
    cycle = [
        later - sooner for sooner, later in pairwise(starts[:: shift.interval] if len(shift.groups) > 1 else starts)
    ]
    return starts[0], cycle, during


def _first_of_week(shift: Shift) -> datetime:
    if not shift.by_day:
        return shift.starts
    first = shift.starts - (shift.starts.weekday() - shift.week_start) % 7 * _DAY
    return first + min((day - shift.week_start) % 7 for day in shift.by_day) * _DAY


def _once(shift: Shift, timezone: str, events: list[tuple[int, datetime, datetime]]) -> list[list[Turns]]:
    """Each event as a rotation of its own that ends."""
    lanes: list[list[Turns]] = [[] for _ in range(max(len(group) for group in shift.groups))]
    for number, start, end in events:
        seconds = max(int((end - start).total_seconds()), SHORTEST_TURN_SECONDS)
        group = shift.groups[number % len(shift.groups)]
        for slot, lane in enumerate(lanes):
            name = f"{shift.name} {start:%Y-%m-%d}" if shift.frequency else shift.name
            begins, ends = (_moved(each, shift.timezone, timezone) for each in (start, end))
            person = group[slot % len(group)]
            lane.append(Turns(name, begins, (length(seconds),), (person,), until=ends))
    return lanes


def _moved(wall: datetime, timezone: str, to: str) -> datetime:
    return wall if timezone == to else to_wall(to, to_utc(timezone, wall))
