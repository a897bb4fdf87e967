"""Opsgenie's users, notification rules and escalations read into `source`; see `opsgenie_schedules`."""

from datetime import datetime, timedelta
from itertools import pairwise

from oncall.schedule_files.importers.answer import Answer
from oncall.schedule_files.importers.opsgenie_schedules import objects, schedules
from oncall.schedule_files.importers.people import People
from oncall.schedule_files.importers.source import Policy, Source, Step

_METHODS = {"sms": "sms", "voice": "call", "email": "email"}
_UNITS = {"minutes": 60, "hours": 3_600, "days": 86_400}
_LAST_WAIT = timedelta(minutes=5)


def read(answers: list[Answer], since: datetime, until: datetime) -> Source:
    """Everything that these answers say, for the span. Raises ImportSourceError."""
    people = People()
    every = list(objects(answers))
    for each in every:
        if each.has("username") and not each.has("rotations"):
            _read_user(each, people)
    found = schedules(answers, people, since, until)
    names = {each.name: each.id for each in found}
    policies = tuple(_policy(each, names, people) for each in every if each.has("rules") and each.has("name"))
    return Source("Opsgenie", people.referenced(), found, policies, people.notes())


def _read_user(user: Answer, people: People) -> None:
    phones: dict[str, list[str]] = {"sms": [], "voice": []}
    for contact in [*user.each("contacts"), *user.each("userContacts")]:
        method = contact.text("method", "") or contact.text("contactMethod", "")
        if method in phones:
            # Opsgenie writes the country code, a dash, and the number.
            phones[method].append("+" + contact.text("to").lstrip("+").replace("-", "", 1))
    rules: list[tuple[str, timedelta]] = []
    left_out: list[str] = []
    for step in [*user.each("notification_rules"), *user.each("notificationRuleSteps")]:
        contact_ = step.maybe("contact") or step
        method = contact_.text("method", "")
        if step.has("enabled") and step.at("enabled").value is False:
            continue
        if by := _METHODS.get(method):
            rules.append((by, _delay(step.maybe("sendAfter"))))
        else:
            left_out.append(f"notification step by {method or 'an unknown method'} left out")
    email = user.text("username")
    people.add(
        user.id(),
        user.text("fullName", ""),
        email=email if "@" in email else "",
        timezone=user.text("timeZone", user.text("timezone", "")),
        phones=phones["sms"] + phones["voice"],
        notify=rules,
        notes=left_out,
    )


def _delay(found: Answer | None) -> timedelta:
    if found is None:
        return timedelta(0)
    if found.has("minutes"):
        return timedelta(minutes=found.number("minutes"))
    unit = found.text("timeUnit", "minutes")
    return timedelta(seconds=found.number("timeAmount", 0) * _UNITS.get(unit, 60))


def _policy(found: Answer, schedules_by_name: dict[str, str], people: People) -> Policy:
    """Rules name the time since the alert: steps of ours wait from one to the next."""
    notes: list[str] = []
    at: dict[timedelta, tuple[list[str], list[str], list[str]]] = {}
    for rule in found.each("rules"):
        users, schedules_, left_out = at.setdefault(_delay(rule.maybe("delay")), ([], [], []))
        recipient = rule.at("recipient")
        kind = recipient.text("type", "")
        if kind == "user":
            name = recipient.text("username", "") or recipient.text("name", "")
            users.append(people.reference(recipient.text("id", "") or name, name, name if "@" in name else ""))
        elif kind == "schedule":
            schedules_.append(recipient.text("id", "") or schedules_by_name.get(recipient.text("name", ""), ""))
        else:
            left_out.append(f"recipient {recipient.text('name', '')} of type {kind} left out")
        if rule.text("notifyType", "default") not in ("default", "all"):
            left_out.append(f"notifyType {rule.text('notifyType')}: ours pages whoever is on call")
    delays = sorted(at)
    if delays and delays[0]:
        notes.append(f"Opsgenie first waits {delays[0]}; ours pages at once")
    repeat = found.maybe("repeat")
    last = timedelta(minutes=repeat.number("waitInterval", 0)) if repeat else timedelta(0)
    waits = [later - sooner for sooner, later in pairwise(delays)] + [last or _LAST_WAIT]
    steps = tuple(
        Step(tuple(at[delay][0]), tuple(at[delay][1]), wait, tuple(at[delay][2]))
        for delay, wait in zip(delays, waits, strict=True)
    )
    return Policy(found.id(), found.text("name"), steps, repeat.number("count", 0) if repeat else 0, tuple(notes))
