"""The small values of the format: durations, local times, numbers, zones. Each is read from text.

A validator raises ValueError with the whole sentence: what is wrong; the fix.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated, Literal

import pytz
from pydantic import PlainValidator, StringConstraints, WithJsonSchema

from oncall.core.engineer import ShiftPurpose
from oncall.core.rotation import ShiftLength
from oncall.phone_numbers import callable_number, is_premium
from oncall.schedule_files.public_holidays import regions

_DURATION = re.compile(r"([0-9]{1,7})(s|mo|m|h|d|w)\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST_FOR = timedelta(days=3660)
_LONGEST_MONTHS = 120
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?\Z")
_OFFSET = re.compile(r".*[0-9](Z|[-+][0-9]{2}:?[0-9]{2})\Z")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})\Z")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
DAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK = DAYS
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_HOSTED = re.compile(r"(https://|http://(localhost|127\.0\.0\.1)[:/])[^\s<>\"]+\Z")
_CALENDAR_PATTERN = r"^((https?|webcal)://[^\s/]+\S*|[\w\-][\w.\-]*\.ics)$"
_CALENDAR = re.compile(_CALENDAR_PATTERN.replace("$", r"\Z"))
_YEARS = range(1970, 2200)
_DURATION_FIX = "write a duration such as 30s, 5m, 2h, 1d or 1w"
_DURATION_PATTERN = r"^[0-9]+(s|m|h|d|w)$"
_RING_TIME_PATTERN = r"^0*([1-5][0-9]s|60s|1m)$"
_SHIFT_PATTERN = r"^[0-9]+(s|m|h|d|w|mo)$"
NEXT_BUSINESS_DAY: Literal["next business day"] = "next business day"


def did_you_mean(wrong: str, known: list[str]) -> str:
    """The last part of a sentence about an unknown word: the nearest that is known, or all of them."""
    if near := get_close_matches(wrong, known, n=1, cutoff=0.6):
        return f"did you mean `{near[0]}`?"
    return f"known are {', '.join(sorted(known))}" if 0 < len(known) <= 30 else "look it up in the schedule format"


def text(value: object, fix: str) -> str:
    """The value, which must be text. Raises ValueError."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        raise ValueError(f"this is not text; {fix}")
    if not isinstance(value, str):
        raise ValueError(f"this is a number, not text; {fix}")  # noqa: TRY004 - pydantic reports ValueError
    return value


def _split_duration(value: object) -> tuple[int, str]:
    written = text(value, _DURATION_FIX)
    if not (match := _DURATION.match(written)):
        raise ValueError(f"`{written}` is not a duration; {_DURATION_FIX}")
    return int(match[1]), match[2]


def duration(value: object) -> timedelta:
    """A span of time. Raises ValueError."""
    count, unit = _split_duration(value)
    if unit == "mo":
        raise ValueError("only a shift may be as long as months; write days or weeks")
    if count > 0 and timedelta(**{_UNITS[unit]: 1}) > _LONGEST_FOR / count:
        raise ValueError("this is longer than ten years; write a shorter duration")
    return timedelta(**{_UNITS[unit]: count})


def positive_duration(value: object) -> timedelta:
    """A span of time that is not empty. Raises ValueError."""
    if not (found := duration(value)):
        raise ValueError("this must be longer than nothing; write at least 1s")
    return found


def ring_time(value: object) -> timedelta:
    """How long a call rings. Raises ValueError."""
    found = duration(value)
    if not timedelta(seconds=10) <= found <= timedelta(seconds=60):
        raise ValueError("a call rings for 10s to 60s; write 25s, which ends before most voicemail picks up")
    return found


def shift(value: object) -> tuple[ShiftLength, ...]:
    """The lengths of a shift or of a cycle of shifts. Raises ValueError."""
    parts = value if isinstance(value, list) else [value]
    if not parts:
        raise ValueError("a cycle needs at least one duration; write one such as [4d, 3d]")
    return tuple(_shift_length(part) for part in parts)


def _shift_length(value: object) -> ShiftLength:
    count, unit = _split_duration(value)
    if unit != "mo":
        if (length := positive_duration(value)) < timedelta(minutes=1):
            raise ValueError("a shift lasts at least a minute; write a duration such as 12h, 1d or 1w")
        return ShiftLength(rest=length)
    if not 0 < count <= _LONGEST_MONTHS:
        raise ValueError(f"a shift lasts from 1 to {_LONGEST_MONTHS} months; write such a number")
    return ShiftLength(months=count)


