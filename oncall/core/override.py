"""An override: one engineer takes one span, whatever the rotations say."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Override:
    """``ends_at`` is the first instant that is no longer theirs; ``reason`` is "" where none was given.

    ``instead_of`` names the one whose shifts are taken over; "" takes everybody's. ``origin`` is "" for what the
    schedules folder says, and otherwise in words who made it and by what, such as ``Alice Martin by SMS``.
    """

    engineer: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    instead_of: str = ""
    origin: str = ""


def why_override(override: Override) -> str:
    """Why an override's engineer is on call, in words."""
    origin = f" ({override.origin})" if override.origin else ""
    instead_of = f" instead of {override.instead_of}" if override.instead_of else ""
    reason = f": {override.reason}" if override.reason else ""
    return f"override{origin}{instead_of}{reason}"
