"""What people type to us in Slack, replies and the slash command; and who is on call, as it is told there."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oncall.core.configuration import Configuration
from oncall.core.local_time import to_local
from oncall.core.plain_text import clip, one_line
from oncall.core.schedule import Schedule, Shift, on_call

COMMAND = "/oncall"
LONGEST_TOPIC = 250
LONGEST_ANSWER = 3000


class Word(StrEnum):
    """What an engineer can have done."""

    ACKNOWLEDGE = "ack"
    TAKE = "take"
    PASS = "pass"  # noqa: S105 - a word that people type
    RESOLVE = "resolve"
    UPDATE = "update"
    NOTE = "note"
    REOPEN = "reopen"


_SPELT: dict[str, Word] = {
    "ack": Word.ACKNOWLEDGE,
    "acknowledge": Word.ACKNOWLEDGE,
    "take": Word.TAKE,
    "pass": Word.PASS,
    "resolve": Word.RESOLVE,
    "resolved": Word.RESOLVE,
    "update": Word.UPDATE,
    "note": Word.NOTE,
    "reopen": Word.REOPEN,
}
_ALONE = frozenset({Word.ACKNOWLEDGE, Word.TAKE, Word.PASS, Word.RESOLVE, Word.REOPEN})
_NEEDS_TEXT = frozenset({Word.UPDATE, Word.NOTE})
_REPLY = re.compile(r"\s*([A-Za-z]{3,11})\s*(:|\Z)\s*(.*)", re.DOTALL)
# "REOPEN 1042", as our texts say: the thread says which already.
_NUMBER_AFTER = re.compile(r"\A(\s*[A-Za-z]{3,11})\s+#?[0-9]{3,9}(?=\s*(?::|\Z))")
_NUMBERED = re.compile(r"\s*([A-Za-z]{3,11})\s+#?([0-9]{1,9})\b[\s:]*(.*)", re.DOTALL)
_WHO = re.compile(r"\s*who(?:\s+(?:is\s+)?(\S+))?\s*\Z", re.IGNORECASE)
_HELP = re.compile(r"\s*(help|\?)?\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Typed:
    """``word`` None: plain talk. ``number`` is the incident's, None where the place says which."""

    word: Word | None
    text: str
    number: int | None = None


def reply_of(text: str) -> Typed:
    """What a reply in an incident's thread means: ``resolve: it was the disk``, or a word alone such as ``ack``."""
    match = _REPLY.match(_NUMBER_AFTER.sub(r"\1", text, count=1))
    word = _SPELT.get(match[1].casefold()) if match else None
    if match is None or word is None or (match[2] != ":" and word not in _ALONE):
        return Typed(None, text.strip())
    return Typed(word, match[3].strip())


def command_of(text: str) -> Typed:
    """What follows ``/oncall``: ``resolve 1042 it was the disk``. Whatever names no incident is a report."""
    match = _NUMBERED.match(text)
    word = _SPELT.get(match[1].casefold()) if match else None
    if match is None or word is None:
        return Typed(None, text.strip())
    return Typed(word, match[3].strip(), int(match[2]))


def lacks_text(typed: Typed) -> bool:
    """Whether the word says something to somebody, and there is nothing to say."""
    return typed.word in _NEEDS_TEXT and not typed.text


def answer_at_once(text: str, configuration: Configuration, now: datetime) -> str:
    """What ``/oncall`` is answered where nothing has to be done for it; "" for what has to be."""
    if _HELP.match(text):
        return help_text(configuration)
    who = _WHO.match(text)
    return who_text(configuration, now, one_line(who[1] or "")) if who else ""


def help_text(configuration: Configuration) -> str:
    """What can be typed, and where production down is told."""
    return "\n".join(
        [
            f"{COMMAND} and what is wrong, in your own channel: our engineers take it in, and answer there.",
            f"{COMMAND} who — who is on call; {COMMAND} who production — of one schedule.",
            f"Engineers: {COMMAND} ack 1042, take, pass, resolve, update, note or reopen, each with text after it.",
            f"If production is down, phone {configuration.hotline.number}: that pages our engineer at once.",
        ]
    )


def who_text(configuration: Configuration, now: datetime, schedule: str = "") -> str:
    """Who is on call, a line each; of one schedule where it is named."""
    schedules = configuration.schedules
    if schedule and schedule not in schedules:
        return f"There is no schedule {clip(schedule, 60)}. There are: {', '.join(schedules) or 'none'}."
    asked = [schedules[schedule]] if schedule else list(schedules.values())
    lines = [duty_text(configuration, each, on_call(each, now)) for each in asked]
    return clip("\n".join(lines) or "There is no schedule.", LONGEST_ANSWER)


def duty_text(configuration: Configuration, schedule: Schedule, shift: Shift) -> str:
    """ "Alice Martin has production until Mon 30 Nov 09:00 CET"."""
    name = _name(configuration, shift)
    until = "" if shift.ends_at is None else f" until {to_local(schedule.timezone, shift.ends_at):%a %d %b %H:%M %Z}"
    return f"{name or 'Nobody'} has {schedule.key}{until}"


def topic_text(configuration: Configuration, now: datetime) -> str:
    """Who is on call, as a channel's topic."""
    parts = []
    for schedule in configuration.schedules.values():
        shift = on_call(schedule, now)
        ends_at = shift.ends_at
        until = "" if ends_at is None else f" until {to_local(schedule.timezone, ends_at):%a %H:%M}"
        parts.append(f"{schedule.key} {_name(configuration, shift) or 'nobody'}{until}")
    return clip(f"On call: {' · '.join(parts) or 'nobody'}", LONGEST_TOPIC)


def _name(configuration: Configuration, shift: Shift) -> str:
    engineer = configuration.engineers.get(shift.engineer or "")
    return one_line(engineer.name) if engineer else (shift.engineer or "")
