"""The shifts that touch a span, whole: the first and the last are not cut off at its edges."""

from datetime import datetime

from oncall.core.schedule import Schedule, Shift, on_call, shifts


def whole_shifts(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """Every shift and gap from ``since`` to ``until`` (aware, UTC), in order; empty where until is not later.

    A start that is None has always been so; an end that is None is not in sight.
    """
    found = shifts(schedule, since, until)
    if found:
        found[-1] = on_call(schedule, found[-1].starts_at or since)
        found[0] = on_call(schedule, since)
    return found
