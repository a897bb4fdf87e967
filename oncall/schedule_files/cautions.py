"""What can be read and resolved, and is still doubtful: a person should look at it before it is published."""

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping as TextsByName
from dataclasses import replace
from datetime import datetime, timedelta

from oncall.calendars import Trouble, calendar_rotations, with_calendars
from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.configuration import Configuration
from oncall.core.engineer import ContactMethod
from oncall.core.local_time import to_local, to_utc
from oncall.core.schedule import Schedule, Shift, shifts
from oncall.phone_numbers import callable_number, is_known
from oncall.schedule_files.complaints import Path, place_of, value_place_of
from oncall.schedule_files.loading import Loaded
from oncall.schedule_files.problem import Problem
from oncall.schedule_files.references import find
from oncall.schedule_files.tree import Mapping, Value

LOOK_AHEAD_FOR = timedelta(days=90)
# More gaps than this in one schedule are counted, not listed.
_LISTED_GAPS = 10
_NOT_CONNECTED = (ContactMethod.SLACK, ContactMethod.PAGERDUTY)
_PHONES: tuple[Path, ...] = (
    ("hotline", "number"),
    ("engineers", "*", "phone"),
    ("customers", "*", "numbers", "*"),
    ("customers", "*", "contacts", "*", "phone"),
)

Finding = tuple[Path, str]
Texts = TextsByName[str, str]


def warnings(loaded: Loaded, now: datetime, fetched: Texts | None = None) -> list[Problem]:
    """Everything doubtful, in order of place; the schedules are looked at from ``now`` for ninety days.

    ``fetched`` are calendars by their URL. What depends on one that is not among them is not looked at.
    """
    texts = {**loaded.calendars, **(fetched or {})}
    configuration, troubles = with_calendars(loaded.configuration, texts, now)
    unseen = {each.schedule.key for each in calendar_rotations(configuration) if each.name not in texts}
    ahead = {key: shifts(each, now, now + LOOK_AHEAD_FOR) for key, each in configuration.schedules.items()}
    findings = [
        *_gaps(configuration, {key: found for key, found in ahead.items() if key not in unseen}),
        *_of_calendars(configuration, troubles),
        *_past_overrides(configuration, now),
        *_unreachable_rotations(configuration, now),
        *_steps_that_page_nobody(configuration, ahead, unseen),
        *_contact_methods(configuration),
        *_operators(configuration),
    ]
    found = [Problem(place_of(loaded.document, path), message) for path, message in findings]
    return sorted({*found, *_shared_numbers(loaded), *_unknown_ranges(loaded.document)})


def _gaps(configuration: Configuration, ahead: dict[str, list[Shift]]) -> Iterator[Finding]:
    for key, found in ahead.items():
        gaps = [shift for shift in found if shift.engineer is None]
        path = ("schedules", key)
        for gap in gaps[:_LISTED_GAPS]:
            yield path, f"schedule `{key}`: nobody is on call {_span(configuration.schedules[key], gap)}"
        if more := gaps[_LISTED_GAPS:]:
            yield path, f"schedule `{key}`: and {len(more)} more coverage gaps in the next {LOOK_AHEAD_FOR.days} days"


def _of_calendars(configuration: Configuration, troubles: list[Trouble]) -> Iterator[Finding]:
    for trouble in troubles:
        schedule, rotation = trouble.source.schedule.key, trouble.source.rotation.name
        names = [each.name for each in configuration.schedules[schedule].rotations]
        path = ("schedules", schedule, "rotations", names.index(rotation))
        yield path, f"the calendar of `{rotation}`: {trouble.text}"


def _span(schedule: Schedule, gap: Shift) -> str:
    assert gap.starts_at is not None
    assert gap.ends_at is not None
    starts, ends = (_local(schedule, at) for at in (gap.starts_at, gap.ends_at))
    return f"from {starts} until {ends} ({schedule.timezone}); add a rotation or an override that covers it"


def _local(schedule: Schedule, at: datetime) -> str:
    return to_local(schedule.timezone, at).isoformat(sep=" ", timespec="minutes")


