"""How long somebody asks us to wait before we ask again: the header Retry-After."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(days=1)


def asked_to_wait(written: str, now: datetime) -> timedelta | None:
    """Seconds or a date, at most a day; None where nothing sensible stands there."""
    written = written.strip()
    if written.isascii() and written.isdigit():
        return min(timedelta(seconds=int(written[:9])), _LONGEST)
    try:
        at = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta(0)), _LONGEST)
