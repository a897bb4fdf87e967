"""Drills that come by themselves: when, and of whom."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from oncall.core.local_time import to_utc, to_wall

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """A drill that comes by itself: of ``engineer``, or of whoever is on call in ``schedule``, or the whole path from a
    ``call`` on. The others are "" and False.

    It comes every ``weeks`` weeks on ``weekday`` (0 is Monday) when a clock on the wall shows ``at``.
    """

    weekday: int
    at: time
    engineer: str = ""
    schedule: str = ""
    weeks: int = 1
    call: bool = False

    @property
    def key(self) -> str:
        """Tells it from every other plan."""
        # No engineer and no schedule can have a name with brackets.
        whom = "(call)" if self.call else self.engineer or self.schedule
        return f"{whom}/{self.weeks}w/{self.weekday}/{self.at:%H:%M}"


def last_turn(plan: DrillPlan, timezone: str, now: datetime) -> datetime:
    """The latest instant, not after ``now``, at which the plan says so."""
    return next(at for at in _turns(plan, timezone, now, -1) if at <= now)


def next_turn(plan: DrillPlan, timezone: str, now: datetime) -> datetime:
    """The first instant after ``now`` at which the plan says so."""
    return next(at for at in _turns(plan, timezone, now, 1) if at > now)


def _turns(plan: DrillPlan, timezone: str, now: datetime, step: int) -> list[datetime]:
    today = to_wall(timezone, now).date()
    monday = today - timedelta(days=today.weekday())
    # Weeks are counted from the first Monday that calendars know, so that no start need be written down.
    this_week = (monday.toordinal() - 1) // 7
    found = []
    for weeks in range(-1, 2 * plan.weeks + 2):
        if (this_week + step * weeks) % plan.weeks == 0:
            day = monday + step * weeks * _WEEK + timedelta(days=plan.weekday)
            found.append(to_utc(timezone, datetime.combine(day, plan.at)))
    return found
