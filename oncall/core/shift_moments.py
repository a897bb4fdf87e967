"""The two moments of a shift at which its engineer is told of it: a day before, and the handoff."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.engineer import QuietHours, ShiftPurpose
from oncall.core.local_time import to_utc, to_wall
from oncall.core.quiet_hours import quiet_until
from oncall.core.shift_changes import OwnShift

HANDOFF_TOLD_FOR = timedelta(hours=1)
_DAY = timedelta(days=1)
# No moment of a shift is earlier than that before it: of one further ahead nothing need be worked out.
_NEAR = 2 * _DAY


@dataclass(frozen=True, slots=True)
class Hours:
    """The timezone in which an engineer lives, and their quiet hours there, None for none."""

    timezone: str
    quiet: QuietHours | None

    def quiet_until(self, at: datetime) -> datetime | None:
        """When the quiet hours around ``at`` end; None where it is not quiet then."""
        return quiet_until(self.quiet, self.timezone, at)


def day_before_at(shift: OwnShift, own: Sequence[OwnShift], hours: Hours) -> datetime | None:
    """When to tell that it begins tomorrow: a calendar day before, or when the quiet hours around that end.

    None where that would be too late, and where the engineer is on call in that schedule within this day anyway.
    """
    due_at = to_utc(hours.timezone, to_wall(hours.timezone, shift.starts_at) - _DAY)
    if any(other.starts_at < shift.starts_at and other.ends_at > due_at for other in own):
        return None
    due_at = hours.quiet_until(due_at) or due_at
    return due_at if due_at < shift.starts_at else None


def marked(shift: OwnShift, own: Sequence[OwnShift], before: OwnShift | None, hours: Hours, now: datetime) -> OwnShift:
    """The shift, with those moments marked that are over by ``now``, or were where it was marked ``before``.

    A day before that is late, and would fall into quiet hours now, is not over yet.
    """
    due_at = day_before_at(shift, own, hours) if shift.starts_at <= now + _NEAR else None
    if before is not None and hours.quiet_until(now) is not None:
        due_at = None
    return replace(
        shift,
        day_before_told=(before is not None and before.day_before_told) or (due_at is not None and due_at <= now),
        handoff_told=(before is not None and before.handoff_told) or shift.starts_at <= now,
    )


def moment_come(shift: OwnShift, before: OwnShift, now: datetime) -> ShiftPurpose | None:
    """What is to be told of a shift whose marks were those of ``before``; None for nothing, or where it is too late."""
    if shift.handoff_told and not before.handoff_told:
        return ShiftPurpose.HANDOFF if now - shift.starts_at < HANDOFF_TOLD_FOR else None
    if shift.day_before_told and not before.day_before_told and now < shift.starts_at:
        return ShiftPurpose.DAY_BEFORE
    return None


def moments_ahead(shift: OwnShift, own: Sequence[OwnShift], hours: Hours, now: datetime) -> Iterator[datetime]:
    """Those moments of it that are still to come, or when to look at it again."""
    if shift.starts_at > now + _NEAR:
        yield shift.starts_at - _NEAR
        return
    day_before = day_before_at(shift, own, hours)
    if day_before is not None and day_before <= now and not shift.day_before_told:
        day_before = hours.quiet_until(now)
    for at in (shift.starts_at, day_before):
        if at is not None and at > now:
            yield at
