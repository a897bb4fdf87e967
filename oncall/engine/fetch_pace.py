"""How often what rotations are kept in is asked for, and how much failing is too much."""

from dataclasses import dataclass
from datetime import timedelta

from oncall.core.calendar_rotation import pagerduty_schedule

TRY_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """``told_at_failure`` in a row the operators hear of it: one may be a hiccup of theirs, and nobody is to be woken
    for that. Until then it is tried every minute.

    ``given_up_at_failure`` shifts are told of without it: some eleven minutes, longer than a restart of theirs, and
    soon enough to tell of a handoff. The operators have been told, and whoever is not on call by it may as well know.
    """

    fetch_every: timedelta
    told_at_failure: int
    given_up_at_failure: int


_CALENDAR = Pace(timedelta(minutes=10), told_at_failure=2, given_up_at_failure=3)
# It is asked who to page, and a swap there counts at once.
_PAGERDUTY = Pace(timedelta(minutes=2), told_at_failure=5, given_up_at_failure=8)


def pace_of(source: str) -> Pace:
    """That of a calendar's URL, or of a schedule of PagerDuty."""
    return _PAGERDUTY if pagerduty_schedule(source) else _CALENDAR