def local_datetime(value: object) -> datetime:
    """A naive wall-clock time; a date alone is its midnight. Raises ValueError."""
    fix = "write a local date and time such as 2026-01-05 09:00"
    written = text(value, fix)
    if _OFFSET.match(written) and not _LOCAL.match(written):
        raise ValueError("times are local to the schedule's timezone; leave the offset out")
    if not _LOCAL.match(written):
        raise ValueError(f"`{written}` is not a date and time; {fix}")
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"`{written}` does not exist ({error}); {fix}") from error
    if found.year not in _YEARS:
        raise ValueError(f"the year {found.year} is out of reach; write one from {_YEARS.start} to {_YEARS.stop - 1}")
    return found


def local_date(value: object) -> date:
    """A day of the calendar. Raises ValueError."""
    fix = "write a date such as 2026-12-24"
    written = text(value, fix)
    if not _DATE.match(written):
        raise ValueError(f"`{written}` is not a date; {fix}")
    return local_datetime(written).date()


def time_of_day(value: object) -> time:
    """A time on the wall; 24:00 is the midnight at the end of a day, and equal to 00:00. Raises ValueError."""
    fix = 'write a time such as "09:00"'
    written = text(value, fix)
    if written == "24:00":
        return time(0, 0)
    if not (match := _TIME.match(written)) or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"`{written}` is not a time of day; {fix}")
    return time(int(match[1]), int(match[2]))


def timezone(value: object) -> str:
    """The name of a zone in the IANA database. Raises ValueError."""
    written = text(value, "write a zone such as Europe/Brussels")
    if written in pytz.all_timezones_set:
        return written
    hint = did_you_mean(written, list(pytz.all_timezones))
    raise ValueError(
        f"`{written}` is not a known timezone; {hint if '`' in hint else 'write one such as Europe/Brussels'}"
    )


def phone(value: object) -> str:
    """A number that can be called, in E.164. Raises ValueError."""
    fix = 'write + and the country code first, such as "+32470000001"'
    written = text(value, fix)
    if is_premium(written):
        raise ValueError(f"`{written}` is a premium or shared-cost number, which we never call; write another")
    if not (found := callable_number(written)):
        raise ValueError(f"`{written}` is not a number that can be called; {fix}")
    return found


def email(value: object) -> str:
    """An email address. Raises ValueError."""
    written = text(value, "write an address such as alice@example.com")
    if len(written) > 254 or not _EMAIL.match(written):
        raise ValueError(f"`{written}` is not an email address; write one such as alice@example.com")
    return written


def language(value: object) -> str:
    """A language tag. Raises ValueError."""
    written = text(value, "write a language such as en-GB")
    if not _LANGUAGE.match(written):
        raise ValueError(f"`{written}` is not a language; write one such as en-GB or fr-FR")
    return written


def repeat(value: object) -> int | None:
    """How often a list runs again; None for ever. Raises ValueError."""
    if value == "forever":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000:
        return value
    raise ValueError("how often the list runs again is `forever` or a number from 0 to 10000; write one of them")


