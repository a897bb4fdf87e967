"""A schedule: who is on call when.

Later rotations cover earlier ones where they have somebody; overrides cover every rotation, and a later
override covers an earlier one. Where nobody is left it is a coverage gap, which is an answer like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oncall.core.answers import WHY_GAP, Answers
from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.engineer import Absence
from oncall.core.override import Override, why_override
from oncall.core.rotation import Rotation, why_rotation
from oncall.core.shift import Shift

__all__ = [
    "WHY_GAP",
    "Schedule",
    "Shift",
    "handoffs",
    "next_shift",
    "on_call",
    "shifts",
    "why_override",
    "why_rotation",
]

# The smallest step back: the instant just before a handoff.
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """``timezone`` is an IANA name. The last rotation, and the last override, lie on top.

    ``away`` are the absences of engineers by name; a turn of theirs falls to the next in turn. Like everything
    here it is never changed: a changed schedule is another one.
    """

    key: str
    timezone: str
    rotations: tuple[Rotation | CalendarRotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    away: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict, hash=False)
    # Filled when it is asked first, and not part of what it is.
    _answers: list[Answers] = field(default_factory=list, init=False, repr=False, compare=False)

    def answers(self) -> Answers:
        """The schedule compiled; the same at every call."""
        if not self._answers:
            self._answers.append(Answers(self.timezone, self.rotations, self.overrides, self.away))
        return self._answers[0]


def on_call(schedule: Schedule, at: datetime) -> Shift:
    """Who is on call at ``at`` (aware, UTC), with the whole span around it that has the same answer."""
    return schedule.answers().at(at)


def shifts(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """Every shift from ``since`` to ``until``, gaps too, clipped to both; empty where until is not later."""
    return schedule.answers().between(since, until)


def next_shift(schedule: Schedule, at: datetime) -> Shift | None:
    """The shift after the one at ``at``, maybe a gap; None where the present one has no end in sight."""
    ends_at = on_call(schedule, at).ends_at
    return None if ends_at is None else on_call(schedule, ends_at)


def handoffs(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """Every shift that begins from ``since`` (included) to ``until`` (not) with another engineer than just before.

    Coverage gaps are among them: there the duty passes to nobody. The shifts are whole, not clipped.
    """
    found: list[Shift] = []
    if until <= since:
        return found
    before = on_call(schedule, since - _TICK)
    for piece in shifts(schedule, since, until):
        if piece.engineer != before.engineer and piece.starts_at is not None:
            found.append(on_call(schedule, piece.starts_at))
        before = piece
    return found
