"""GoAlert's users and escalation policies read into `source`; sources as in `goalert_schedules`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from oncall.schedule_files.importers.answer import Answer
from oncall.schedule_files.importers.goalert_schedules import Rotation, rotation, schedule
from oncall.schedule_files.importers.people import People
from oncall.schedule_files.importers.rendering import turns
from oncall.schedule_files.importers.source import Policy, Source, SourceSchedule, Step, Track

_METHODS = {"SMS": "sms", "VOICE": "call", "EMAIL": "email"}
# GoAlert names a phone by what reaches it; newer releases write destinations instead.
_DESTINATIONS = {"builtin-twilio-sms": "SMS", "builtin-twilio-voice": "VOICE", "builtin-smtp-email": "EMAIL"}


def read(answers: list[Answer], since: datetime, until: datetime) -> Source:
    """Everything that these answers say, for the span. Raises ImportSourceError."""
    roots = [answer.at("data") if answer.has("data") else answer for answer in answers]
    people = People()
    for user in _nodes(roots, "users"):
        _read_user(user, people)
    read_rotations = [rotation(each, people, since) for each in _nodes(roots, "rotations")]
    rotations = {each.id: each for each in read_rotations if each is not None}
    overrides = list(_nodes(roots, "userOverrides"))
    found = [schedule(each, rotations, overrides, people, since, until) for each in _nodes(roots, "schedules")]
    policies = tuple(_policy(each, people) for each in _nodes(roots, "escalationPolicies"))
    paged = dict.fromkeys(key for policy in policies for step in policy.steps for key in step.schedules)
    found += [_alone(rotations[key], since, until) for key in paged if key in rotations]
    return Source("GoAlert", people.referenced(), tuple(found), policies, people.notes())


def _nodes(roots: list[Answer], key: str) -> Iterator[Answer]:
    for root in roots:
        found = root.maybe(key)
        if found is not None:
            yield from found.each("nodes") if found.has("nodes") else found.each()


def _alone(found: Rotation, since: datetime, until: datetime) -> SourceSchedule:
    """A rotation that a policy pages without a schedule."""
    made = found.turns(found.name, found.timezone, ())
    held = tuple(turns(found.handoff, found.people, since, until))
    return SourceSchedule(found.id, found.name, found.timezone, (Track(found.id, found.name, (made,)),), computed=held)


def _read_user(user: Answer, people: People) -> None:
    kinds: dict[str, str] = {}
    phones: dict[str, list[str]] = {"SMS": [], "VOICE": []}
    left_out: list[str] = []
    for method in user.each("contactMethods"):
        kind, value = _method(method)
        if method.has("disabled") and method.at("disabled").value is True:
            left_out.append(f"contact method {method.text('name', kind)} is switched off there and left out")
            continue
        kinds[method.id()] = kind
        if kind in phones:
            phones[kind].append(value)
    rules: list[tuple[str, timedelta]] = []
    for rule in user.each("notificationRules"):
        kind = kinds.get(rule.text("contactMethodID", "") or rule.at("contactMethod").id(), "")
        if kind in _METHODS:
            rules.append((_METHODS[kind], timedelta(minutes=rule.number("delayMinutes", 0))))
        elif kind:
            left_out.append(f"notification rule by {kind} left out")
    people.add(
        user.id(), user.text("name", ""), email=user.text("email", ""),
        phones=phones["SMS"] + phones["VOICE"], notify=rules, notes=left_out,
    )  # fmt: skip


def _method(found: Answer) -> tuple[str, str]:
    if found.has("dest"):
        kind = found.at("dest").text("type")
        args = found.at("dest").maybe("args")
        value = args.text("phone_number", "") if args else ""
        return _DESTINATIONS.get(kind, kind), value
    return found.text("type", ""), found.text("value", "")


def _policy(found: Answer, people: People) -> Policy:
    steps = []
    for each in sorted(found.each("steps"), key=lambda step: step.number("stepNumber", 0)):
        users: list[str] = []
        schedules: list[str] = []
        left_out: list[str] = []
        for kind, id_, name in [*_targets(each), *_actions(each)]:
            if kind == "user":
                users.append(people.reference(id_, name))
            elif kind in ("schedule", "rotation"):
                schedules.append(id_)
            else:
                left_out.append(f"target {name or id_} of type {kind} left out")
        wait = timedelta(minutes=each.number("delayMinutes", 15))
        steps.append(Step(tuple(users), tuple(schedules), wait, tuple(left_out)))
    return Policy(found.id(), found.text("name"), tuple(steps), found.number("repeat", 0))


def _targets(step: Answer) -> Iterator[tuple[str, str, str]]:
    for target in step.each("targets"):
        yield target.text("type"), target.id(), target.text("name", "")


def _actions(step: Answer) -> Iterator[tuple[str, str, str]]:
    for action in step.each("actions"):
        kind = action.text("type").removeprefix("builtin-")
        args = action.maybe("args")
        yield kind, args.text(f"{kind}_id", "") if args else "", ""
