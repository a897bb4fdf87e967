"""How values of the configuration are said in one line, with telephone numbers cut down to their last four digits."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from typing import Any

import pytz

from oncall.core.customer import Contact
from oncall.core.engineer import NotificationRule
from oncall.core.escalation_policy import EscalationStep
from oncall.core.plain_text import mask_numbers, one_line
from oncall.core.provider import OwnLimits
from oncall.core.rotation import EVERY_DAY, Membership, ShiftLength, Window

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = (("w", timedelta(weeks=1)), ("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)))
# What a value means that stands for "not given", where that is not "none".
_ABSENT = {
    "repeat": "forever",
    "during": "always",
    "members": "all of them always",
    "respond_within_for": "next business day",
    "time_for": "next business day",
}
_ORDERED = {"engineers", "steps"}


def said(value: Any, field: str = "") -> str:
    """Any value in words; ``field`` is the name of the field that holds it, "" where there is none."""
    if value is None or value == "" or value == () or value == {}:
        return _ABSENT.get(field, "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {said(each)}" for key, each in value.items())
    if isinstance(value, set | frozenset):
        return _several(sorted(value, key=str), field)
    if isinstance(value, tuple | list):
        return _several(value, field)
    return _one(value)


def _several(values: Any, field: str) -> str:
    if field == "days":
        return ", ".join(_DAYS[day] for day in values)
    return (" → " if field in _ORDERED else ", ").join(said(each) for each in values)


def _one(value: Any) -> str:
    for kind, words in _WORDS:
        if isinstance(value, kind):
            return words(value)
    if is_dataclass(value):
        shown = ((field.name, getattr(value, field.name)) for field in fields(value))
        return " ".join(f"{name.replace('_', ' ')} {said(each, name)}" for name, each in shown)
    return mask_numbers(one_line(f"{value:g}" if isinstance(value, float) else str(value)))


def said_step(step: EscalationStep) -> str:
    """A step: whom it pages, and how long it waits."""
    return f"{', '.join(step.page)} for {said_length(step.wait_for)}"


def said_length(length: timedelta) -> str:
    """A duration as the YAML writes it: 1d12h, 5m, 90s; 0s for none."""
    written, rest = "", length
    for unit, size in _UNITS:
        number, rest = divmod(rest, size)
        written += f"{number}{unit}" if number else ""
    return written + f"{rest.total_seconds():g}s" if rest or not written else written


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at.tzinfo is None else f"{at.astimezone(pytz.utc):%Y-%m-%d %H:%M} UTC"


def _window(window: Window) -> str:
    days = "every day" if window.days == EVERY_DAY else said(window.days, "days")
    also = f", and on {len(window.also_on)} other days" if window.also_on else ""
    never = f", but not on {len(window.except_on)} days" if window.except_on else ""
    return f"{days} {window.begins:%H:%M}–{window.until:%H:%M}{also}{never}"


def _membership(member: Membership) -> str:
    since = f"from {_moment(member.joins)}" if member.joins else ""
    until = f"until {_moment(member.leaves)}" if member.leaves else ""
    return " ".join(part for part in (since, until) if part) or "always"


def _shift_length(length: ShiftLength) -> str:
    return f"{length.months}mo" * bool(length.months) + said_length(length.rest) * bool(length.rest)


def _rule(rule: NotificationRule) -> str:
    return f"{rule.by} {f'after {said_length(rule.after_for)}' if rule.after_for else 'at once'}"


def _contact(contact: Contact) -> str:
    return " ".join(said(each) for each in (contact.name, contact.phone, contact.email) if each)


def _own_limits(limits: OwnLimits) -> str:
    """As in `30 calls, 2.5 texts a second`; what is left out is the hotline's."""
    given = ((limits.calls_per_second, "calls"), (limits.messages_per_second, "texts"))
    own = ", ".join(f"{said(rate)} {what}" for rate, what in given if rate is not None)
    return f"{own} a second" if own else "the hotline's"


# Which words each kind of value has.
_WORDS: tuple[tuple[type[Any], Callable[[Any], str]], ...] = (
    (timedelta, said_length),
    (datetime, _moment),
    (time, lambda at: f"{at:%H:%M}"),
    (Enum, lambda word: str(word.value)),
    (ShiftLength, _shift_length),
    (Window, _window),
    (Membership, _membership),
    (NotificationRule, _rule),
    (EscalationStep, said_step),
    (Contact, _contact),
    (OwnLimits, _own_limits),
)