def _past_overrides(configuration: Configuration, now: datetime) -> Iterator[Finding]:
    for key, schedule in configuration.schedules.items():
        for index, override in enumerate(schedule.overrides):
            if override.ends_at <= now:
                path = ("schedules", key, "overrides", index)
                yield (
                    path,
                    f"the override of {override.engineer} ended at {_local(schedule, override.ends_at)}; remove it",
                )


def _unreachable_rotations(configuration: Configuration, now: datetime) -> Iterator[Finding]:
    """Rotations that have begun, or soon will, and that later ones cover all the time."""
    for key, schedule in configuration.schedules.items():
        until = now + LOOK_AHEAD_FOR
        seen = {shift.rotation for shift in shifts(replace(schedule, overrides=()), now, until)}
        for index, rotation in enumerate(schedule.rotations):
            if isinstance(rotation, CalendarRotation):
                continue  # what it covers is in the calendar, not in the folder
            if rotation.name not in seen and to_utc(schedule.timezone, rotation.starts) < until:
                message = f"later rotations cover `{rotation.name}` at all times in the next {LOOK_AHEAD_FOR.days} days"
                yield ("schedules", key, "rotations", index), f"{message}; remove it, or list it later"


def _steps_that_page_nobody(
    configuration: Configuration, ahead: dict[str, list[Shift]], unseen: set[str]
) -> Iterator[Finding]:
    somebody = unseen | {key for key, found in ahead.items() if any(shift.engineer for shift in found)}
    somebody |= {key for key, engineer in configuration.engineers.items() if engineer.notify}
    for key, policy in configuration.policies.items():
        for index, step in enumerate(policy.steps):
            if not somebody.intersection(step.page):
                yield (
                    ("escalation_policies", key, "steps", index),
                    "this step pages nobody; name an engineer or a schedule",
                )


def _contact_methods(configuration: Configuration) -> Iterator[Finding]:
    for key, engineer in configuration.engineers.items():
        if not engineer.notify:
            yield (
                ("engineers", key),
                f"`{key}` has no notification rules and is never paged; add one, or leave `notify` out",
            )
        for index, rule in enumerate(engineer.notify):
            path = ("engineers", key, "notify", index)
            if rule.by in _NOT_CONNECTED:
                yield (
                    path,
                    f"{rule.by} is not connected in this version, and the rule is passed by; use sms, call or email",
                )
            elif not engineer.address(rule.by):
                yield path, f"`{key}` has no {rule.by}, and the rule is passed by; add `{rule.by}:`, or remove the rule"


def _operators(configuration: Configuration) -> Iterator[Finding]:
    if not configuration.hotline.operators:
        yield ("hotline",), "`operators` is empty, so nobody hears when the service itself needs help; name an engineer"


def _shared_numbers(loaded: Loaded) -> Iterator[Problem]:
    """Numbers by which a caller cannot be told from another customer's, or from an engineer."""
    owners: dict[str, list[str]] = defaultdict(list)
    for key, engineer in loaded.configuration.engineers.items():
        owners[engineer.phone].append(f"engineer {key}")
    for pattern in _PHONES[2:]:
        for path, node in find(loaded.document, pattern):
            number, owner = callable_number(_text(node)), f"customer {path[1]}"
            others = [other for other in owners[number] if other != owner]
            owners[number].append(owner)
            if others:
                message = (
                    f"{number} is {others[0]}'s number too, who is taken to be calling; remove it from one of them"
                )
                yield Problem(value_place_of(loaded.document, path), message)


def _unknown_ranges(document: Mapping) -> Iterator[Problem]:
    for pattern in _PHONES:
        for _, node in find(document, pattern):
            if not is_known(callable_number(_text(node))):
                yield Problem(
                    node.place, f"`{_text(node)}` is in no known range of numbers; check that no digit is missing"
                )


def _text(node: object) -> str:
    return node.value if isinstance(node, Value) and isinstance(node.value, str) else ""
