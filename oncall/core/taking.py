"""TAKE: what an engineer texts to be on call from now on, such as TAKE 4h or TAKE production UNTIL fri 07:00."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from oncall.core.local_time import read_local, to_utc, to_wall
from oncall.errors import UsageError

LONGEST_FOR = timedelta(days=14)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNIT = r"(?:m(?:in(?:ute)?s?)?|h(?:rs?|ours?)?|d(?:ays?)?|w(?:eeks?)?)"
_ONE = re.compile(rf"(\d{{1,5}})\s*({_UNIT})")
_DURATION = re.compile(rf"(?<![\w.:-])(?:\d{{1,5}}\s*{_UNIT}\s*)+(?![\w.:-])")
_DATE = r"\d{4}-\d{2}-\d{2}"
_WHICH_DAY = (
    rf"(?:today|tonight|tomorrow|tmrw|{_DATE}|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_CLOCK = r"(?:\d{1,2}[:.h]\d{2}|\d{4}|\d{1,2})\s*(?:am|pm)?|noon|midnight"
_UNTIL = re.compile(
    rf"(?<!\S)(?:until|till?)\s+(?:(?P<day>{_WHICH_DAY})\s+)?(?:at\s+)?(?P<clock>{_CLOCK})(?:\s+(?P<after>{_WHICH_DAY}))?(?!\S)"
)
_BARE_CLOCK = re.compile(rf"(?<!\S)(?:(?P<day>{_WHICH_DAY})\s+)?(?P<clock>\d{{1,2}}:\d{{2}})(?P<after>\Z)(?!\S)")
_PARTS = re.compile(r"(?P<hour>\d{1,2})[:.h]?(?P<minute>\d{2})?\s*(?P<half>am|pm)?")
_FILLERS = frozenset({"for", "please", "now", "on", "from", "over", "the", "shift", "call"})

HELP = "TAKE 4h or TAKE UNTIL 07:00 puts you on call from now on"


@dataclass(frozen=True, slots=True)
class Take:
    """A text, read. ``schedule`` is the word that may name one, "" for none.

    Either it lasts ``days`` calendar days and then ``rest_for``, or it lasts until ``clock`` on ``day`` (a word or a
    date; "" for the next time that the clock shows it).
    """

    schedule: str
    days: int = 0
    rest_for: timedelta = timedelta(0)
    clock: time | None = None
    day: str = ""


def parse_take(text: str) -> Take | None:
    """What TAKE is followed by; None where that is nothing, or nothing that can be understood."""
    words = " ".join(text.lower().split())
    until = _UNTIL.search(words) or _BARE_CLOCK.search(words)
    rest = words if until is None else f"{words[: until.start()]} {words[until.end() :]}"
    duration = _DURATION.search(rest)
    if (until is None) == (duration is None):
        return None
    if duration is not None:
        rest = f"{rest[: duration.start()]} {rest[duration.end() :]}"
    names = [name for word in rest.split() if (name := word.strip(",.;:!?")) and name not in _FILLERS]
    if len(names) > 1:
        return None
    schedule = names[0] if names else ""
    if until is not None:
        clock = _clock(until["clock"])
        return None if clock is None else Take(schedule, clock=clock, day=until["day"] or until["after"] or "")
    assert duration is not None
    return _lasting(schedule, duration[0])


def _lasting(schedule: str, written: str) -> Take:
    days, rest_for = 0, timedelta(0)
    for count, unit in _ONE.findall(written):
        match unit[0]:
            case "w":
                days += 7 * int(count)
            case "d":
                days += int(count)
            case "h":
                rest_for += timedelta(hours=int(count))
            case _:
                rest_for += timedelta(minutes=int(count))
    return Take(schedule, days, rest_for)


def _clock(written: str) -> time | None:
    if written in ("noon", "midnight"):
        return time(12 if written == "noon" else 0)
    four = written.isdigit() and len(written) == 4
    found = _PARTS.fullmatch(f"{written[:2]}:{written[2:]}" if four else written)
    if found is None:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if (hour, minute) == (24, 0):
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def ends_at(take: Take, timezone: str, now: datetime) -> datetime:
    """When it ends (UTC), on the clocks of ``timezone``. Raises UsageError with a sentence where it cannot."""
    found = end_of(take, timezone, now)
    if found <= now:
        raise UsageError(f"That is over already. {HELP}.")
    if found - now > LONGEST_FOR + timedelta(hours=1):  # two weeks with a change of clocks in them
        raise UsageError(f"TAKE is for at most {LONGEST_FOR.days} days: ask whoever edits the schedules for more.")
    return found


def end_of(take: Take, timezone: str, now: datetime) -> datetime:
    """When it ends (UTC), however far away; not after ``now`` where it is over or no time at all.

    Raises UsageError where it names no date.
    """
    return _after(take, timezone, now) if take.clock is None else _when(take, take.clock, timezone, now)


def _after(take: Take, timezone: str, now: datetime) -> datetime:
    if take.days > 2 * LONGEST_FOR.days or take.rest_for > 2 * LONGEST_FOR:
        return now + 2 * LONGEST_FOR
    if not take.days and not take.rest_for:
        return now
    # A day is the same time tomorrow, also where the clocks change in between.
    there = to_utc(timezone, to_wall(timezone, now) + take.days * _DAY) if take.days else now
    there += take.rest_for + _MINUTE / 2
    return there.replace(second=0, microsecond=0)


def _when(take: Take, clock: time, timezone: str, now: datetime) -> datetime:
    today = to_wall(timezone, now).date()
    if not take.day:
        return _first_after(now, timezone, clock, [today, today + _DAY, today + 2 * _DAY])
    if take.day[:3] in _WEEKDAYS:
        ahead = (_WEEKDAYS.index(take.day[:3]) - today.weekday()) % 7
        return _first_after(now, timezone, clock, [today + ahead * _DAY, today + (ahead + 7) * _DAY])
    return _first_after(now, timezone, clock, [_named_day(take.day, today, clock)])


def _named_day(word: str, today: date, clock: time) -> date:
    if word in ("tomorrow", "tmrw"):
        return today + _DAY
    if word == "tonight" and clock.hour < 12:  # what is left of the night belongs to the next date
        return today + _DAY
    if word in ("today", "tonight"):
        return today
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise UsageError(f"{word} is no date. {HELP}.") from error


def _first_after(now: datetime, timezone: str, clock: time, days: list[date]) -> datetime:
    """The first of these days on which a clock will yet show this; ``now`` where none is left."""
    for day in days:
        for at in occurrences(timezone, datetime.combine(day, clock)):
            if at > now:
                return at
    return now


def occurrences(timezone: str, wall: datetime) -> tuple[datetime, ...]:
    """Every instant (UTC) at which a clock there shows ``wall``, in order; the first after the gap where none does."""
    reading = read_local(timezone, wall)
    return (reading.at,) if reading.again_at is None else (reading.at, reading.again_at)
