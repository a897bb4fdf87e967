"""What differs for one engineer between two states of the schedules, in shifts as people see them.

A person's shift runs from one handoff to the next, whichever rotations and overrides it is made of: neighbours that
belong to the same engineer are one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oncall.core.schedule import Schedule, on_call, shifts

# What was taken away and what was given are one move where they lie no further apart.
_ONE_MOVE_WITHIN = timedelta(days=1)
# How many answers in a row may belong to one shift; a rotation of one engineer has no end.
_NEIGHBOURS = 50


@dataclass(frozen=True, slots=True)
class OwnShift:
    """One engineer's shift in a schedule (key), clipped to the span that was looked at.

    ``day_before_told`` and ``handoff_told`` say which moments of it are done with; they make no other shift of it.
    """

    schedule: str
    starts_at: datetime
    ends_at: datetime
    day_before_told: bool = field(default=False, compare=False)
    handoff_told: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """Shifts that an engineer had, and those that they have in their place; either may be empty. In order of time."""

    schedule: str
    before: tuple[OwnShift, ...]
    after: tuple[OwnShift, ...]

    @property
    def begins_at(self) -> datetime:
        """When the first shift begins that it concerns."""
        return min(shift.starts_at for shift in (*self.before, *self.after))


def own_shifts(schedules: Mapping[str, Schedule], since: datetime, until: datetime) -> dict[str, tuple[OwnShift, ...]]:
    """Every engineer's shifts from ``since`` to ``until``, by key; whoever has none is left out."""
    found: dict[str, list[OwnShift]] = {}
    for key, schedule in schedules.items():
        for piece in shifts(schedule, since, until):
            if piece.engineer is None or piece.starts_at is None or piece.ends_at is None:
                continue
            theirs = found.setdefault(piece.engineer, [])
            if theirs and (theirs[-1].schedule, theirs[-1].ends_at) == (key, piece.starts_at):
                theirs[-1] = replace(theirs[-1], ends_at=piece.ends_at)
            else:
                theirs.append(OwnShift(key, piece.starts_at, piece.ends_at))
    return {engineer: tuple(theirs) for engineer, theirs in found.items()}


def end_of(schedule: Schedule, engineer: str, at: datetime) -> datetime | None:
    """When the shift of this engineer ends that is under way at ``at``, however far that is; None for no end in
    sight."""
    ends_at: datetime | None = at
    for _ in range(_NEIGHBOURS):
        if ends_at is None or (piece := on_call(schedule, ends_at)).engineer != engineer:
            return ends_at
        ends_at = piece.ends_at
    return None


def changes(
    before: Iterable[OwnShift], after: Iterable[OwnShift], since: datetime, until: datetime
) -> list[ShiftChange]:
    """What differs from ``since`` to ``until``, in order of schedule and time; shifts in it are clipped to that.

    Empty where ``until`` is not later.
    """
    if until <= since:
        return []
    had, has = _clipped(before, since, until), _clipped(after, since, until)
    if had == has:
        return []
    both = set(had) & set(has)
    gone, new = set(had) - both, set(has) - both
    groups: list[list[OwnShift]] = []
    for shift in sorted(gone | new, key=lambda one: (one.schedule, one.starts_at, one.ends_at)):
        if groups and _near(groups[-1], shift):
            groups[-1].append(shift)
        else:
            groups.append([shift])
    return [_change(group, gone) for group in groups]


def _near(group: Sequence[OwnShift], shift: OwnShift) -> bool:
    ends_at = max(one.ends_at for one in group)
    return group[0].schedule == shift.schedule and shift.starts_at - ends_at < _ONE_MOVE_WITHIN


def _change(group: Sequence[OwnShift], gone: set[OwnShift]) -> ShiftChange:
    before = tuple(shift for shift in group if shift in gone)
    return ShiftChange(group[0].schedule, before, tuple(shift for shift in group if shift not in gone))


def _clipped(found: Iterable[OwnShift], since: datetime, until: datetime) -> list[OwnShift]:
    return [
        shift
        if since <= shift.starts_at and shift.ends_at <= until
        else replace(shift, starts_at=max(shift.starts_at, since), ends_at=min(shift.ends_at, until))
        for shift in found
        if shift.ends_at > since and shift.starts_at < until
    ]


def with_span(
    found: Iterable[OwnShift], schedule: str, starts_at: datetime, ends_at: datetime, now: datetime
) -> list[OwnShift]:
    """These shifts, and that span in this schedule, which its engineer knows to be theirs too."""
    rest: list[OwnShift] = []
    first = OwnShift(schedule, starts_at, ends_at, starts_at <= now + _ONE_MOVE_WITHIN, starts_at <= now)
    for shift in found:
        if shift.schedule != schedule or shift.starts_at > ends_at or shift.ends_at < starts_at:
            rest.append(shift)
            continue
        begins = shift if shift.starts_at <= first.starts_at else first
        first = replace(begins, ends_at=max(first.ends_at, shift.ends_at))
    return [*rest, first]


def without_span(
    found: Iterable[OwnShift], schedule: str, starts_at: datetime, ends_at: datetime, now: datetime
) -> list[OwnShift]:
    """These shifts, without that span in this schedule, which their engineer knows to be no longer theirs."""
    kept: list[OwnShift] = []
    for shift in found:
        if shift.schedule != schedule or shift.starts_at >= ends_at or shift.ends_at <= starts_at:
            kept.append(shift)
            continue
        if shift.starts_at < starts_at:
            kept.append(replace(shift, ends_at=starts_at))
        if shift.ends_at > ends_at:
            soon = ends_at <= now + _ONE_MOVE_WITHIN
            kept.append(OwnShift(schedule, ends_at, shift.ends_at, soon, ends_at <= now))
    return kept
