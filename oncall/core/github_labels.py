"""What an issue's labels, and the answers of an issue form, say of its priority and type."""

import re

from oncall.core.github import Issue
from oncall.core.incident import RequestType
from oncall.core.plain_text import one_line
from oncall.core.production_down import says_production_is_down
from oncall.core.sla import Priority

ON_CALL = "on-call"  # on every issue that we open ourselves
_PRIORITIES = {"urgent": Priority.URGENT, "production-down": Priority.PRODUCTION_DOWN}
_TYPES = {
    "add-remove-user": RequestType.ADD_REMOVE_USER,
    "add-user": RequestType.ADD_REMOVE_USER,
    "remove-user": RequestType.ADD_REMOVE_USER,
    "change-request": RequestType.CHANGE_REQUEST,
    "enhancement": RequestType.CHANGE_REQUEST,
    "guidance": RequestType.GUIDANCE,
    "guidance-usage-support": RequestType.GUIDANCE,
    "question": RequestType.GUIDANCE,
    "problem": RequestType.PROBLEM,
    "problem-troubleshooting": RequestType.PROBLEM,
    "bug": RequestType.PROBLEM,
    "other": RequestType.OTHER,
}
# Only where a form says so: as a label it is on every issue that we open ourselves.
_ANSWERED_TYPES = {**_TYPES, ON_CALL: RequestType.ON_CALL}
_LABELS = {
    RequestType.ADD_REMOVE_USER: "add-remove-user",
    RequestType.CHANGE_REQUEST: "change-request",
    RequestType.GUIDANCE: "guidance",
    RequestType.PROBLEM: "problem",
    RequestType.OTHER: "other",
}
_PRIORITY_HEADING, _TYPE_HEADING = "priority", "request type"
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
_AS_FAR_AS = 4000


def label_priority(label: str) -> Priority | None:
    """The priority that a label stands for, None for one that stands for none. Normal has no label."""
    return _PRIORITIES.get(_plain(label, "priority-"))


def label_type(label: str) -> RequestType | None:
    """The request type that a label stands for, None for one that stands for none."""
    return _TYPES.get(_plain(label, "type-"))


def priority_of(issue: Issue) -> Priority:
    """By its labels, or else by the form's answer; normal where neither says more. Production down is only claimed."""
    said = {label_priority(label) for label in issue.labels} | {_answered_priority(issue.body)}
    if Priority.PRODUCTION_DOWN in said:
        return Priority.PRODUCTION_DOWN
    return Priority.URGENT if Priority.URGENT in said else Priority.NORMAL


def type_of(issue: Issue) -> RequestType:
    """By its labels, or else by the form's answer; other where neither says."""
    by_label = (label_type(label) for label in issue.labels)
    found = next((kind for kind in by_label if kind is not None), None)
    return found or _ANSWERED_TYPES.get(_plain(answer(issue.body, _TYPE_HEADING), "type-"), RequestType.OTHER)


def says_production_down(issue: Issue) -> bool:
    """Whether a label, the form or the words of it say that production is down."""
    return priority_of(issue) is Priority.PRODUCTION_DOWN or says_production_is_down(f"{issue.title}\n{issue.body}")


def our_labels(priority: Priority, request_type: RequestType) -> list[str]:
    """What an issue that we open is labelled with."""
    names = {value: name for name, value in _PRIORITIES.items()}
    return [each for each in (ON_CALL, names.get(priority), _LABELS.get(request_type)) if each is not None]


def answer(body: str, heading: str) -> str:
    """What stands below a heading of an issue form's text, on one line; "" where it stands nowhere."""
    lines = iter(body[:_AS_FAR_AS].split("\n"))
    for line in lines:
        if line.startswith("### ") and line[4:].strip().lower() == heading:
            return next((one_line(each) for each in lines if each.strip()), "")
    return ""


def _answered_priority(body: str) -> Priority | None:
    # A form shows the word first and what it means after: "Urgent: blocks work".
    answered = _plain(answer(body, _PRIORITY_HEADING), "priority-")
    return next((value for name, value in _PRIORITIES.items() if answered.startswith(name)), None)


def _plain(label: str, prefix: str) -> str:
    return _NOT_A_LETTER.sub("-", label.lower()).strip("-").removeprefix(prefix)
