"""The slow and obvious oracle: stand beside the clock on the wall, look at it every minute, and keep a list.

Nothing here computes an instant. Whatever is planned for a local time happens in the minute in which the clock first
shows that time or a later one, and is not undone when the clock is set back.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytz

from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.rotation import Membership, Rotation
from oncall.core.schedule import Schedule

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LONG_AGO = datetime.fromisoformat("0001-01-01")


def every_minute(schedule: Schedule, since: datetime, until: datetime) -> Iterator[tuple[datetime, str | None]]:
    """Who is on call in each minute. ``since`` is before every rotation that is to count."""
    zone = pytz.timezone(schedule.timezone)
    watched = [_Watched(each, schedule) for each in schedule.rotations]
    at, latest = since, LONG_AGO
    while at < until:
        latest = max(latest, at.astimezone(zone).replace(tzinfo=None))
        found: str | None = None
        for rotation in watched:
            found = rotation.look(at, latest) or found
        for override in schedule.overrides:
            if override.starts_at <= at < override.ends_at and override.instead_of in ("", found):
                found = override.engineer
        yield at, found
        at += MINUTE


class _Watched:
    """One rotation; ``latest`` is the latest local time that the clock has shown so far."""

    def __init__(self, rotation: Rotation | CalendarRotation, schedule: Schedule) -> None:
        self.rotation, self.away = rotation, schedule.away
        self.turn = self.place = self.following = 0
        self.has_begun = False
        # Places that took part when the turn began, and the one that has the rest of it, absences left aside.
        self.there_at_first: list[int] = []
        self.holder: int | None = None
        self.next_handoff = rotation.starts if isinstance(rotation, Rotation) else LONG_AGO

    def look(self, at: datetime, latest: datetime) -> str | None:
        if isinstance(self.rotation, CalendarRotation):
            there = [
                s.engineer
                for s in self.rotation.spans
                if s.starts_at <= at < s.ends_at and self._is_here(s.engineer, at)
            ]
            return there[-1] if there else None
        while self.next_handoff <= latest:
            self._hand_over(self.rotation, latest)
        if self.has_begun:
            holders = self._members(self.rotation, self.place, latest)
            self.holder = holders[0] if holders else None
        is_over = self.rotation.until is not None and self.rotation.until <= latest
        if not self.has_begun or is_over or not self._is_open(self.rotation, latest):
            return None
        names = self.rotation.engineers
        around = [(self.place + step) % len(names) for step in range(len(names))]
        there = [names[p] for p in around if self._takes_part(self.rotation, p, latest) and self._is_here(names[p], at)]
        return there[0] if there else None

    def _members(self, rotation: Rotation, first: int, latest: datetime) -> list[int]:
        count = len(rotation.engineers)
        around = [(first + step) % count for step in range(count)]
        return [place for place in around if self._takes_part(rotation, place, latest)]

    def _hand_over(self, rotation: Rotation, latest: datetime) -> None:
        count = len(rotation.engineers)
        if self.there_at_first and self.holder is not None and self.holder not in self.there_at_first:
            self.following = (self.holder + 1) % count  # a successor has finished the turn
        members = self._members(rotation, self.following, latest)
        self.there_at_first = members
        self.place = members[0] if members else self.following
        self.holder = self.place
        if members:
            self.following = (self.place + 1) % count
        length = rotation.shift[self.turn % len(rotation.shift)]
        self.next_handoff = _plus_months(self.next_handoff, length.months, rotation.starts.day) + length.rest
        self.turn += 1
        self.has_begun = True

    def _takes_part(self, rotation: Rotation, place: int, latest: datetime) -> bool:
        member = rotation.members[place] if rotation.members else Membership()
        return (member.joins is None or member.joins <= latest) and (member.leaves is None or latest < member.leaves)

    def _is_here(self, engineer: str, at: datetime) -> bool:
        return not any(each.starts_at <= at < each.ends_at for each in self.away.get(engineer, ()))

    def _is_open(self, rotation: Rotation, latest: datetime) -> bool:
        for window in rotation.during:
            for back in range(3):
                day = latest.date() - back * DAY
                last = day if window.until > window.begins else day + DAY
                is_day = (day.weekday() in window.days or day in window.also_on) and day not in window.except_on
                if is_day and datetime.combine(day, window.begins) <= latest < datetime.combine(last, window.until):
                    return True
        return not rotation.during


def _plus_months(local: datetime, months: int, start_day: int) -> datetime:
    if not months:
        return local
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    return local.replace(year=year, month=month + 1, day=min(start_day, monthrange(year, month + 1)[1]))
