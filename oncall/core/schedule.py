"""A schedule: who is on call when.

Later rotations cover earlier ones where they have somebody; overrides cover every rotation, and a later
override covers an earlier one. Where nobody is left it is a coverage gap, which is an answer like any other.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.override import Override
from oncall.core.rotation import Rotation, Span, span

# The smallest step back: the instant just before a handoff.
_TICK = timedelta(microseconds=1)
# How many neighbours with the same answer are joined. Only a rotation that never changes hands has more.
_NEIGHBOURS = 400

WHY_GAP = "nobody: no rotation and no override covers this time"


@dataclass(frozen=True, slots=True)
class Schedule:
    """``timezone`` is an IANA name. The last rotation, and the last override, lie on top."""

    key: str
    timezone: str
    rotations: tuple[Rotation | CalendarRotation, ...] = ()
    overrides: tuple[Override, ...] = ()


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


def on_call(schedule: Schedule, at: datetime) -> Shift:
    """Who is on call at ``at`` (aware, UTC), with the whole span around it that has the same answer."""
    found = _piece(schedule, at)
    return replace(found, starts_at=_start(schedule, found), ends_at=_end(schedule, found))


def shifts(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """Every shift from ``since`` to ``until``, gaps too, clipped to both; empty where until is not later."""
    found: list[Shift] = []
    within = replace(
        schedule, overrides=tuple(o for o in schedule.overrides if o.ends_at > since and o.starts_at < until)
    )
    at = since
    while at < until:
        piece = _piece(within, at)
        ends_at = until if piece.ends_at is None else min(piece.ends_at, until)
        if found and found[-1].same_answer(piece):
            found[-1] = replace(found[-1], ends_at=ends_at)
        else:
            found.append(replace(piece, starts_at=at, ends_at=ends_at))
        at = ends_at
    return found


def next_shift(schedule: Schedule, at: datetime) -> Shift | None:
    """The shift after the one at ``at``, maybe a gap; None where the present one has no end in sight."""
    ends_at = on_call(schedule, at).ends_at
    return None if ends_at is None else on_call(schedule, ends_at)


def _start(schedule: Schedule, found: Shift) -> datetime | None:
    starts_at = found.starts_at
    for _ in range(_NEIGHBOURS):
        if starts_at is None:
            break
        before = _piece(schedule, starts_at - _TICK)
        if not before.same_answer(found):
            break
        starts_at = before.starts_at
    return starts_at


def _end(schedule: Schedule, found: Shift) -> datetime | None:
    ends_at = found.ends_at
    for _ in range(_NEIGHBOURS):
        if ends_at is None:
            return None
        after = _piece(schedule, ends_at)
        if not after.same_answer(found):
            return ends_at
        ends_at = after.ends_at
    return None


def _piece(schedule: Schedule, at: datetime) -> Shift:
    """The answer at ``at``, with a span in which it holds; what lies underneath the answer cannot end it."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def narrow(layer: Span) -> None:
        nonlocal starts_at, ends_at
        if layer.starts_at is not None and (starts_at is None or layer.starts_at > starts_at):
            starts_at = layer.starts_at
        if layer.ends_at is not None and (ends_at is None or layer.ends_at < ends_at):
            ends_at = layer.ends_at

    for override in reversed(schedule.overrides):
        layer = _override_span(override, at)
        narrow(layer)
        if layer.engineer is not None:
            return Shift(layer.engineer, starts_at, ends_at, "", why_override(override))
    for rotation in reversed(schedule.rotations):
        layer = _layer(rotation, schedule.timezone, at)
        narrow(layer)
        if layer.engineer is not None:
            return Shift(layer.engineer, starts_at, ends_at, rotation.name, why_rotation(rotation))
    return Shift(None, starts_at, ends_at, "", WHY_GAP)


def _layer(rotation: Rotation | CalendarRotation, timezone: str, at: datetime) -> Span:
    if isinstance(rotation, Rotation):
        return span(rotation, timezone, at)
    starts_at = max((t for s in rotation.spans for t in (s.starts_at, s.ends_at) if t <= at), default=None)
    ends_at = min((t for s in rotation.spans for t in (s.starts_at, s.ends_at) if t > at), default=None)
    holding = [s.engineer for s in rotation.spans if s.starts_at <= at < s.ends_at]
    return Span(holding[-1] if holding else None, starts_at, ends_at)


def _override_span(override: Override, at: datetime) -> Span:
    if at < override.starts_at:
        return Span(None, None, override.starts_at)
    if at >= override.ends_at:
        return Span(None, override.ends_at, None)
    return Span(override.engineer, override.starts_at, override.ends_at)


def why_override(override: Override) -> str:
    """Why an override's engineer is on call, in words."""
    return f"override: {override.reason}" if override.reason else "override"


def why_rotation(rotation: Rotation | CalendarRotation) -> str:
    """Why a rotation's engineer is on call, in words."""
    if isinstance(rotation, CalendarRotation):
        return f"rotation {rotation.name}: its calendar says so"
    return f"rotation {rotation.name}: {' → '.join(rotation.engineers)} take turns"
