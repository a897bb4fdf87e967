"""What operators read of rotations that are kept elsewhere. A calendar's URL is a password: only its host is named."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from oncall.calendars import Source
from oncall.core.calendar_rotation import pagerduty_schedule
from oncall.core.local_time import to_local
from oncall.ports import ImportedCalendar

_MOST_NAMED = 3


def key_of(sources: Sequence[Source]) -> str:
    """The same for the same source, and no secret."""
    return f"{sources[0].schedule.key}/{sources[0].rotation.name}"


def host_of(source: str) -> str:
    """Where it is, for logs and pages; never more of a URL."""
    return source if pagerduty_schedule(source) else urlsplit(source).hostname or "?"


def not_followed_text(before: ImportedCalendar, sources: Sequence[Source], problem: str) -> str:
    """It does not answer as it should, and what serves meanwhile."""
    return f"{_called(sources)} is not followed any more: {problem}. {_meanwhile(before, sources)}"


def pages_nobody_text(sources: Sequence[Source], doubts: Sequence[str]) -> str:
    """Shifts of it page nobody."""
    # An operator reads this as a text: what comes first must do.
    first = "; ".join(doubts[:_MOST_NAMED]) + (" …" if len(doubts) > _MOST_NAMED else "")
    if pagerduty_schedule(sources[0].name):
        mend = "Write their user id as `pagerduty:` of the engineer, or have somebody else on call there."
        return f"{_called(sources)} has shifts that page nobody: {first}. {mend}"
    mend = "Map their names under `engineers:` of the rotation, or mend the calendar."
    return f"{_called(sources)} has events that page nobody: {first}. {mend}"


def _called(sources: Sequence[Source]) -> str:
    if schedule := pagerduty_schedule(sources[0].name):
        return f"PagerDuty schedule {schedule} (of {', '.join(each.schedule.key for each in sources)})"
    rotations = ", ".join(f"{each.rotation.name} of {each.schedule.key}" for each in sources)
    return f"The calendar of the rotation {rotations} at {host_of(sources[0].name)}"


def _meanwhile(before: ImportedCalendar, sources: Sequence[Source]) -> str:
    if before.fetched_at is None or not before.text:
        return "Nobody is on call by it: put somebody under `overrides:` until it is mended."
    since = to_local(sources[0].schedule.timezone, before.fetched_at)
    return f"What it said at {since:%a %Y-%m-%d %H:%M %Z} goes on serving."
