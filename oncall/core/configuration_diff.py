"""Two configurations compared: what changes for whom, and in short sentences what else is another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from oncall.core.configuration import Configuration
from oncall.core.configuration_wording import said, said_step
from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.meeting import Meeting
from oncall.core.schedule import Schedule
from oncall.core.schedule_diff import Change, balance_text, change_text, changes, name_of, span_text

MOST_LINES = 300

# Lists in which the order says nothing: what came and what went is said, not the whole.
_SETS = {"numbers", "contacts", "operators", "managers", "closed"}
_LABELS = {
    "notify": "notification rules",
    "page_after_for": "pages after",
    "respond_within_for": "respond within",
    "members": "taking part",
    "source": "calendar",
}


@dataclass(frozen=True, slots=True)
class ConfigurationDiff:
    """What changes between ``since`` and ``until``, and ``sentences`` about all else, whenever it counts.

    ``names`` are those of every engineer before or after, ``timezones`` those of the schedules.
    """

    since: datetime
    until: datetime
    changes: tuple[Change, ...]
    sentences: tuple[str, ...]
    names: Mapping[str, str]
    timezones: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes for anybody."""
        return not self.changes and not self.sentences


def compare(before: Configuration | None, after: Configuration, since: datetime, until: datetime) -> ConfigurationDiff:
    """What the step from ``before`` (None: nothing was in force) to ``after`` changes for people."""
    old = before.schedules if before else {}
    found = [
        change
        for key in _keys(old, after.schedules)
        for change in changes(key, old.get(key), after.schedules.get(key), since, until)
    ]
    names = {key: each.name for part in (before, after) if part for key, each in part.engineers.items()}
    timezones = {key: each.timezone for part in (old, after.schedules) for key, each in part.items()}
    sentences = tuple(_sentences(before, after, names)) if before else ()
    return ConfigurationDiff(since, until, tuple(found), sentences, names, timezones)


def diff_lines(diff: ConfigurationDiff) -> list[str]:
    """The whole diff in people's terms, a line each; never empty, and never much longer than MOST_LINES."""
    if diff.is_empty:
        return ["Nothing changes for anybody."]
    lines: list[str] = []
    for key, timezone in diff.timezones.items():
        of_this = [change for change in diff.changes if change.schedule == key]
        if of_this:
            lines.append(f"{key} (times in {timezone}):")
            lines += [f"  {change_text(change, diff.names, timezone)}" for change in of_this]
            total = balance_text(of_this, diff.names)
            lines += [f"  Together: {total}."] if total else []
    if not diff.changes:
        lines.append(f"Nobody's shifts change in the next {_weeks(diff.until - diff.since)}.")
    if diff.sentences:
        lines += ["Besides:", *(f"  {sentence}" for sentence in diff.sentences)]
    if len(lines) > MOST_LINES:
        return [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} more lines."]
    return lines


