"""A shift: one engineer, one span."""

from collections.abc import Sequence
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


@dataclass(slots=True)
class _Draft:
    engineer: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    rotation: str
    why: str


def new_shifts(edges: Sequence[datetime], answers: Sequence[tuple[str | None, str, str]]) -> list[Shift]:
    """Shifts from edge to edge; an answer is engineer, rotation and why.

    The same as ``Shift(…)`` for each, in a third of the time, since a year of them has hundreds: a frozen value is
    slow to fill, and a draft of the same shape is not.
    """
    found = []
    for starts_at, ends_at, (engineer, rotation, why) in zip(edges, edges[1:], answers, strict=False):
        draft = _Draft(engineer, starts_at, ends_at, rotation, why)
        draft.__class__ = Shift  # type: ignore[assignment]
        found.append(draft)
    return found  # type: ignore[return-value]
