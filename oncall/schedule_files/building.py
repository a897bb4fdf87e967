"""What the models read → core's objects."""

from collections.abc import Mapping
from dataclasses import replace

from oncall.core.business_hours import BusinessHours
from oncall.core.calendar_rotation import CalendarRotation, pagerduty_source
from oncall.core.configuration import Configuration
from oncall.core.customer import Contact, Customer
from oncall.core.drill_plan import DrillPlan
from oncall.core.engineer import (
    DEFAULT_NOTIFICATION_RULES,
    Absence,
    Confirm,
    ContactMethod,
    Engineer,
    NotificationRule,
    QuietHours,
)
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.hotline import Hotline, Limits
from oncall.core.local_time import to_utc
from oncall.core.meeting import Every, Meeting
from oncall.core.override import Override
from oncall.core.partner_event import EventType, Webhook
from oncall.core.postmortem import ACKNOWLEDGED_BY, Counted, PostmortemRules
from oncall.core.provider import OwnLimits, Provider
from oncall.core.rotation import EVERY_DAY, Membership, Rotation, Window
from oncall.core.schedule import Schedule
from oncall.core.sla import DEFAULT_PROMISES, Priority, Promise, SlaClock, Within
from oncall.schedule_files import meeting_models, models, promise_models
from oncall.schedule_files.public_holidays import public_holidays
from oncall.schedule_files.values import DAYS, Day


def configuration(document: models.Document) -> Configuration:
    """The configuration that the whole document says; its names have been checked."""
    promises = _promises(document.priorities, DEFAULT_PROMISES)
    return Configuration(
        hotline=_hotline(document.hotline),
        engineers={key: _engineer(key, each) for key, each in document.engineers.items()},
        schedules={key: _schedule(key, each, document.engineers) for key, each in document.schedules.items()},
        policies={key: _policy(key, each) for key, each in document.escalation_policies.items()},
        customers={key: _customer(key, each, promises) for key, each in document.customers.items()},
        business_hours=_business_hours(document.business_hours),
        promises=promises,
        providers={name: _provider(name, each) for name, each in document.providers.items()},
        drills=tuple(_drill(each) for each in document.drills),
        webhooks={key: _webhook(key, each) for key, each in document.webhooks.items()},
        postmortems=_postmortems(document.postmortems),
        meetings={
            key: _meeting(key, each, document.business_hours.timezone) for key, each in document.meetings.items()
        },
    )


def _drill(read: models.DrillSection) -> DrillPlan:
    weekday, at = read.at
    return DrillPlan(weekday, at, engineer=read.engineer, schedule=read.schedule, weeks=read.every, call=read.call)


def _provider(name: str, read: models.ProviderSection) -> Provider:
    return Provider(name, read.number, OwnLimits(read.limits.calls_per_second, read.limits.messages_per_second))


def _hotline(read: models.HotlineSection) -> Hotline:
    return Hotline(
        company=read.company,
        number=read.number,
        escalation_policy=read.escalation_policy,
        language=read.language,
        page_after_for=read.page_after,
        operators=tuple(read.operators),
        managers=tuple(read.managers),
        limits=Limits(read.limits.calls_per_second, read.limits.messages_per_second),
        ring_for=read.ring_time,
        machine_detection=read.machine_detection,
        fallback_url=read.fallback_url,
        sms_fallback_url=read.sms_fallback_url,
        slack=read.slack,
    )


def _engineer(key: str, read: models.EngineerSection) -> Engineer:
    rules = DEFAULT_NOTIFICATION_RULES
    if read.notify is not None:
        rules = tuple(NotificationRule(ContactMethod(rule.by), rule.after) for rule in read.notify)
    return Engineer(
        key=key,
        name=read.name,
        phone=read.phone,
        email=read.email,
        timezone=read.timezone,
        language=read.language,
        slack=read.slack,
        github=read.github,
        pagerduty=read.pagerduty,
        notify=rules,
        quiet_hours=QuietHours(read.quiet_hours.begins, read.quiet_hours.until) if read.quiet_hours else None,
        shift_notices=read.shift_notices,
        confirm=Confirm(read.confirm),
    )


def _schedule(key: str, read: models.AnySchedule, engineers: Mapping[str, models.EngineerSection]) -> Schedule:
    return Schedule(
        key=key,
        timezone=read.timezone,
        rotations=_rotations(read),
        overrides=tuple(_override(each, read.timezone) for each in read.overrides),
        away=_away(read, engineers),
    )


def _away(read: models.AnySchedule, engineers: Mapping[str, models.EngineerSection]) -> dict[str, tuple[Absence, ...]]:
    """The absences of all engineers, who may come into the schedule by an override; local to each one's zone."""
    return {
        key: tuple(
            Absence(
                to_utc(each.timezone or read.timezone, span.begins),
                to_utc(each.timezone or read.timezone, span.until),
                span.reason,
            )
            for span in each.away
        )
        for key, each in engineers.items()
        if each.away
    }


