"""What can be read and resolved, and is still doubtful: a person should look at it before it is published."""

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping as TextsByName
from datetime import datetime

from oncall.calendars import Trouble, with_calendars
from oncall.core.configuration import Configuration
from oncall.core.schedule import Shift, shifts
from oncall.phone_numbers import callable_number, is_known
from oncall.schedule_files.complaints import Path, place_of, value_place_of
from oncall.schedule_files.github_cautions import github_cautions
from oncall.schedule_files.loading import Loaded
from oncall.schedule_files.meeting_cautions import meeting_cautions
from oncall.schedule_files.policy_cautions import policies_that_ask_for_too_many
from oncall.schedule_files.problem import Problem, in_order
from oncall.schedule_files.references import find
from oncall.schedule_files.schedule_cautions import LOOK_AHEAD_FOR, Finding, is_kept_elsewhere, schedule_cautions
from oncall.schedule_files.slack_cautions import slack_cautions
from oncall.schedule_files.sleeper_cautions import sleeper_cautions
from oncall.schedule_files.tree import Mapping, Value

_PHONES: tuple[Path, ...] = (
    ("hotline", "number"),
    ("engineers", "*", "phone"),
    ("customers", "*", "numbers", "*"),
    ("customers", "*", "contacts", "*", "phone"),
)


def warnings(loaded: Loaded, now: datetime, fetched: TextsByName[str, str] | None = None) -> list[Problem]:
    """Everything doubtful, in order of place, and of one place as found; the schedules from ``now`` for ninety days.

    ``fetched`` are calendars by their URL. What depends on one that is not among them is not looked at.
    """
    texts = {**loaded.calendars, **(fetched or {})}
    configuration, troubles = with_calendars(loaded.configuration, texts, now)
    ahead = {key: shifts(each, now, now + LOOK_AHEAD_FOR) for key, each in configuration.schedules.items()}
    findings = [
        *schedule_cautions(configuration, ahead, now),
        *_of_calendars(troubles),
        *_steps_that_page_nobody(configuration, ahead),
        *policies_that_ask_for_too_many(configuration, ahead),
        *_contact_methods(configuration),
        *_operators(configuration),
        *sleeper_cautions(configuration),
        *slack_cautions(configuration),
        *github_cautions(configuration),
        *meeting_cautions(configuration),
    ]
    found = [Problem(place_of(loaded.document, path), message) for path, message in findings]
    return in_order([*found, *_shared_numbers(loaded), *_unknown_ranges(loaded.document)])


def _of_calendars(troubles: list[Trouble]) -> Iterator[Finding]:
    for trouble in troubles:
        yield trouble.source.path, f"{trouble.source.rotation.title}: {trouble.text}"


def _steps_that_page_nobody(configuration: Configuration, ahead: dict[str, list[Shift]]) -> Iterator[Finding]:
    somebody = {key for key, found in ahead.items() if any(shift.engineer for shift in found)}
    somebody |= {key for key, schedule in configuration.schedules.items() if is_kept_elsewhere(schedule)}
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
            if not engineer.address(rule.by):
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
