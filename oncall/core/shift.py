"""A shift: one engineer, one span."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """One engineer, one span; ``engineer`` None is a coverage gap.

    ``starts_at`` None: it has always been so. ``ends_at`` None: no end is in sight. ``rotation`` is its
    name, "" for a gap and for an override; ``why`` says in words where the answer comes from.
    """

    engineer: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    rotation: str
    why: str

    def same_answer(self, other: "Shift") -> bool:
        """Whether both say the same, at their different times."""
        return (self.engineer, self.rotation, self.why) == (other.engineer, other.rotation, other.why)
