"""A rotation whose turns somebody keeps in a calendar elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """One event of the calendar; ``ends_at`` is the first instant that is no longer theirs."""

    engineer: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarRotation:
    """``spans`` are sorted by their start and may overlap: a later one covers an earlier one. Outside of them it is
    nobody's.

    ``source`` is the URL or the file; ``engineers`` maps what the calendar writes to engineers' keys.
    """

    name: str
    spans: tuple[CalendarSpan, ...] = ()
    source: str = ""
    engineers: Mapping[str, str] = field(default_factory=dict)
