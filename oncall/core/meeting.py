"""A status meeting: when it comes round, on the clocks of its own zone, and when its agenda is sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from oncall.core.local_time import to_utc, to_wall

_DAY = timedelta(days=1)
_WEEK = 7 * _DAY
AGENDA_AT = time(9, 0)
_ORDINALS = ("first", "second", "third", "fourth", "last")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Every(StrEnum):
    """How often it comes round."""

    WEEK = "week"
    TWO_WEEKS = "2 weeks"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One that comes round.

    ``weekday`` counts from Monday = 0; ``ordinal`` is which one of the month, 1 to 4, or -1 for the last. ``at`` is on
    the clocks of ``timezone``, ``starts`` the first day on which it may be. ``who`` are keys of engineers and email
    addresses.
    """

    key: str
    customer: str
    every: Every
    weekday: int
    at: time
    timezone: str
    lasts_for: timedelta
    who: tuple[str, ...]
    starts: date
    ordinal: int = 1
    where: str = ""

    @property
    def first_day(self) -> date:
        """The first day on which it is."""
        return next(self._days(self.starts))

    @property
    def rule(self) -> str:
        """Its recurrence, as calendars write it (RFC 5545)."""
        day = WEEKDAYS[self.weekday]
        if self.every is Every.MONTH:
            return f"FREQ=MONTHLY;BYDAY={self.ordinal}{day}"
        interval = ";INTERVAL=2" if self.every is Every.TWO_WEEKS else ""
        return f"FREQ=WEEKLY{interval};BYDAY={day}"

    @property
    def rhythm(self) -> str:
        """Its rhythm in words: "every Tuesday at 10:00"."""
        name = f"{date(2024, 1, 1 + self.weekday):%A}"
        which = {
            Every.WEEK: f"every {name}",
            Every.TWO_WEEKS: f"every second {name}",
            Every.MONTH: f"the {_ORDINALS[self.ordinal - 1 if self.ordinal > 0 else -1]} {name} of the month",
        }[self.every]
        return f"{which} at {self.at:%H:%M}"

    def next_after(self, at: datetime) -> "Occurrence":
        """The first that begins later than this instant."""
        day = max(to_wall(self.timezone, at).date() - _DAY, self.starts)
        return next(each for each in map(self._on, self._days(day)) if each.begins_at > at)

    def last_before(self, at: datetime) -> "Occurrence | None":
        """The last that began before this instant; None where none did."""
        back = (62 if self.every is Every.MONTH else 21) * _DAY
        day = max(to_wall(self.timezone, at).date() - back, self.starts)
        found = None
        for each in map(self._on, self._days(day)):
            if each.begins_at >= at:
                return found
            found = each
        return found

    def _on(self, day: date) -> "Occurrence":
        begins_at = to_utc(self.timezone, datetime.combine(day, self.at))
        agenda_at = to_utc(self.timezone, datetime.combine(day - _DAY, AGENDA_AT))
        return Occurrence(day, begins_at, begins_at + self.lasts_for, agenda_at)

    def _days(self, since: date) -> Iterator[date]:
        """The days on which it is, from this one on, without end."""
        if self.every is Every.MONTH:
            month = since.replace(day=1)
            while True:
                day = _nth(month, self.weekday, self.ordinal)
                if day >= since:
                    yield day
                month = (month + 32 * _DAY).replace(day=1)
        step = _WEEK * (2 if self.every is Every.TWO_WEEKS else 1)
        first = self.starts + (self.weekday - self.starts.weekday()) % 7 * _DAY
        day = first + max(-((first - since) // step), 0) * step
        while True:
            yield day
            day += step


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting: its day, its instants, and when its agenda goes out."""

    day: date
    begins_at: datetime
    ends_at: datetime
    agenda_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """What was last sent about a meeting, and to whom.

    ``plan`` are its facts as they were invited to (`plan_of`), ``addresses`` whom. ``sequence`` grows with each change.
    ``agenda_for`` is when the meeting begins whose agenda was sent last. ``cancelled_at`` is None while it stands.
    """

    key: str
    uid: str
    sequence: int
    plan: str
    addresses: tuple[str, ...]
    invited_at: datetime
    cancelled_at: datetime | None = None
    agenda_for: datetime | None = None


def plan_of(meeting: Meeting, title: str) -> str:
    """The facts that an invitation is about, as JSON: where they differ, people are invited again."""
    return json.dumps(
        {
            "title": title,
            "customer": meeting.customer,
            "every": meeting.every.value,
            "weekday": meeting.weekday,
            "at": f"{meeting.at:%H:%M}",
            "timezone": meeting.timezone,
            "minutes": meeting.lasts_for // timedelta(minutes=1),
            "starts": meeting.starts.isoformat(),
            "ordinal": meeting.ordinal,
            "where": meeting.where,
        },
        sort_keys=True,
    )


def planned(key: str, plan: str) -> tuple[Meeting, str]:
    """The meeting, without its people, and the title that `plan_of` wrote down."""
    facts = json.loads(plan)
    meeting = Meeting(
        key=key,
        customer=facts["customer"],
        every=Every(facts["every"]),
        weekday=facts["weekday"],
        at=time.fromisoformat(facts["at"]),
        timezone=facts["timezone"],
        lasts_for=timedelta(minutes=facts["minutes"]),
        who=(),
        starts=date.fromisoformat(facts["starts"]),
        ordinal=facts["ordinal"],
        where=facts["where"],
    )
    return meeting, facts["title"]


def _nth(month: date, weekday: int, ordinal: int) -> date:
    first = month + (weekday - month.weekday()) % 7 * _DAY
    if ordinal > 0:
        return first + (ordinal - 1) * _WEEK
    last = (month + 32 * _DAY).replace(day=1) - _DAY
    return last - (last.weekday() - weekday) % 7 * _DAY
