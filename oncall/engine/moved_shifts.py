"""Telling engineers that an override has moved a shift of theirs, by whom and why.

What is told here is known from then on, in the same transaction. All else, whatever must wait for the end of quiet
hours, whoever is on call from this moment, is found and told by `shift_notices`, as after any edit.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.engineer import ContactMethod, Engineer, ShiftPurpose
from oncall.core.moved_shift import MovedShift
from oncall.core.override_wording import day_and_time, moved_text
from oncall.core.quiet_hours import quiet_until
from oncall.core.shift_changes import with_span, without_span
from oncall.core.shift_notices import KnownShifts, contact_methods
from oncall.engine.overrides import OverrideChange
from oncall.engine.shift_texts import ShiftTexts
from oncall.ports import Environment, UnitOfWork


class MovedShifts:
    """``tell`` enqueues in the transaction of the change. Whoever made the change knows, and is not told."""

    def __init__(self, env: Environment, texts: ShiftTexts) -> None:
        self._env = env
        self._texts = texts

    def tell(self, uow: UnitOfWork, change: OverrideChange, now: datetime) -> None:
        """Tell everybody whose time on call has grown or shrunk, unless that is to be told otherwise."""
        configuration = self._env.configuration.published()
        concerned = {key for moved in change.moved for key in (moved.was, moved.is_now) if key}
        for key in sorted(concerned & configuration.engineers.keys()):
            engineer = configuration.engineers[key]
            theirs = [moved for moved in change.moved if key in (moved.was, moved.is_now)]
            known = uow.known_shifts.get(key, lock=True)
            if key != change.doer.engineer:
                methods = contact_methods(engineer, email_connected=self._env.email_connected)
                if not methods or (known and not _told_at_once(engineer, methods, theirs, configuration, now)):
                    continue
                text = _text(engineer, change, theirs, configuration)
                self._texts.enqueue_moved(uow, engineer, methods[0], theirs, text, now)
            # Without a row the first look is still to come, and takes everything as known.
            if known is not None:
                uow.known_shifts.save(_knowing(known, theirs, now))


def _told_at_once(
    engineer: Engineer,
    methods: Sequence[ContactMethod],
    theirs: Sequence[MovedShift],
    configuration: Configuration,
    now: datetime,
) -> bool:
    if methods[0] is ContactMethod.CALL or ShiftPurpose.CHANGES not in engineer.shift_notices:
        return False
    if any(moved.is_now == engineer.key and moved.starts_at <= now for moved in theirs):
        return False
    zone = engineer.timezone or configuration.schedules[theirs[0].schedule].timezone
    return quiet_until(engineer.quiet_hours, zone, now) is None


def _knowing(known: KnownShifts, theirs: Sequence[MovedShift], now: datetime) -> KnownShifts:
    shifts = list(known.shifts)
    for moved in theirs:
        if moved.starts_at < known.until:
            change = with_span if moved.is_now == known.engineer else without_span
            shifts = change(shifts, moved.schedule, moved.starts_at, min(moved.ends_at, known.until), now)
    return replace(known, shifts=tuple(shifts))


def _text(
    engineer: Engineer, change: OverrideChange, theirs: Sequence[MovedShift], configuration: Configuration
) -> str:
    names = {key: each.name for key, each in configuration.engineers.items()}
    zone = engineer.timezone or configuration.schedules[change.override.schedule].timezone
    spans = [_span(engineer.key, moved, names, zone) for moved in theirs]
    taken_back = "override removed" if change.removed else "override"
    reason = f": {change.override.reason}" if change.override.reason else ""
    return moved_text(spans, cause=f"{taken_back} by {change.doer.name} by {change.doer.channel}{reason}")


def _span(key: str, moved: MovedShift, names: dict[str, str], zone: str) -> tuple[bool, str, str, str]:
    gained = moved.is_now == key
    other = moved.was if gained else moved.is_now
    span = f"{day_and_time(moved.starts_at, zone)} - {day_and_time(moved.ends_at, zone)}"
    return gained, moved.schedule, span, names.get(other or "", other or "")
