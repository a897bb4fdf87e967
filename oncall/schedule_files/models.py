"""The format of the schedules folder, key by key: what is required, what each may be, and the defaults.

`building` turns these into core's objects; names that point to each other are checked in `references`.
"""

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from oncall.core.engineer import ShiftPurpose
from oncall.core.escalation_policy import DEFAULT_ACKNOWLEDGE_TIMEOUT
from oncall.core.hotline import DEFAULT_RING_FOR
from oncall.schedule_files.meeting_models import MeetingSection, PostmortemsSection
from oncall.schedule_files.pagerduty_values import PagerDutySchedule
from oncall.schedule_files.promise_models import CLOSED_SPAN_SHAPE, DAY_SHAPE, BusinessHoursSection, PrioritiesSection
from oncall.schedule_files.section import Section, wrong
from oncall.schedule_files.values import (
    Acknowledgements,
    Calendar,
    Day,
    Duration,
    Email,
    Holidays,
    HostedUrl,
    Language,
    LocalDateTime,
    Name,
    Phone,
    PositiveDuration,
    Repeat,
    RingTime,
    Shift,
    ShiftNotices,
    SlackChannel,
    TimeOfDay,
    Timezone,
    WeeklyMoment,
    Weeks,
    Words,
)
from oncall.schedule_files.webhook_values import Event, WebhookUrl

Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
_MIDNIGHT = time(0, 0)


class LimitsSection(Section):
    """What a telephone account allows that has no limits of its own; the defaults are the provider's."""

    calls_per_second: Rate = 1.0
    messages_per_second: Rate = 1.0


class HotlineSection(Section):
    """The number that customers phone."""

    company: Words
    number: Phone
    escalation_policy: Name
    language: Language = "en-GB"
    page_after: Duration = timedelta(seconds=60)
    operators: list[Name] = Field(default_factory=list)
    managers: list[Name] = Field(default_factory=list)
    limits: LimitsSection = LimitsSection()
    ring_time: RingTime = DEFAULT_RING_FOR
    machine_detection: bool = False
    fallback_url: HostedUrl = ""
    sms_fallback_url: HostedUrl = ""
    slack: SlackChannel = ""


class AwaySection(Section):
    """A span in which an engineer takes no turns."""

    begins: LocalDateTime = Field(alias="from")
    until: LocalDateTime
    reason: Words = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "AwaySection":
        if self.until <= self.begins:
            raise wrong("until", "an absence ends after it begins; write a later time")
        return self


class NotificationRuleSection(Section):
    """One contact method, so long after the page began."""

    by: Literal["sms", "call", "email", "slack", "pagerduty"]
    after: Duration = timedelta(0)


class QuietHoursSection(Section):
    """When notices about shifts wait."""

    begins: TimeOfDay = Field(alias="from")
    until: TimeOfDay

    @model_validator(mode="after")
    def _ends(self) -> "QuietHoursSection":
        if self.until == self.begins:
            raise wrong("until", 'quiet hours end at another time than they begin; write one such as "07:00"')
        return self


class EngineerSection(Section):
    """Somebody who is paged."""

    name: Words
    phone: Phone
    email: Email = ""
    timezone: Timezone = ""
    language: Language = ""
    slack: Words = ""
    github: Words = ""
    pagerduty: Words = ""
    notify: list[NotificationRuleSection] | None = None
    away: list[AwaySection] = Field(default_factory=list)
    quiet_hours: QuietHoursSection | None = None
    shift_notices: ShiftNotices = tuple(ShiftPurpose)
    confirm: Literal["key", "digit"] = "key"


class WindowSection(Section):
    """When in the week a rotation counts."""

    days: list[Day] | None = Field(default=None, min_length=1)
    begins: TimeOfDay = Field(default=_MIDNIGHT, alias="from")
    until: TimeOfDay = _MIDNIGHT
    holidays: Holidays = ""
    except_holidays: Holidays = ""


class MemberSection(Section):
    """An engineer who joins a rotation, or leaves it."""

    engineer: Name
    joins: LocalDateTime | None = Field(default=None, alias="from")
    leaves: LocalDateTime | None = Field(default=None, alias="until")

    @model_validator(mode="after")
    def _leaves_after_joining(self) -> "MemberSection":
        if self.joins and self.leaves and self.leaves <= self.joins:
            raise wrong("until", "an engineer leaves after joining; write a later time")
        return self


# Which of two shapes something has. Pydantic puts these among the steps of a path, from which `complaints` takes them.
NAME_SHAPE, MEMBER_SHAPE, TURNS_SHAPE, CALENDAR_SHAPE = "<name>", "<member>", "<turns>", "<calendar>"
OWN_SHAPE, PAGERDUTY_SHAPE = "<own>", "<pagerduty>"
SHAPES: tuple[str, ...] = (
    *(NAME_SHAPE, MEMBER_SHAPE, TURNS_SHAPE, CALENDAR_SHAPE, OWN_SHAPE, PAGERDUTY_SHAPE),
    *(DAY_SHAPE, CLOSED_SPAN_SHAPE),
)


def _shape_of_member(value: object) -> str:
    return MEMBER_SHAPE if isinstance(value, (dict, MemberSection)) else NAME_SHAPE


def _shape_of_rotation(value: object) -> str:
    is_calendar = isinstance(value, CalendarRotationSection) or (isinstance(value, dict) and "ical" in value)
    return CALENDAR_SHAPE if is_calendar else TURNS_SHAPE


Member = Annotated[
    Annotated[Name, Tag(NAME_SHAPE)] | Annotated[MemberSection, Tag(MEMBER_SHAPE)], Discriminator(_shape_of_member)
]


