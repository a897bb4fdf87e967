"""PagerDuty's REST API v2 (schedules, users, escalation policies) read into `source`.

The shapes are those of PagerDuty's OpenAPI document (PagerDuty/api-schema, reference/REST/openapiv3.json: GET
/schedules/{id}, /schedules/{id}/overrides, /users?include[]=contact_methods&include[]=notification_rules,
/escalation_policies). A schedule's layers come last one first, and the later layer lies on top (grafana/oncall,
tools/migrators/lib/pagerduty/resources/schedules.py; support.pagerduty.com/docs/schedules). How turns cross a clock
change is not documented; the interface asks for a handoff time in the schedule's own zone, so turns of whole days keep
the clock here, and others last their seconds. Where the answer holds ``final_schedule``, that decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.local_time import to_wall
from oncall.core.rotation import EVERY_DAY
from oncall.phone_numbers import number_in_country
from oncall.schedule_files.importers.answer import Answer
from oncall.schedule_files.importers.lengths import (
    SHORTEST_TURN_SECONDS,
    by_the_stopwatch_from,
    cycles_back,
    hours,
    is_over,
    length,
    together,
    turns_from,
)
from oncall.schedule_files.importers.people import People
from oncall.schedule_files.importers.rendering import by_the_stopwatch, by_the_wall, covered, turns, windows, within
from oncall.schedule_files.importers.source import (
    Cover,
    Held,
    Hours,
    Policy,
    Source,
    SourceSchedule,
    Step,
    Track,
    Turns,
)

_DAY = timedelta(days=1)
_METHODS = {"sms_contact_method": "sms", "phone_contact_method": "call", "email_contact_method": "email"}
_RESTRICTIONS = ("daily_restriction", "weekly_restriction")
_WHY_CLOCK = (
    "the clock changes here, and PagerDuty crosses it in its own way; ours hands over at the same wall-clock time"
)
_WHY_SECONDS = (
    "its turns last so many seconds and move when the clock changes; ours hand over at the same wall-clock time"
)


def read(answers: list[Answer], since: datetime, until: datetime) -> Source:
    """Everything that these answers say, for the span. Raises ImportSourceError."""
    people = People()
    for user in _all(answers, "user"):
        _read_user(user, people)
    schedules = tuple(_schedule(each, people, since, until) for each in _all(answers, "schedule"))
    policies = tuple(_policy(each, people) for each in _policies(answers))
    return Source("PagerDuty", people.referenced(), schedules, policies, people.notes())


def _all(answers: list[Answer], kind: str) -> Iterator[Answer]:
    for answer in answers:
        yield from answer.each(f"{kind}s")
        if answer.has(kind):
            yield answer.at(kind)


def _policies(answers: list[Answer]) -> Iterator[Answer]:
    for answer in answers:
        yield from answer.each("escalation_policies")
        if answer.has("escalation_policy"):
            yield answer.at("escalation_policy")


# ---------------------------------------------------------------- people


def _read_user(user: Answer, people: People) -> None:
    methods = {each.id(): each for each in user.each("contact_methods") if each.has("address")}
    phones = [_phone(each) for kind in ("sms", "call") for each in methods.values() if _method(each) == kind]
    rules: list[tuple[str, timedelta]] = []
    left_out: list[str] = []
    for rule in user.each("notification_rules"):
        if rule.text("urgency", "high") != "high":
            continue
        method = rule.at("contact_method")
        by = _method(method)
        if by:
            rules.append((by, timedelta(minutes=rule.number("start_delay_in_minutes", 0))))
        else:
            left_out.append(f"notification rule by {method.text('type').partition('_contact_method')[0]} left out")
    people.add(
        user.id(),
        user.text("name", user.text("summary", "")),
        email=user.text("email", ""),
        timezone=user.text("time_zone", ""),
        phones=phones,
        notify=rules,
        notes=left_out,
    )


def _method(method: Answer) -> str:
    kind = method.text("type").removesuffix("_reference")
    return _METHODS.get(kind, "")


def _phone(method: Answer) -> str:
    address = method.text("address")
    if address.startswith("+"):
        return address
    country_code = method.number("country_code", 1)
    return number_in_country(address, country_code) or f"+{country_code} {address}"


def _person(answer: Answer, people: People) -> str:
    return people.reference(answer.id(), answer.text("summary", "") or answer.text("name", ""))


# ---------------------------------------------------------------- schedules


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer; ``seconds`` is how long a turn lasts."""

    name: str
    starts_at: datetime
    ends_at: datetime | None
    turns_from_at: datetime
    seconds: int
    people: tuple[str, ...]
    restrictions: tuple[tuple[tuple[int, ...], timedelta, timedelta], ...]

    @property
    def keeps_the_clock(self) -> bool:
        """Whether its turns are whole days, which hand over at the same time on the wall."""
        return timedelta(seconds=self.seconds) % _DAY == timedelta(0)


