"""What is doubtful about schedules: gaps, what is over, what nobody ever sees, and what contradicts itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.calendar_rotation import CalendarRotation, pagerduty_schedule
from oncall.core.configuration import Configuration
from oncall.core.local_time import to_local, to_utc
from oncall.core.override import Override
from oncall.core.override_wording import no_time_text
from oncall.core.rotation import Rotation
from oncall.core.schedule import Schedule, Shift, shifts
from oncall.schedule_files.complaints import Path

LOOK_AHEAD_FOR = timedelta(days=90)
# More gaps than this in one schedule are counted, not listed.
_LISTED_GAPS = 10

Finding = tuple[Path, str]


def schedule_cautions(
    configuration: Configuration, ahead: Mapping[str, Sequence[Shift]], now: datetime
) -> Iterator[Finding]:
    """All of them; ``ahead`` are the shifts of every schedule from ``now`` on for `LOOK_AHEAD_FOR`."""
    for key, schedule in configuration.schedules.items():
        if not is_kept_elsewhere(schedule):
            yield from _gaps(key, schedule, ahead[key])
        yield from _overrides(key, schedule, now)
        yield from _rotations(key, schedule, ahead[key], now)
    yield from _past_absences(configuration, now)


def is_kept_elsewhere(schedule: Schedule) -> bool:
    """Whether part of it is in a calendar, so that the folder does not tell who is on call."""
    return any(isinstance(each, CalendarRotation) and not each.spans for each in schedule.rotations)


def _gaps(key: str, schedule: Schedule, ahead: Sequence[Shift]) -> Iterator[Finding]:
    known_until = _known_until(schedule)
    gaps = [shift for shift in ahead if shift.engineer is None and _begins_before(shift, known_until)]
    for gap in gaps[:_LISTED_GAPS]:
        yield ("schedules", key), f"schedule `{key}`: nobody is on call {_span(schedule, gap)}"
    if more := gaps[_LISTED_GAPS:]:
        days = LOOK_AHEAD_FOR.days
        yield ("schedules", key), f"schedule `{key}`: and {len(more)} more coverage gaps in the next {days} days"


def _known_until(schedule: Schedule) -> datetime | None:
    """PagerDuty tells of some weeks, and what lies behind them is no gap; None where all is known."""
    ends = [
        max(span.ends_at for span in each.spans)
        for each in schedule.rotations
        if isinstance(each, CalendarRotation) and pagerduty_schedule(each.source) and each.spans
    ]
    return min(ends, default=None)


def _begins_before(shift: Shift, at: datetime | None) -> bool:
    return at is None or shift.starts_at is None or shift.starts_at < at


def _span(schedule: Schedule, gap: Shift) -> str:
    assert gap.starts_at is not None
    assert gap.ends_at is not None
    starts, ends = (_local(schedule.timezone, at) for at in (gap.starts_at, gap.ends_at))
    return f"from {starts} until {ends} ({schedule.timezone}); add a rotation or an override that covers it"


def _local(timezone: str, at: datetime) -> str:
    return to_local(timezone, at).isoformat(sep=" ", timespec="minutes")


def _overrides(key: str, schedule: Schedule, now: datetime) -> Iterator[Finding]:
    for index, override in enumerate(schedule.overrides):
        path = ("schedules", key, "overrides", index)
        if override.ends_at <= now:
            ended = _local(schedule.timezone, override.ends_at)
            yield path, f"the override of {override.engineer} ended at {ended}; remove it"
            continue
        if override.ends_at == override.starts_at:
            yield path, no_time_text(schedule.timezone, override.starts_at)
            continue
        if override.instead_of and not is_kept_elsewhere(schedule) and not _relieves(schedule, index, override):
            absent = f"{override.instead_of} is not on call between its `from` and `until`"
            yield (*path, "instead_of"), f"{absent}, so this override changes nothing; mend the name or the times"
        for absence in schedule.away.get(override.engineer, ()):
            if absence.starts_at < override.ends_at and override.starts_at < absence.ends_at:
                since = _local(schedule.timezone, absence.starts_at)
                yield (
                    path,
                    f"{override.engineer} is away from {since}, and this override has them on call all the same",
                )


def _relieves(schedule: Schedule, index: int, override: Override) -> bool:
    beneath = replace(schedule, overrides=schedule.overrides[:index])
    found = shifts(beneath, override.starts_at, override.ends_at)
    return any(shift.engineer == override.instead_of for shift in found)


def _rotations(key: str, schedule: Schedule, ahead: Sequence[Shift], now: datetime) -> Iterator[Finding]:
    """Rotations that are over, and those that have begun, or soon will, and put nobody on call."""
    until = now + LOOK_AHEAD_FOR
    if schedule.overrides:
        ahead = shifts(replace(schedule, overrides=()), now, until)
    seen = {shift.rotation for shift in ahead}
    for index, rotation in enumerate(schedule.rotations):
        if isinstance(rotation, CalendarRotation) or rotation.name in seen:
            continue  # what a calendar covers is not in the folder
        if to_utc(schedule.timezone, rotation.starts) < until:
            yield ("schedules", key, "rotations", index), _why_unseen(schedule, rotation, now)


def _why_unseen(schedule: Schedule, rotation: Rotation, now: datetime) -> str:
    name, days = rotation.name, LOOK_AHEAD_FOR.days
    if rotation.until is not None and to_utc(schedule.timezone, rotation.until) <= now:
        return f"`{name}` ended at {rotation.until:%Y-%m-%d %H:%M}; remove it"
    alone = shifts(replace(schedule, rotations=(rotation,), overrides=()), now, now + LOOK_AHEAD_FOR)
    if not any(shift.engineer for shift in alone):
        return f"`{name}` has nobody in the next {days} days; mend its windows or its engineers, or remove it"
    return f"later rotations cover `{name}` at all times in the next {days} days; remove it, or list it later"


def _past_absences(configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """By the clock of the first schedule where the engineer has no timezone; they differ by hours only."""
    timezone = next((each.timezone for each in configuration.schedules.values()), "UTC")
    found: dict[Path, str] = {}
    for schedule in configuration.schedules.values():
        for key, away in schedule.away.items():
            for index, absence in enumerate(away):
                if absence.ends_at <= now:
                    ended = _local(configuration.engineers[key].timezone or timezone, absence.ends_at)
                    found.setdefault(
                        ("engineers", key, "away", index), f"the absence of {key} ended at {ended}; remove it"
                    )
    yield from found.items()
