"""A calendar rotation: shifts that somebody enters in a calendar elsewhere, instead of turns."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """One entry of the calendar; ``ends_at`` is the first instant that is no longer theirs."""

    engineer: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarRotation:
    """``spans`` are sorted by their start. Where two overlap, the one listed later counts; outside of all is nobody.

    ``source`` is the URL or the file of the calendar. ``names`` are pairs of what the calendar writes and the
    engineer who is meant.
    """

    name: str
    spans: tuple[CalendarSpan, ...] = ()
    source: str = ""
    names: tuple[tuple[str, str], ...] = ()


def why_calendar(rotation: CalendarRotation) -> str:
    """Why a calendar's engineer is on call, in words."""
    return f"rotation {rotation.name}: the calendar says so"
