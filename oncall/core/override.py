"""An override: one engineer takes one span, whatever the rotations say."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Override:
    """``ends_at`` is the first instant that is no longer theirs; ``reason`` is "" where none was given."""

    engineer: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
