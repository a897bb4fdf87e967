"""Calendars of others (iCalendar, RFC 5545) and on-calls of PagerDuty become spans of a rotation, and shifts become
calendars of ours."""

from oncall.calendars.filling import Source, Trouble, calendar_rotations, known_span, with_calendars
from oncall.calendars.pagerduty_oncalls import oncalls_text
from oncall.calendars.people import Names
from oncall.calendars.reading import Event, Reading, parsed, read
from oncall.calendars.sources import check_source, is_fetched, is_url, read_source
from oncall.calendars.writing import FeedEvent, feed

__all__ = [
    "Event",
    "FeedEvent",
    "Names",
    "Reading",
    "Source",
    "Trouble",
    "calendar_rotations",
    "check_source",
    "feed",
    "is_fetched",
    "is_url",
    "known_span",
    "oncalls_text",
    "parsed",
    "read",
    "read_source",
    "with_calendars",
]