def _schedule(found: Answer, people: People, since: datetime, until: datetime) -> SourceSchedule:
    timezone = found.timezone("time_zone")
    if not found.has("schedule_layers"):
        raise found.wrong("`schedule_layers` is missing; ask for the schedule by its id, which answers with its layers")
    layers = [
        _layer(each, number, people) for number, each in enumerate(reversed(list(found.each("schedule_layers"))), 1)
    ]
    covers = _covers(found, people)
    computed: list[Held] = []
    for layer in layers:
        computed = covered(computed, _rendered(layer, timezone, since, until))
    for cover in covers:
        computed = covered(computed, [Held(cover.people[0], cover.starts_at, cover.ends_at)])
    rendered, span = _final(found, people)
    stacked = tuple(each for layer in layers for each in _turns(layer, timezone, since))
    over = [f"layer {each.name} ended and is left out" for each in layers if each.ends_at and each.ends_at <= since]
    name = found.text("name", found.text("summary", ""))
    return SourceSchedule(
        id=found.id(),
        name=name,
        timezone=timezone,
        tracks=(Track(found.id(), name, stacked),) if stacked else (),
        covers=covers,
        computed=tuple(computed),
        rendered=tuple(rendered),
        rendered_span=span,
        why="" if all(layer.keeps_the_clock for layer in layers) else _WHY_SECONDS,
        clock_why=_WHY_CLOCK,
        notes=tuple(over),
    )


def _layer(found: Answer, number: int, people: People) -> _Layer:
    members = tuple(_person(each.at("user"), people) for each in found.each("users"))
    if not members:
        raise found.wrong("this layer has no users; were they deleted? remove the layer there, or add somebody")
    starts_at = found.instant("start")
    seconds = found.at("rotation_turn_length_seconds")
    if seconds.number() < SHORTEST_TURN_SECONDS:
        raise seconds.wrong("a turn shorter than a quarter of an hour is not read")
    return _Layer(
        name=found.text("name", "") or f"Layer {number}",
        starts_at=starts_at,
        ends_at=found.instant("end") if found.has("end") else None,
        turns_from_at=found.instant("rotation_virtual_start") if found.has("rotation_virtual_start") else starts_at,
        seconds=seconds.number(),
        people=members,
        restrictions=tuple(_restriction(each) for each in found.each("restrictions")),
    )


def _restriction(found: Answer) -> tuple[tuple[int, ...], timedelta, timedelta]:
    days = EVERY_DAY
    if found.one_of("type", _RESTRICTIONS) == "weekly_restriction":
        day = found.at("start_day_of_week")
        if not 1 <= day.number() <= 7:
            raise day.wrong("a day of the week is a number from 1 (Monday) to 7")
        days = (day.number() - 1,)
    lasts = found.at("duration_seconds")
    if not 0 < lasts.number() <= 7 * 86_400:
        raise lasts.wrong("a restriction lasts up to a week")
    return days, found.time_of_day("start_time_of_day"), timedelta(seconds=lasts.number())