class RotationSection(Section):
    """Engineers who take turns."""

    name: Name
    starts: LocalDateTime
    shift: Shift
    engineers: list[Member] = Field(min_length=1)
    during: list[WindowSection] = Field(default_factory=list)
    until: LocalDateTime | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "RotationSection":
        if self.until and self.until <= self.starts:
            raise wrong("until", "a rotation ends after it starts; write a later time")
        return self


class CalendarRotationSection(Section):
    """Shifts that are entered in a calendar elsewhere."""

    name: Name
    ical: Calendar
    engineers: dict[Words, Name] = Field(default_factory=dict)


AnyRotation = Annotated[
    Annotated[RotationSection, Tag(TURNS_SHAPE)] | Annotated[CalendarRotationSection, Tag(CALENDAR_SHAPE)],
    Discriminator(_shape_of_rotation),
]


class OverrideSection(Section):
    """One engineer takes one span."""

    engineer: Name
    begins: LocalDateTime = Field(alias="from")
    until: LocalDateTime
    reason: Words = ""
    instead_of: Name = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "OverrideSection":
        if self.until <= self.begins:
            raise wrong("until", "an override ends after it begins; write a later time")
        if self.instead_of == self.engineer:
            raise wrong("instead_of", "nobody takes over from themselves; name the engineer who is relieved")
        return self


class ScheduleSection(Section):
    """Who is on call when."""

    timezone: Timezone
    rotations: list[AnyRotation] = Field(default_factory=list)
    overrides: list[OverrideSection] = Field(default_factory=list)


class PagerDutyScheduleSection(Section):
    """PagerDuty says who is on call when."""

    pagerduty: PagerDutySchedule
    timezone: Timezone = "UTC"
    overrides: list[OverrideSection] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _has_no_rotations(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("rotations") is not None:
            raise wrong("rotations", "PagerDuty says who is on call here; remove `rotations`, or `pagerduty`")
        return value


def _shape_of_schedule(value: object) -> str:
    is_theirs = isinstance(value, PagerDutyScheduleSection) or (isinstance(value, dict) and "pagerduty" in value)
    return PAGERDUTY_SHAPE if is_theirs else OWN_SHAPE


AnySchedule = Annotated[
    Annotated[ScheduleSection, Tag(OWN_SHAPE)] | Annotated[PagerDutyScheduleSection, Tag(PAGERDUTY_SHAPE)],
    Discriminator(_shape_of_schedule),
]


class StepSection(Section):
    """Whom to page, and how long to wait for an answer."""

    page: list[Name]
    wait: Duration


class EscalationPolicySection(Section):
    """Whom to page, in order."""

    steps: list[StepSection] = Field(min_length=1)
    repeat: Repeat = None
    acknowledge_timeout: PositiveDuration = DEFAULT_ACKNOWLEDGE_TIMEOUT
    acknowledgements: Acknowledgements = 1

    @model_validator(mode="after")
    def _takes_some_time(self) -> "EscalationPolicySection":
        if not any(step.wait for step in self.steps):
            raise wrong("steps", "no step waits, so nobody gets the time to answer; write a wait such as 5m")
        return self


class ContactSection(Section):
    """A person at a customer."""

    name: Words
    phone: Phone = ""
    email: Email = ""


class CustomerSection(Section):
    """A company that phones us."""

    name: Words
    numbers: list[Phone] = Field(default_factory=list)
    contacts: list[ContactSection] = Field(default_factory=list)
    language: Language = ""
    github: Words = ""
    slack: Words = ""
    priorities: PrioritiesSection = PrioritiesSection()


class OwnLimitsSection(Section):
    """What one telephone account allows; what is left out is as in the hotline's limits."""

    calls_per_second: Rate | None = None
    messages_per_second: Rate | None = None


class ProviderSection(Section):
    """A telephone account; what opens it stands in the environment, never here."""

    number: Phone = ""
    limits: OwnLimitsSection = OwnLimitsSection()


class DrillSection(Section):
    """A page for practice, that comes by itself."""

    engineer: Name = ""
    schedule: Name = ""
    call: bool = False
    every: Weeks = 1
    at: WeeklyMoment

    @model_validator(mode="after")
    def _of_somebody(self) -> "DrillSection":
        named = [key for key in ("engineer", "schedule", "call") if getattr(self, key)]
        if len(named) != 1:
            raise wrong(
                named[-1] if named else "at",
                "a drill is of an engineer, or of whoever is on call in a schedule, or of the whole path from a call on"
                " (`call: true`); name one of them",
            )
        return self


class WebhookSection(Section):
    """A program that hears of incidents."""

    url: WebhookUrl
    events: list[Event] | None = Field(default=None, min_length=1)
    include_caller: bool = False


class Document(Section):
    """All files of the folder, as one."""

    hotline: HotlineSection
    engineers: dict[Name, EngineerSection]
    schedules: dict[Name, AnySchedule]
    escalation_policies: dict[Name, EscalationPolicySection]
    customers: dict[Name, CustomerSection] = Field(default_factory=dict)
    business_hours: BusinessHoursSection = BusinessHoursSection()
    priorities: PrioritiesSection = PrioritiesSection()
    providers: dict[Name, ProviderSection] = Field(default_factory=dict)
    drills: list[DrillSection] = Field(default_factory=list)
    webhooks: dict[Name, WebhookSection] = Field(default_factory=dict)
    postmortems: PostmortemsSection | None = None
    meetings: dict[Name, MeetingSection] = Field(default_factory=dict)
