"""Who gains and who loses time on call by a change of a schedule."""

from dataclasses import dataclass, replace
from datetime import datetime

from oncall.core.schedule import Schedule, shifts


@dataclass(frozen=True, slots=True)
class MovedShift:
    """A span that is one engineer's instead of another's; None is nobody. ``why`` is that of the new one."""

    schedule: str
    starts_at: datetime
    ends_at: datetime
    was: str | None
    is_now: str | None
    why: str


def moved_shifts(before: Schedule, after: Schedule, since: datetime, until: datetime) -> list[MovedShift]:
    """Every span from ``since`` to ``until`` in which somebody else is on call after than before, in order."""
    old, new = shifts(before, since, until), shifts(after, since, until)
    found: list[MovedShift] = []
    at, i, j = since, 0, 0
    while i < len(old) and j < len(new):
        was, is_now = old[i], new[j]
        assert was.ends_at is not None
        assert is_now.ends_at is not None
        ends_at = min(was.ends_at, is_now.ends_at)
        if was.engineer != is_now.engineer:
            one = MovedShift(after.key, at, ends_at, was.engineer, is_now.engineer, is_now.why)
            last = found[-1] if found else None
            if last is not None and (last.ends_at, last.was, last.is_now) == (at, one.was, one.is_now):
                found[-1] = replace(last, ends_at=ends_at)
            else:
                found.append(one)
        at = ends_at
        i += was.ends_at <= at
        j += is_now.ends_at <= at
    return found
