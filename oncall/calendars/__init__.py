"""iCalendar (RFC 5545): calendars of others become spans of a rotation, and shifts become calendars of ours."""

from oncall.calendars.filling import Source, Trouble, calendar_rotations, is_url, known_span, with_calendars
from oncall.calendars.people import Names
from oncall.calendars.reading import Event, Reading, parsed, read
from oncall.calendars.writing import FeedEvent, feed

__all__ = [
    "Event",
    "FeedEvent",
    "Names",
    "Reading",
    "Source",
    "Trouble",
    "calendar_rotations",
    "feed",
    "is_url",
    "known_span",
    "parsed",
    "read",
    "with_calendars",
]
