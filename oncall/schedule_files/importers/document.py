"""What another system says → the YAML of our folder, with comments that say where each part came from.

The result is read by our own reader once the hotline's section is beside it and every engineer has a phone; whatever
could not be carried over stands in a comment where it would have stood, and in the list of problems.
"""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytz
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from oncall.core.local_time import to_wall
from oncall.phone_numbers import callable_number
from oncall.schedule_files.importers.lanes import Lane, lanes, with_everybody
from oncall.schedule_files.importers.lengths import length
from oncall.schedule_files.importers.source import Cover, Hours, Person, Policy, Source, SourceSchedule, Turns
from oncall.schedule_files.importers.words import Keys, one_line
from oncall.schedule_files.values import DAYS
from oncall.schedule_files.values import calendar as read_calendar
from oncall.schedule_files.values import email as read_email

_LAST_WAIT = timedelta(minutes=5)
_NEEDS = {"email": "email", "slack": "slack", "sms": "phone", "call": "phone"}


@dataclass(slots=True)
class Document:
    """The texts by top key, and the keys that people and schedules of the other system got.

    ``schedules`` are the keys of ours for one of theirs, by its id. ``problems`` have to be mended by hand.
    """

    texts: dict[str, str] = field(default_factory=dict)
    engineers: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def write(source: Source, since: datetime, *, with_hotline: bool = False) -> Document:
    """The YAML of everything, as it is from ``since`` on."""
    made = Document()
    keys = Keys()
    engineers = _engineers(source, made, keys)
    schedules = _schedules(source, made, keys, since)
    policies = _policies(source, made)
    if with_hotline:
        made.texts["hotline"] = _text({"hotline": _hotline(policies)}, "Write your own company and number.")
    head = f"Imported from {source.system} by `oncall schedule import`, as of {since:%Y-%m-%d %H:%M} UTC."
    made.texts["engineers"] = _text({"engineers": engineers}, head, *source.notes)
    made.texts["schedules"] = _text({"schedules": schedules})
    made.texts["escalation_policies"] = _text({"escalation_policies": policies}, problems=made.problems)
    return made


# ---------------------------------------------------------------- engineers


def _engineers(source: Source, made: Document, keys: Keys) -> CommentedMap:
    section = CommentedMap()
    phones: set[str] = set()
    for person in source.people:
        key = keys.make(person.name, person.email.partition("@")[0], otherwise="engineer")
        made.engineers[person.id] = key
        phone = next((n for raw in person.phones if (n := callable_number(raw)) and n not in phones), "")
        comments = [f"{source.system}: {person.id}", *person.notes]
        if phone:
            phones.add(phone)
        else:
            comments.append(f'a phone is missing{_why_no_phone(person)}: add a line such as `phone: "+32470000001"`')
            made.problems.append(f"engineers.{key}: {one_line(person.name)} needs a phone{_why_no_phone(person)}")
        section[key] = _engineer(person, phone, comments)
        _comment(section, key, comments, 2)
    return section


def _why_no_phone(person: Person) -> str:
    if not person.phones:
        return ""
    return f" (what is written there cannot be called, or is somebody else's too: {one_line(', '.join(person.phones))})"


def _engineer(person: Person, phone: str, comments: list[str]) -> CommentedMap:
    entry = CommentedMap()
    entry["name"] = one_line(person.name) or one_line(person.id) or "nameless"
    if phone:
        entry["phone"] = DoubleQuotedScalarString(phone)
    if _is_email(person.email):
        entry["email"] = person.email
    if person.timezone in pytz.all_timezones_set:
        entry["timezone"] = person.timezone
    if person.slack:
        entry["slack"] = one_line(person.slack)
    rules = CommentedSeq()
    for by, after_for in person.notify:
        if _NEEDS[by] in entry or _NEEDS[by] == "phone":
            rules.append(_flow({"by": by, "after": length(int(after_for.total_seconds())) if after_for else "0s"}))
        else:
            comments.append(f"notification rule by {by} left out: no address")
    if rules:
        entry["notify"] = rules
    return entry


def _is_calendar(url: str) -> bool:
    try:
        return bool(read_calendar(url))
    except ValueError:
        return False


def _is_email(text: str) -> bool:
    try:
        return bool(text) and read_email(text) == text
    except ValueError:
        return False


# ---------------------------------------------------------------- schedules


def _schedules(source: Source, made: Document, keys: Keys, since: datetime) -> CommentedMap:
    section = CommentedMap()
    for found in source.schedules:
        for number, lane in enumerate(lanes(found, since)):
            key = keys.make(found.name, otherwise="schedule")
            made.schedules.setdefault(found.id, []).append(key)
            section[key] = _schedule(found, lane, made, since)
            comments = [f"{source.system}: {found.name} ({found.id})"]
            comments += found.notes if number == 0 else ["who is on call beside the one before: steps page both"]
            _comment(section, key, comments, 2)
    return section


