"""A calendar rotation: shifts that somebody enters elsewhere, in a calendar or at PagerDuty, instead of turns."""

from dataclasses import dataclass
from datetime import datetime

_PAGERDUTY = "pagerduty:"


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """One entry of the calendar; ``ends_at`` is the first instant that is no longer theirs."""

    engineer: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarRotation:
    """``spans`` are sorted by their start. Where two overlap, the one listed later counts; outside of all is nobody.

    ``source`` is the URL or the file of the calendar, or names a schedule of PagerDuty (`pagerduty_source`). ``names``
    are pairs of what the calendar writes and the engineer who is meant.
    """

    name: str
    spans: tuple[CalendarSpan, ...] = ()
    source: str = ""
    names: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """What people call it."""
        schedule = pagerduty_schedule(self.source)
        return f"PagerDuty schedule {schedule}" if schedule else f"the calendar of `{self.name}`"


def pagerduty_source(schedule: str) -> str:
    """The source that is this schedule of PagerDuty."""
    return f"{_PAGERDUTY}{schedule}"


def pagerduty_schedule(source: str) -> str:
    """The id of the schedule of PagerDuty that this source is; "" for a calendar."""
    return source.removeprefix(_PAGERDUTY) if source.startswith(_PAGERDUTY) else ""


def why_calendar(rotation: CalendarRotation) -> str:
    """Why a calendar's engineer is on call, in words."""
    if pagerduty_schedule(rotation.source):
        return rotation.title
    return f"rotation {rotation.name}: the calendar says so"