def acknowledgements(value: object) -> int:
    """How many different engineers must acknowledge. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10:
        return value
    raise ValueError("how many engineers must acknowledge is a number from 1 to 10; write one of them, such as 2")


def shift_notices(value: object) -> tuple[ShiftPurpose, ...]:
    """The notices about their shifts that an engineer wants. Raises ValueError."""
    if isinstance(value, bool):
        return tuple(ShiftPurpose) if value else ()
    known = [purpose.value for purpose in ShiftPurpose]
    if isinstance(value, list):
        for word in value:
            if word not in known:
                raise ValueError(f"`{word}` is no notice about shifts; {did_you_mean(str(word), known)}")
        return tuple(purpose for purpose in ShiftPurpose if purpose.value in value)
    raise ValueError(f"the notices about shifts are true, false, or some of {', '.join(known)}; write such a list")


def respond_within(value: object) -> timedelta | None:
    """The time promised; None for the next business day. Raises ValueError."""
    if value == NEXT_BUSINESS_DAY:
        return None
    return positive_duration(text(value, f"write a duration such as 30m, or {NEXT_BUSINESS_DAY}"))


def holidays(value: object) -> str:
    """A country or region whose public holidays are observed. Raises ValueError."""
    written = text(value, "write a country such as BE, or a region such as DE-BY")
    country, _, region = written.partition("-")
    known = regions()
    if country not in known:
        raise ValueError(f"`{written}` is no country whose holidays are known; write a code such as BE or DE-BY")
    if region and region not in known[country]:
        raise ValueError(f"`{region}` is no region of {country}; known are {', '.join(known[country]) or 'none'}")
    return written


def calendar(value: object) -> str:
    """Where a calendar is read from: a URL, or a file in the schedules folder. Raises ValueError."""
    fix = 'write a URL such as "https://calendar.example/team.ics", or a file of the schedules folder such as team.ics'
    written = text(value, fix)
    if not _CALENDAR.match(written):
        raise ValueError(f"`{written}` is neither a URL nor an .ics file; {fix}")
    return written


def hosted_url(value: object) -> str:
    """Where a document of ours is hosted: https, or plain http on this machine. Raises ValueError."""
    fix = 'write a URL such as "https://static.example/voice.xml"'
    written = text(value, fix)
    if len(written) > 500 or not _HOSTED.match(written):
        raise ValueError(f"`{written}` is not a URL that begins with https://; {fix}")
    return written


def weekly_moment(value: object) -> tuple[int, time]:
    """A day of the week (0 is Monday) and a time on the wall. Raises ValueError."""
    fix = "write a day and a time such as tue 14:00"
    day, _, at = text(value, fix).partition(" ")
    if day not in _WEEK:
        raise ValueError(f"`{value}` does not begin with a day of the week; {fix}")
    return _WEEK.index(day), time_of_day(at.strip())


def weeks(value: object) -> int:
    """A number of whole weeks. Raises ValueError."""
    match = re.fullmatch(r"([1-9]\d?)w", text(value, "write a number of weeks such as 1w"))
    if match is None or int(match[1]) > 52:
        raise ValueError(f"`{value}` is not a number of weeks from 1w to 52w; write one such as 1w")
    return int(match[1])


def words(value: object) -> str:
    """Text that says something, on one line. Raises ValueError."""
    written = text(value, "put it in quotes").strip()
    if not written:
        raise ValueError("this is empty; write something, or leave the key out")
    if len(written) > 200 or not written.isprintable():
        raise ValueError("this is longer than 200 characters or more than a line; write it shorter")
    return written


def _schema(kind: str, example: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "examples": [example], **more})


def _read(reader: Callable[[object], object]) -> PlainValidator:
    return PlainValidator(reader)


Name = Annotated[str, StringConstraints(pattern=r"^[\w.\-]{1,64}$")]
Words = Annotated[str, _read(words), _schema("string", "Alice Martin")]
Duration = Annotated[timedelta, _read(duration), _schema("string", "5m", pattern=_DURATION_PATTERN)]
PositiveDuration = Annotated[timedelta, _read(positive_duration), _schema("string", "5m", pattern=_DURATION_PATTERN)]
RingTime = Annotated[timedelta, _read(ring_time), _schema("string", "25s", pattern=_RING_TIME_PATTERN)]
LocalDate = Annotated[date, _read(local_date), _schema("string", "2026-12-24", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
LocalDateTime = Annotated[datetime, _read(local_datetime), _schema("string", "2026-01-05 09:00")]
TimeOfDay = Annotated[time, _read(time_of_day), _schema("string", "09:00", pattern="^[0-9]{2}:[0-9]{2}$")]
Timezone = Annotated[str, _read(timezone), _schema("string", "Europe/Brussels")]
Phone = Annotated[str, _read(phone), _schema("string", "+32470000001", pattern=r"^\+[0-9 ().\-]+$")]
Email = Annotated[str, _read(email), _schema("string", "alice@example.com")]
Language = Annotated[str, _read(language), _schema("string", "en-GB")]
Holidays = Annotated[str, _read(holidays), _schema("string", "BE")]
Calendar = Annotated[str, _read(calendar), _schema("string", "team.ics", pattern=_CALENDAR_PATTERN)]
WeeklyMoment = Annotated[
    tuple[int, time],
    _read(weekly_moment),
    _schema("string", "tue 14:00", pattern=r"^(mon|tue|wed|thu|fri|sat|sun) [0-9]{2}:[0-9]{2}$"),
]
Weeks = Annotated[int, _read(weeks), _schema("string", "1w", pattern=r"^[1-9][0-9]?w$")]
HostedUrl = Annotated[str, _read(hosted_url), _schema("string", "https://static.example/voice.xml")]
Shift = Annotated[
    tuple[ShiftLength, ...],
    _read(shift),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _SHIFT_PATTERN},
                {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": _SHIFT_PATTERN}},
            ],
            "examples": ["1w", ["4d", "3d"]],
        }
    ),
]
Repeat = Annotated[
    int | None,
    _read(repeat),
    WithJsonSchema({"anyOf": [{"const": "forever"}, {"type": "integer", "minimum": 0, "maximum": 10_000}]}),
]
Acknowledgements = Annotated[
    int, _read(acknowledgements), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 10})
]
ShiftNotices = Annotated[
    tuple[ShiftPurpose, ...],
    _read(shift_notices),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "array", "items": {"enum": [purpose.value for purpose in ShiftPurpose]}},
            ],
            "examples": [True, ["day_before", "handoff"]],
        }
    ),
]
RespondWithin = Annotated[
    timedelta | None,
    _read(respond_within),
    WithJsonSchema({"anyOf": [{"const": NEXT_BUSINESS_DAY}, {"type": "string", "pattern": _DURATION_PATTERN}]}),
]