def _schedule(found: SourceSchedule, lane: Lane, made: Document, since: datetime) -> CommentedMap:
    entry = CommentedMap()
    entry["timezone"] = found.timezone
    names = Keys()
    rotations = CommentedSeq()
    for turns in lane.turns:
        rotations.append(_rotation(turns, names.make(turns.name, otherwise="rotation"), made))
        _comment(rotations, len(rotations) - 1, list(turns.notes), 6)
    for calendar in lane.calendars:
        if not _is_calendar(calendar.url):
            made.problems.append(f"{one_line(found.name)}: its calendar {one_line(calendar.url)} is no URL: left out")
            continue
        name = names.make(calendar.name, otherwise="calendar")
        entry_ = CommentedMap([("name", name), ("ical", one_line(calendar.url))])
        if calendar.people:
            entry_["engineers"] = _flow({one_line(said): made.engineers[id_] for said, id_ in calendar.people})
        rotations.append(entry_)
    entry["rotations"] = rotations if rotations else _flow([])
    overrides = CommentedSeq()
    for cover in lane.covers:
        if (made_override := _override(cover, found.timezone, made, since)) is not None:
            overrides.append(made_override)
    if overrides:
        entry["overrides"] = overrides
    return entry


def _rotation(turns: Turns, name: str, made: Document) -> CommentedMap:
    entry = CommentedMap()
    entry["name"] = name
    entry["starts"] = _wall(turns.starts)
    if turns.until is not None:
        entry["until"] = _wall(turns.until)
    entry["shift"] = turns.shift[0] if len(turns.shift) == 1 else _flow(list(turns.shift))
    entry["engineers"] = _flow([made.engineers[person] for person in with_everybody(turns.people)])
    if turns.during:
        entry["during"] = CommentedSeq(_window(each) for each in turns.during)
    return entry


def _window(window: Hours) -> Any:
    times = {"from": DoubleQuotedScalarString(window.begins), "until": DoubleQuotedScalarString(window.until)}
    days = {} if len(window.days) == 7 else {"days": _flow([DAYS[day] for day in window.days])}
    return _flow({**days, **times})


def _override(cover: Cover, timezone: str, made: Document, since: datetime) -> Any:
    begins, until = to_wall(timezone, cover.starts_at), to_wall(timezone, cover.ends_at)
    if until <= begins or cover.ends_at <= since:
        return None
    entry = {"engineer": made.engineers[cover.people[0]], "from": _wall(begins), "until": _wall(until)}
    if cover.instead_of and cover.instead_of != cover.people[0]:
        entry["instead_of"] = made.engineers[cover.instead_of]
    if cover.reason:
        entry["reason"] = one_line(cover.reason)
    return _flow(entry)


# ---------------------------------------------------------------- escalation policies, hotline


def _policies(source: Source, made: Document) -> CommentedMap:
    section = CommentedMap()
    keys = Keys()
    for policy in source.policies:
        key = keys.make(policy.name, otherwise="policy")
        steps = _steps(policy, made)
        if not steps:
            made.problems.append(
                f"escalation policy {one_line(policy.name)} pages nobody whom ours could page: left out"
            )
            continue
        section[key] = CommentedMap([("steps", steps), ("repeat", min(policy.repeat, 10_000))])
        _comment(section, key, [f"{source.system}: {policy.name} ({policy.id})", *policy.notes], 2)
    return section


def _steps(policy: Policy, made: Document) -> CommentedSeq:
    steps = CommentedSeq()
    for number, step in enumerate(policy.steps, 1):
        page = [key for id_ in step.schedules for key in made.schedules.get(id_, [])]
        page += [made.engineers[id_] for id_ in step.people]
        missing = [id_ for id_ in step.schedules if id_ not in made.schedules]
        notes = [*step.notes, *(f"schedule {id_} is not in the export" for id_ in missing)]
        made.problems += [
            f"escalation policy {one_line(policy.name)}, step {number}: {one_line(note)}" for note in notes
        ]
        if not page:
            continue
        wait = step.wait_for or (_LAST_WAIT if number == len(policy.steps) else step.wait_for)
        written = length(int(wait.total_seconds())) if wait else "0s"
        steps.append(_flow({"page": _flow(list(dict.fromkeys(page))), "wait": written}))
        _comment(steps, len(steps) - 1, notes, 6)
    if steps and all(step["wait"] == "0s" for step in steps):
        steps[-1]["wait"] = "5m"
    return steps


def _hotline(policies: CommentedMap) -> CommentedMap:
    entry = CommentedMap()
    entry["company"] = "Your Company"
    entry["number"] = DoubleQuotedScalarString("+3225550199")
    entry["escalation_policy"] = next(iter(policies), "write-one")
    return entry


# ---------------------------------------------------------------- YAML


def _wall(wall: datetime) -> str:
    return wall.strftime("%Y-%m-%d %H:%M:%S" if wall.second else "%Y-%m-%d %H:%M")


def _flow(value: list[Any] | dict[str, Any]) -> Any:
    made = CommentedSeq(value) if isinstance(value, list) else CommentedMap(value)
    made.fa.set_flow_style()
    return made


def _comment(section: CommentedMap | CommentedSeq, key: object, lines: list[str], indent: int) -> None:
    written = "\n".join(one_line(line) for line in lines if one_line(line))
    if written:
        section.yaml_set_comment_before_after_key(key, before=written, indent=indent)


def _text(content: dict[str, object], *head: str, problems: list[str] | None = None) -> str:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 4096
    stream = io.StringIO()
    yaml.dump(content, stream)
    before = "".join(f"# {one_line(line)}\n" for line in head)
    after = "".join(f"#   {one_line(line)}\n" for line in problems or [])
    return before + stream.getvalue() + (f"\n# To be mended by hand:\n{after}" if after else "")
