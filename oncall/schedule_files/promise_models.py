"""The part of the format that is about promises: business hours, and what is promised for each priority."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from oncall.core.business_hours import BusinessHours
from oncall.schedule_files.section import Section, wrong
from oncall.schedule_files.values import Day, Holidays, LocalDate, Name, RespondWithin, TimeOfDay, Timezone

DAY_SHAPE, CLOSED_SPAN_SHAPE = "<day>", "<closed span>"
_MIDNIGHT = time(0, 0)
_HOURS = BusinessHours()


class ClosedSpanSection(Section):
    """Days in a row on which the company is closed, the last one included."""

    begins: LocalDate = Field(alias="from")
    until: LocalDate

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "ClosedSpanSection":
        if self.until < self.begins:
            raise wrong("until", "closing days end after they begin; write a later date")
        return self


def _shape_of_closed(value: object) -> str:
    return CLOSED_SPAN_SHAPE if isinstance(value, (dict, ClosedSpanSection)) else DAY_SHAPE


Closed = Annotated[
    Annotated[LocalDate, Tag(DAY_SHAPE)] | Annotated[ClosedSpanSection, Tag(CLOSED_SPAN_SHAPE)],
    Discriminator(_shape_of_closed),
]


class BusinessHoursSection(Section):
    """When "one business hour" runs."""

    timezone: Timezone = _HOURS.timezone
    days: list[Day] = Field(default=["mon", "tue", "wed", "thu", "fri"], min_length=1)
    opens: TimeOfDay = Field(default=_HOURS.opens, alias="from")
    closes: TimeOfDay = Field(default=_HOURS.closes, alias="until")
    holidays: Holidays = ""
    closed: list[Closed] = Field(default_factory=list)

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> "BusinessHoursSection":
        if self.closes != _MIDNIGHT and self.closes <= self.opens:
            raise wrong("until", "business hours end after they begin, on the same day; write a later time")
        return self

    @property
    def closed_on(self) -> frozenset[date]:
        """Every single closing day."""
        spans = ((each, each) if isinstance(each, date) else (each.begins, each.until) for each in self.closed)
        return frozenset(
            date.fromordinal(day) for first, last in spans for day in range(first.toordinal(), last.toordinal() + 1)
        )


class PromiseSection(Section):
    """What is promised for one priority."""

    respond_within: RespondWithin = None
    clock: Literal["always", "business_hours"] | None = None
    escalation_policy: Name = ""
    resolve_within: RespondWithin = None


class PrioritiesSection(Section):
    """What is promised for each priority."""

    production_down: PromiseSection | None = None
    urgent: PromiseSection | None = None
    normal: PromiseSection | None = None
