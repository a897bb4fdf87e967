"""Notices to engineers about their shifts: a day before, at the handoff, and when an edit changed them.

An engineer is known to know some shifts (`KnownShifts`, a row). What time brings, the day before and the handoff, is
told of shifts that they know; what an edit brings is the difference between the shifts that they know and those that
they have. So neither is told twice, and an edit that is taken back before anybody was told is never told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from oncall.core.engineer import ContactMethod, Engineer, QuietHours, ShiftPurpose
from oncall.core.liveness import SKEW_FAILS_FROM
from oncall.core.shift_changes import OwnShift, ShiftChange, changes
from oncall.core.shift_moments import Hours, marked, moment_come, moments_ahead

# Edits are told of the next two weeks; more is known, so that an engine that was away still compares two weeks.
TOLD_FOR = timedelta(days=14)
KNOWN_FOR = timedelta(days=36)
_RENEWED_BELOW = timedelta(days=28)
_LOOKS_EVERY = timedelta(days=1)
# Nobody's telephone rings in the night for a notice, whether they thought of quiet hours or not.
_NIGHT = QuietHours(time(22, 0), time(7, 0))


@dataclass(frozen=True, slots=True)
class KnownShifts:
    """What an engineer (key) knows of their shifts that begin before ``until``: told, or so from the first.

    ``version`` is that of the schedules from which it was taken.
    """

    engineer: str
    version: int
    until: datetime
    shifts: tuple[OwnShift, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftNotice:
    """Something to tell: of ``shift`` that it begins tomorrow or has begun; or ``changes``, all of one schedule.

    ``compared_until``: a shift in ``changes`` that ends then goes on, nobody looked how long.
    """

    purpose: ShiftPurpose
    schedule: str
    shift: OwnShift | None = None
    changes: tuple[ShiftChange, ...] = ()
    compared_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """What one look at an engineer's shifts came to.

    ``shifts``, up to ``until``, are known from now on; ``changed`` says whether that must be stored. ``again_at`` is
    when to look next.
    """

    notices: tuple[ShiftNotice, ...]
    shifts: tuple[OwnShift, ...]
    until: datetime
    changed: bool
    again_at: datetime


def contact_methods(engineer: Engineer, *, email_connected: bool) -> tuple[ContactMethod, ...]:
    """How to tell this engineer, in the order of their notification rules; a call only where there is nothing else."""
    connected = {ContactMethod.SMS, ContactMethod.CALL} | ({ContactMethod.EMAIL} if email_connected else set())
    rules = sorted(engineer.notify, key=lambda rule: rule.after_for)
    usable = dict.fromkeys(rule.by for rule in rules if rule.by in connected and engineer.address(rule.by))
    return tuple(method for method in usable if method is not ContactMethod.CALL) or tuple(usable)


def take_stock(
    engineer: Engineer,
    known: KnownShifts,
    own: Sequence[OwnShift],
    *,
    until: datetime,
    zones: Mapping[str, str],
    methods: Sequence[ContactMethod],
    now: datetime,
) -> Stock:
    """One look. ``own`` are the engineer's shifts up to ``until`` as they are; ``zones`` the schedules' timezones;
    ``methods`` what reaches the engineer."""
    compared_until = min(known.until, until)
    looks = []
    for schedule in dict.fromkeys(shift.schedule for shift in (*known.shifts, *own)):
        # A schedule that an edit took away has no timezone any more.
        timezone = engineer.timezone or zones.get(schedule, "UTC")
        view = _View(engineer, methods, schedule, timezone, compared_until, now)
        looks.append(view.look(_of(schedule, known.shifts, now), _of(schedule, own, now)))
    # To an engine whose clock is behind they are not over.
    over_lately = (shift for shift in known.shifts if now - SKEW_FAILS_FROM < shift.ends_at <= now)
    shifts = (*over_lately, *(shift for look in looks for shift in look.shifts))
    waits = any(look.waits for look in looks)
    return Stock(
        notices=tuple(notice for look in looks for notice in look.notices),
        shifts=shifts,
        until=compared_until if waits else until,
        changed=_facts(known.shifts, now, compared_until) != _facts(shifts, now, compared_until)
        or (not waits and known.until < now + _RENEWED_BELOW),
        again_at=min((at for look in looks for at in look.again), default=now + _LOOKS_EVERY),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """``waits``: changes are to be told, when the quiet hours are over."""

    notices: list[ShiftNotice]
    shifts: Sequence[OwnShift]
    waits: bool
    again: list[datetime]


@dataclass(frozen=True, slots=True)
class _View:
    """One engineer and one schedule at one instant."""

    engineer: Engineer
    methods: Sequence[ContactMethod]
    schedule: str
    timezone: str
    compared_until: datetime
    now: datetime

    def look(self, known: Sequence[OwnShift], own: Sequence[OwnShift]) -> _Look:
        """``known`` and ``own`` are those that are not over."""
        by_start = {self._start(shift): shift for shift in known}
        own = [marked(shift, own, by_start.get(self._start(shift)), self._hours(), self.now) for shift in own]
        notices = [notice for shift in own for notice in self._of_time(shift, by_start.get(self._start(shift)))]
        begun = self._begun_by_an_edit(known, own)
        if begun is not None and self._wants(ShiftPurpose.HANDOFF):
            notices.append(ShiftNotice(ShiftPurpose.HANDOFF, self.schedule, begun))
            known = [*(shift for shift in known if shift.starts_at >= begun.ends_at), begun]
        again = [at for shift in own for at in moments_ahead(shift, own, self._hours(), self.now)]
        told = self._differences(known, own)
        quiet_until = self._hours().quiet_until(self.now)
        if told and quiet_until is not None:
            marks = {self._start(shift): shift for shift in own}
            known = [_with_marks_of(marks.get(self._start(shift)), shift) for shift in known]
            return _Look(notices, known, True, [*again, quiet_until])
        if told:
            notices.append(
                ShiftNotice(
                    ShiftPurpose.CHANGES, self.schedule, changes=tuple(told), compared_until=self.compared_until
                )
            )
        return _Look(notices, own, False, again)

    def _of_time(self, shift: OwnShift, before: OwnShift | None) -> list[ShiftNotice]:
        purpose = moment_come(shift, before, self.now) if before is not None else None
        return [ShiftNotice(purpose, self.schedule, shift)] if purpose is not None and self._wants(purpose) else []

    def _begun_by_an_edit(self, known: Sequence[OwnShift], own: Sequence[OwnShift]) -> OwnShift | None:
        """Whoever is on call and does not know it, because an edit has just made it so."""
        if self.now >= self.compared_until or any(shift.starts_at <= self.now for shift in known):
            return None
        return next((shift for shift in own if shift.starts_at <= self.now), None)

    def _differences(self, known: Sequence[OwnShift], own: Sequence[OwnShift]) -> list[ShiftChange]:
        if ShiftPurpose.CHANGES not in self.engineer.shift_notices or not self.methods:
            return []
        found = changes(known, own, self.now, self.compared_until)
        return [change for change in found if change.begins_at < self.now + TOLD_FOR]

    def _wants(self, purpose: ShiftPurpose) -> bool:
        """Whether to tell it now: of a handoff everybody hears at once, also whoever a call has to wake for it."""
        waits = purpose is not ShiftPurpose.HANDOFF and self._only_called()
        disturbs = waits and self._hours().quiet_until(self.now) is not None
        return purpose in self.engineer.shift_notices and bool(self.methods) and not disturbs

    def _hours(self) -> Hours:
        return Hours(self.timezone, self.engineer.quiet_hours or (_NIGHT if self._only_called() else None))

    def _only_called(self) -> bool:
        return tuple(self.methods) == (ContactMethod.CALL,)

    def _start(self, shift: OwnShift) -> datetime:
        """By which a shift is found again: of one that is under way only that counts."""
        return max(shift.starts_at, self.now)


def _of(schedule: str, found: Sequence[OwnShift], now: datetime) -> list[OwnShift]:
    return [shift for shift in found if shift.schedule == schedule and shift.ends_at > now]


def _with_marks_of(marks: OwnShift | None, shift: OwnShift) -> OwnShift:
    if marks is None:
        return shift
    return replace(shift, day_before_told=marks.day_before_told, handoff_told=marks.handoff_told)


def _facts(found: Sequence[OwnShift], now: datetime, until: datetime) -> set[tuple[object, ...]]:
    """What is worth storing: shifts that are over, and what lies beyond ``until``, are not."""
    return {
        (each.schedule, max(each.starts_at, now), min(each.ends_at, until), each.day_before_told, each.handoff_told)
        for each in found
        if each.ends_at > now and each.starts_at < until
    }