def _turns(layer: _Layer, timezone: str, since: datetime) -> list[Turns]:
    until = to_wall(timezone, layer.ends_at) if layer.ends_at else None
    if is_over(until, timezone, since):
        return []
    during: list[Hours] = together([each for found in layer.restrictions for each in hours(*found)])
    anchor_at, people = layer.turns_from_at, layer.people
    if not layer.keeps_the_clock:
        anchor_at -= cycles_back(anchor_at - layer.starts_at, timedelta(seconds=layer.seconds * len(people)))
        anchor_at, people = by_the_stopwatch_from(anchor_at, layer.seconds, people, since)
    made = Turns(layer.name, to_wall(timezone, anchor_at), (length(layer.seconds),), people, tuple(during), until)
    return turns_from(made, 0, timedelta(seconds=layer.seconds), layer.starts_at, timezone, since)


def _rendered(layer: _Layer, timezone: str, since: datetime, until: datetime) -> list[Held]:
    """The layer's own turns, minute for minute as the docstring above says."""
    seconds = timedelta(seconds=layer.seconds)
    if layer.keeps_the_clock:
        wall = to_wall(timezone, layer.turns_from_at)
        wall -= cycles_back(wall - to_wall(timezone, layer.starts_at), seconds * len(layer.people))
        handoff = by_the_wall(timezone, wall, seconds)
    else:
        at = layer.turns_from_at
        at -= cycles_back(at - layer.starts_at, seconds * len(layer.people))
        handoff = by_the_stopwatch(at, seconds)
    held = turns(handoff, layer.people, since, until)
    if layer.restrictions:
        held = within(held, [span for each in layer.restrictions for span in windows(timezone, *each, since, until)])
    return within(held, [(max(layer.starts_at, since - 400 * _DAY), layer.ends_at or until + 400 * _DAY)])


def _covers(found: Answer, people: People) -> tuple[Cover, ...]:
    """Overrides: the list that GET /schedules/{id}/overrides gives, or what the schedule shows of them."""
    overrides = list(found.each("overrides"))
    if not overrides and found.has("overrides_subschedule"):
        overrides = list(found.at("overrides_subschedule").each("rendered_schedule_entries"))
    covers = []
    for each in overrides:
        starts_at, ends_at = each.instant("start"), each.instant("end")
        if ends_at <= starts_at:
            raise each.wrong("this override ends before it begins")
        covers.append(Cover((_person(each.at("user"), people),), starts_at, ends_at))
    return tuple(covers)


def _final(found: Answer, people: People) -> tuple[list[Held], tuple[datetime, datetime] | None]:
    """PagerDuty's own answer, and the span for which it is there; None where it is not."""
    if not found.has("final_schedule"):
        return [], None
    entries = list(found.at("final_schedule").each("rendered_schedule_entries"))
    held = [Held(_person(each.at("user"), people), each.instant("start"), each.instant("end")) for each in entries]
    if not held:
        return [], None
    return held, (min(each.starts_at for each in held), max(each.ends_at for each in held))


# ---------------------------------------------------------------- policies


def _policy(found: Answer, people: People) -> Policy:
    steps = []
    for rule in found.each("escalation_rules"):
        users, schedules, left_out = [], [], []
        for target in rule.each("targets"):
            kind = target.text("type").removesuffix("_reference")
            if kind == "user":
                users.append(_person(target, people))
            elif kind == "schedule":
                schedules.append(target.id())
            else:
                left_out.append(f"target of type {kind} left out")
        wait = timedelta(minutes=rule.number("escalation_delay_in_minutes", 30))
        steps.append(Step(tuple(users), tuple(schedules), wait, tuple(left_out)))
    name = found.text("name", found.text("summary", ""))
    return Policy(found.id(), name, tuple(steps), found.number("num_loops", 0))
