"""Quiet hours: when what can wait does wait."""

from datetime import datetime, timedelta

from oncall.core.engineer import QuietHours
from oncall.core.local_time import to_utc, to_wall

_DAY = timedelta(days=1)


def quiet_until(quiet: QuietHours | None, timezone: str, at: datetime) -> datetime | None:
    """When the quiet hours around ``at`` end; None where it is not quiet then."""
    if quiet is None:
        return None
    today = to_wall(timezone, at).date()
    for day in (today - _DAY, today):
        last = day if quiet.until > quiet.begins else day + _DAY
        begins_at = to_utc(timezone, datetime.combine(day, quiet.begins))
        ends_at = to_utc(timezone, datetime.combine(last, quiet.until))
        if begins_at <= at < ends_at:
            return ends_at
    return None