def _rotations(read: models.AnySchedule) -> tuple[Rotation | CalendarRotation, ...]:
    if isinstance(read, models.PagerDutyScheduleSection):
        return (CalendarRotation(read.pagerduty, source=pagerduty_source(read.pagerduty)),)
    return tuple(_rotation(each) for each in read.rotations)


def _rotation(read: models.AnyRotation) -> Rotation | CalendarRotation:
    if isinstance(read, models.CalendarRotationSection):
        return CalendarRotation(read.name, source=read.ical, names=tuple(read.engineers.items()))
    members = tuple(_membership(each) for each in read.engineers)
    return Rotation(
        name=read.name,
        starts=read.starts,
        shift=read.shift,
        engineers=tuple(each if isinstance(each, str) else each.engineer for each in read.engineers),
        during=tuple(_window(each) for each in read.during),
        until=read.until,
        members=members if any(each != Membership() for each in members) else (),
    )


def _membership(read: models.Member) -> Membership:
    return Membership() if isinstance(read, str) else Membership(read.joins, read.leaves)


def _window(read: models.WindowSection) -> Window:
    """Without ``days`` it is every day, or the public holidays only where some are named."""
    every_day = () if read.holidays else EVERY_DAY
    return Window(
        days=every_day if read.days is None else _days(read.days),
        begins=read.begins,
        until=read.until,
        also_on=public_holidays(read.holidays),
        except_on=public_holidays(read.except_holidays),
    )


def _override(read: models.OverrideSection, timezone: str) -> Override:
    return Override(
        engineer=read.engineer,
        starts_at=to_utc(timezone, read.begins),
        ends_at=to_utc(timezone, read.until),
        reason=read.reason,
        instead_of=read.instead_of,
    )


def _policy(key: str, read: models.EscalationPolicySection) -> EscalationPolicy:
    return EscalationPolicy(
        key=key,
        steps=tuple(EscalationStep(tuple(each.page), each.wait) for each in read.steps),
        repeat=read.repeat,
        acknowledge_timeout_for=read.acknowledge_timeout,
        acknowledgements=read.acknowledgements,
    )


def _customer(key: str, read: models.CustomerSection, general: Mapping[Priority, Promise]) -> Customer:
    return Customer(
        key=key,
        name=read.name,
        numbers=tuple(read.numbers),
        contacts=tuple(Contact(each.name, each.phone, each.email) for each in read.contacts),
        language=read.language,
        github=read.github,
        slack=read.slack,
        promises=_agreed(read.priorities, general),
    )


def _business_hours(read: promise_models.BusinessHoursSection) -> BusinessHours:
    return BusinessHours(
        timezone=read.timezone,
        days=_days(read.days),
        opens=read.opens,
        closes=read.closes,
        holidays=read.holidays,
        closed=read.closed_on,
        holiday_dates=public_holidays(read.holidays),
    )


def _promises(read: promise_models.PrioritiesSection, before: Mapping[Priority, Promise]) -> dict[Priority, Promise]:
    """Those of all priorities; what is left out is as it was ``before``."""
    sections = {Priority(name): getattr(read, name) for name in type(read).model_fields}
    return {priority: _promise(before[priority], section) for priority, section in sections.items()}


def _agreed(read: promise_models.PrioritiesSection, general: Mapping[Priority, Promise]) -> dict[Priority, Promise]:
    """Those of the priorities about which something was agreed."""
    return {key: each for key, each in _promises(read, general).items() if getattr(read, key.value) is not None}


def _promise(before: Promise, read: promise_models.PromiseSection | None) -> Promise:
    if read is None:
        return before
    given = read.model_fields_set
    return replace(
        before,
        respond_within_for=read.respond_within if "respond_within" in given else before.respond_within_for,
        clock=SlaClock(read.clock) if read.clock else before.clock,
        escalation_policy=read.escalation_policy or before.escalation_policy,
        resolve_within=Within(read.resolve_within) if "resolve_within" in given else before.resolve_within,
    )


def _webhook(key: str, read: models.WebhookSection) -> Webhook:
    return Webhook(
        key=key,
        url=read.url,
        events=tuple(EventType) if read.events is None else tuple(read.events),
        include_caller=read.include_caller,
    )


def _postmortems(read: meeting_models.PostmortemsSection | None) -> PostmortemRules:
    if read is None:
        return PostmortemRules()
    owner = "" if read.owner == ACKNOWLEDGED_BY else read.owner
    return PostmortemRules(read.after, read.due_within, Counted(read.counted), owner, read.repository)


def _meeting(key: str, read: meeting_models.MeetingSection, timezone: str) -> Meeting:
    ordinal, weekday = read.day
    return Meeting(
        key=key,
        customer=read.customer,
        every=Every(read.every),
        weekday=weekday,
        at=read.at,
        timezone=read.timezone or timezone,
        lasts_for=read.duration,
        who=tuple(dict.fromkeys(read.who)),
        starts=read.starts,
        ordinal=ordinal or 1,
        where=read.where,
    )


def _days(names: list[Day]) -> tuple[int, ...]:
    return tuple(sorted({DAYS.index(name) for name in names}))
