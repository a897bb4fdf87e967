"""A schedule: who is on call when.

Later rotations cover earlier ones where they have somebody; overrides cover every rotation, and a later
override covers an earlier one. Where nobody is left it is a coverage gap, which is an answer like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oncall.core.calendar_rotation import CalendarRotation, why_calendar
from oncall.core.engineer import Absence
from oncall.core.override import Override, why_override
from oncall.core.rotation import Rotation, Span, span
from oncall.core.shift import Shift

__all__ = ["Schedule", "Shift", "handoffs", "next_shift", "on_call", "shifts", "why_override", "why_rotation"]

# The smallest step back: the instant just before a handoff.
_TICK = timedelta(microseconds=1)
# How many neighbours with the same answer are joined. Only a rotation that never changes hands has more.
_NEIGHBOURS = 400

WHY_GAP = "nobody: no rotation and no override covers this time"


@dataclass(frozen=True, slots=True)
class Schedule:
    """``timezone`` is an IANA name. The last rotation, and the last override, lie on top.

    ``away`` are the absences of engineers by name; a turn of theirs falls to the next in turn.
    """

    key: str
    timezone: str
    rotations: tuple[Rotation | CalendarRotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    away: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict, hash=False)


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


def handoffs(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """Every shift that begins from ``since`` (included) to ``until`` (not) with another engineer than just before.

    Coverage gaps are among them: there the duty passes to nobody. The shifts are whole, not clipped.
    """
    found: list[Shift] = []
    if until <= since:
        return found
    before = on_call(schedule, since - _TICK)
    for piece in shifts(schedule, since, until):
        assert piece.starts_at is not None
        if piece.engineer != before.engineer:
            found.append(on_call(schedule, piece.starts_at))
        before = piece
    return found


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


def _piece(schedule: Schedule, at: datetime) -> Shift:  # noqa: C901 - replaced next
    """The answer at ``at``, with a span in which it holds; what lies underneath the answer cannot end it."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def narrow(layer: Span) -> None:
        nonlocal starts_at, ends_at
        if layer.starts_at is not None and (starts_at is None or layer.starts_at > starts_at):
            starts_at = layer.starts_at
        if layer.ends_at is not None and (ends_at is None or layer.ends_at < ends_at):
            ends_at = layer.ends_at

    for index in reversed(range(len(schedule.overrides))):
        override = schedule.overrides[index]
        layer = _override_span(override, at)
        if layer.engineer is not None and override.instead_of:
            beneath = _piece(replace(schedule, overrides=schedule.overrides[:index]), at)
            narrow(Span(None, beneath.starts_at, beneath.ends_at))
            narrow(Span(None, layer.starts_at, layer.ends_at))
            if beneath.engineer != override.instead_of:
                return replace(beneath, starts_at=starts_at, ends_at=ends_at)
            return Shift(override.engineer, starts_at, ends_at, "", why_override(override))
        narrow(layer)
        if layer.engineer is not None:
            return Shift(layer.engineer, starts_at, ends_at, "", why_override(override))
    for rotation in reversed(schedule.rotations):
        if isinstance(rotation, CalendarRotation):
            layer = _calendar_span(rotation, at)
            narrow(layer)
            if layer.engineer is not None:
                return Shift(layer.engineer, starts_at, ends_at, rotation.name, why_calendar(rotation))
            continue
        layer = span(rotation, schedule.timezone, at)
        narrow(layer)
        if layer.engineer is not None:
            return Shift(layer.engineer, starts_at, ends_at, rotation.name, why_rotation(rotation))
    return Shift(None, starts_at, ends_at, "", WHY_GAP)


def _override_span(override: Override, at: datetime) -> Span:
    if at < override.starts_at:
        return Span(None, None, override.starts_at)
    if at >= override.ends_at:
        return Span(None, override.ends_at, None)
    return Span(override.engineer, override.starts_at, override.ends_at)


def _calendar_span(rotation: CalendarRotation, at: datetime) -> Span:
    engineer = next((s.engineer for s in reversed(rotation.spans) if s.starts_at <= at < s.ends_at), None)
    edges = [edge for each in rotation.spans for edge in (each.starts_at, each.ends_at)]
    before, after = [edge for edge in edges if edge <= at], [edge for edge in edges if edge > at]
    return Span(engineer, max(before, default=None), min(after, default=None))


def why_rotation(rotation: Rotation) -> str:
    """Why a rotation's engineer is on call, in words."""
    return f"rotation {rotation.name}: {' → '.join(rotation.engineers)} take turns"
