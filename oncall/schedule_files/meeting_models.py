"""The part of the format that is about what follows: post-mortems, and status meetings with customers."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from oncall.core.postmortem import ACKNOWLEDGED_BY
from oncall.schedule_files.section import Section, wrong
from oncall.schedule_files.values import (
    DAYS,
    LocalDate,
    Name,
    PositiveDuration,
    TimeOfDay,
    Timezone,
    Words,
    did_you_mean,
    email,
    text,
)

_DAY = timedelta(days=1)
_LONGEST_MEETING = timedelta(hours=12)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_DAY_PATTERN = rf"^(({'|'.join(_ORDINALS)}) )?({'|'.join(DAYS)})$"


_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


def meeting_day(value: object) -> tuple[int, int]:
    """Which one of the month (0: not said), and the day of the week from Monday = 0. Raises ValueError."""
    fix = "write a day such as tue, or of a month such as first tue or last fri"
    words = text(value, fix).split()
    if not words or len(words) > 2 or (len(words) == 2 and words[0] not in _ORDINALS) or words[-1] not in DAYS:
        raise ValueError(f"`{value}` is not a day of meetings; {fix}")
    return (_ORDINALS[words[0]] if len(words) == 2 else 0), DAYS.index(words[-1])


def attendee(value: object) -> str:
    """An engineer's key, or an email address. Raises ValueError."""
    written = text(value, "write an engineer's key, or an email address")
    return email(written) if "@" in written else written


MeetingDay = Annotated[
    tuple[int, int], PlainValidator(meeting_day), WithJsonSchema({"type": "string", "pattern": _DAY_PATTERN})
]
Attendee = Annotated[str, PlainValidator(attendee), WithJsonSchema({"type": "string", "minLength": 1})]


def repository(value: object) -> str:
    """A repository at GitHub, as its address ends. Raises ValueError."""
    fix = "write it as its address ends, such as example/platform"
    written = text(value, fix)
    if not _REPOSITORY.fullmatch(written):
        raise ValueError(f"`{written}` is not a repository at GitHub; {fix}")
    return written


Repository = Annotated[
    str, PlainValidator(repository), WithJsonSchema({"type": "string", "pattern": f"^{_REPOSITORY.pattern}$"})
]


class PostmortemsSection(Section):
    """When a post-mortem is owed without anybody saying so, by when, and by whom."""

    after: PositiveDuration = timedelta(hours=1)
    due_within: PositiveDuration = 3 * _DAY
    counted: Literal["days", "business_days"] = "days"
    owner: Name = ACKNOWLEDGED_BY
    repository: Repository = ""

    @model_validator(mode="after")
    def _counts_whole_business_days(self) -> "PostmortemsSection":
        if self.counted == "business_days" and self.due_within % _DAY:
            raise wrong("due_within", "business days are counted whole; write a number of days such as 3d")
        if self.counted == "business_days" and self.due_within > 366 * _DAY:
            raise wrong("due_within", "this is more than a year of business days; write fewer, such as 3d")
        return self


class MeetingSection(Section):
    """A status meeting with a customer, that comes round."""

    customer: Name
    every: Literal["week", "2 weeks", "month"] = "week"
    day: MeetingDay
    at: TimeOfDay
    timezone: Timezone | None = None
    duration: PositiveDuration = timedelta(minutes=30)
    who: list[Attendee] = Field(min_length=1)
    starts: LocalDate
    where: Words = ""

    @model_validator(mode="after")
    def _can_be_held(self) -> "MeetingSection":
        ordinal, _ = self.day
        if ordinal and self.every != "month":
            raise wrong("day", "only a meeting of every month has a first or last day; write the day alone")
        if self.duration > _LONGEST_MEETING:
            raise wrong("duration", "a meeting lasts 12 hours at most; write a duration such as 30m")
        return self


def unknown_attendee(name: str, engineers: list[str]) -> str:
    """What is wrong with an attendee who is no engineer and no address."""
    return f"there is no engineer `{name}`, nor is it an email address; {did_you_mean(name, engineers)}"
