"""How often what is not urgent is looked at."""

from datetime import datetime, timedelta

_ZERO = timedelta(0)
UNHURRIED_EVERY = timedelta(seconds=15)  # what is due within hours or days: post-mortems, meetings


def is_time(now: datetime, last_at: datetime | None, every: timedelta) -> bool:
    """Whether so much time has passed since, None for never; a clock that was set back holds nothing up."""
    return last_at is None or not _ZERO <= now - last_at < every