def _weeks(length: timedelta) -> str:
    days = round(length / timedelta(days=1))
    if days % 7:
        return f"{days} days"
    return "week" if days == 7 else f"{days // 7} weeks"


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Those of both, in the order of the files: what went comes last."""
    return [*after, *(key for key in before if key not in after)]


def _sentences(before: Configuration, after: Configuration, names: Mapping[str, str]) -> Iterator[str]:
    yield from _facts("The hotline", before.hotline, after.hotline)
    yield from _each("Engineer", before.engineers, after.engineers)
    for key in _keys(before.schedules, after.schedules):
        yield from _schedule(key, before.schedules.get(key), after.schedules.get(key), names)
    for key in _keys(before.policies, after.policies):
        yield from _policy(key, before.policies.get(key), after.policies.get(key))
    yield from _each("Customer", before.customers, after.customers)
    yield from _each("Webhook", before.webhooks, after.webhooks)
    yield from _facts("Post-mortems", before.postmortems, after.postmortems)
    for key in _keys(before.meetings, after.meetings):
        yield from _meeting(key, before.meetings.get(key), after.meetings.get(key))
    yield from _facts("Business hours", before.business_hours, after.business_hours, without=("holiday_dates",))
    yield from _each("Telephone provider", before.providers, after.providers)
    old_order, new_order = ([each.name for each in part.providers_in_order()] for part in (before, after))
    if old_order != new_order:
        yield f"Telephone providers are asked in another order: {' → '.join(new_order)}."
    for priority, promise in after.promises.items():
        if priority in before.promises:
            yield from _facts(f"Priority {said(priority)}", before.promises[priority], promise)


def _each(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in _keys(before, after):
        old: Any = before.get(key)
        new: Any = after.get(key)
        title = f"{kind} {said(old.name if new is None else new.name)} ({key})"
        if old is None:
            phone = getattr(new, "phone", "")
            yield f"{title} is new{f', with the phone {said(phone)}' if phone else ''}."
        elif new is None:
            yield f"{title} is gone."
        else:
            yield from _facts(title, old, new)


def _facts(title: str, before: Any, after: Any, without: tuple[str, ...] = ("key",)) -> Iterator[str]:
    """A sentence for each field that differs."""
    for field in (each for each in fields(after) if each.compare):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name not in without and old != new:
            yield f"{title}: {_LABELS.get(field.name, _label(field.name))} {_instead(field.name, old, new)}."


def _label(field: str) -> str:
    return field.removesuffix("_for").replace("_", " ")


def _instead(field: str, old: Any, new: Any) -> str:
    if field in _SETS:
        came = [each for each in new if each not in old]
        went = [each for each in old if each not in new]
        parts = [f"now also {said(came)}"] * bool(came) + [f"no longer {said(went)}"] * bool(went)
        if parts:
            return ", ".join(parts)
    was, now = said(old, field), said(new, field)
    return f"{now} instead of {was}" if was != now else f"{now}, but not the same as before"


def _meeting(key: str, before: Meeting | None, after: Meeting | None) -> Iterator[str]:
    title = f"Meeting {key}"
    if before is None or after is None:
        yield f"{title} is {'new' if before is None else 'gone'}{'' if after is None else f', {after.rhythm}'}."
        return
    if before.rhythm != after.rhythm:
        yield f"{title}: {after.rhythm} instead of {before.rhythm}."
    yield from _facts(title, before, after, without=("key", "every", "weekday", "at", "ordinal"))


def _schedule(key: str, before: Schedule | None, after: Schedule | None, names: Mapping[str, str]) -> Iterator[str]:
    title = f"Schedule {key}"
    if before is None or after is None:
        yield f"{title} is {'new' if before is None else 'gone'}."
        return
    yield from _facts(title, before, after, without=("key", "rotations", "overrides", "away"))
    old, new = ({each.name: each for each in part.rotations} for part in (before, after))
    for name in _keys(old, new):
        rotation = f"{title}, rotation {name}"
        if name not in old or name not in new:
            yield f"{rotation} is {'new' if name not in old else 'gone'}."
        elif type(old[name]) is not type(new[name]):
            yield f"{rotation} is written in another way."
        else:
            yield from _facts(rotation, old[name], new[name], without=("name", "spans"))
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield f"{title}: the rotations cover each other in another order: {', '.join(new)}; the last one is on top."
    yield from _overrides(title, before, after, names)
    yield from _absences(title, before, after, names)


def _overrides(title: str, before: Schedule, after: Schedule, names: Mapping[str, str]) -> Iterator[str]:
    for part, other, word in ((after, before, "new"), (before, after, "gone")):
        for override in part.overrides:
            if override not in other.overrides:
                of = f" instead of {name_of(override.instead_of, names)}" if override.instead_of else ""
                when = span_text(part.timezone, override.starts_at, override.ends_at)
                why = f" ({said(override.reason)})" if override.reason else ""
                yield f"{title}, override {name_of(override.engineer, names)}{of}, {when}{why} is {word}."


def _absences(title: str, before: Schedule, after: Schedule, names: Mapping[str, str]) -> Iterator[str]:
    for part, other, word in ((after, before, "now away"), (before, after, "no longer away")):
        for engineer, absences in part.away.items():
            for absence in absences:
                if absence not in other.away.get(engineer, ()):
                    when = span_text(part.timezone, absence.starts_at, absence.ends_at)
                    why = f" ({said(absence.reason)})" if absence.reason else ""
                    yield f"{title}: {name_of(engineer, names)} is {word}, {when}{why}."


def _policy(key: str, before: EscalationPolicy | None, after: EscalationPolicy | None) -> Iterator[str]:
    title = f"Escalation policy {key}"
    if before is None or after is None:
        yield f"{title} is {'new' if before is None else 'gone'}."
        return
    for number, (old, new) in enumerate(_pairs(before.steps, after.steps), 1):
        if old is None:
            yield f"{title}: step {number} is new, {said_step(new)}."
        elif new is None:
            yield f"{title}: step {number} is gone, which was {said_step(old)}."
        elif old != new:
            yield f"{title}: step {number} is {said_step(new)} instead of {said_step(old)}."
    yield from _facts(title, before, after, without=("key", "steps"))


def _pairs(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    for index in range(max(len(before), len(after))):
        yield (before[index] if index < len(before) else None), (after[index] if index < len(after) else None)
