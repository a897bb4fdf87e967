"""What is kept of a source, read as what it is: a calendar, or PagerDuty's on-calls."""

from datetime import datetime

from oncall.calendars.pagerduty_oncalls import read_oncalls
from oncall.calendars.reading import Reading, parsed, read
from oncall.core.calendar_rotation import pagerduty_schedule

_ANY_YEAR = datetime(2000, 1, 1), datetime(2001, 1, 1)  # noqa: DTZ001 - only whether it can be read is asked
_URLS = ("https://", "http://", "webcal://")


def is_url(source: str) -> bool:
    """Whether it is a calendar's address."""
    return source.lower().startswith(_URLS)


def is_fetched(source: str) -> bool:
    """Whether it is asked for over the network; otherwise it is a file of the schedules folder."""
    return is_url(source) or bool(pagerduty_schedule(source))


def read_source(source: str, text: str, timezone: str, since: datetime, until: datetime) -> Reading:
    """The events of this text that touch the span; times without a zone are local to ``timezone``.

    Raises CalendarError where the text is not what the source is to answer with.
    """
    if pagerduty_schedule(source):
        return read_oncalls(text, since, until)
    return read(text, timezone, since, until)


def check_source(source: str, text: str) -> None:
    """Raises CalendarError where the text is not what the source is to answer with."""
    if pagerduty_schedule(source):
        read_oncalls(text, *_ANY_YEAR)
    else:
        parsed(text)
