"""Grafana OnCall's public API (schedules, shifts, users, escalation chains and policies) read into `source`.

The shapes are those of grafana/oncall, docs/sources/oncall-api-reference: schedules.md (and its final_shifts),
on_call_shifts.md, users.md, personal_notification_rules.md, escalation_chains.md, escalation_policies.md. The API gives
no telephone numbers. Shifts of one level are on call together, those of a higher level cover the lower, and overrides
cover all.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytz

from oncall.core.local_time import to_utc
from oncall.schedule_files.importers.answer import Answer
from oncall.schedule_files.importers.grafana_shifts import Shift, turns_of
from oncall.schedule_files.importers.people import People
from oncall.schedule_files.importers.rendering import Span, covered
from oncall.schedule_files.importers.source import (
    Calendar,
    Cover,
    Held,
    Policy,
    Source,
    SourceSchedule,
    Step,
    Track,
)

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = ("hourly", "daily", "weekly", "monthly")
_METHODS = {
    "notify_by_sms": "sms",
    "notify_by_phone_call": "call",
    "notify_by_email": "email",
    "notify_by_slack": "slack",
}
_KINDS = (
    "schedules",
    "on_call_shifts",
    "users",
    "personal_notification_rules",
    "escalation_chains",
    "escalation_policies",
)
_LAST_WAIT = timedelta(minutes=5)
_WHY_CLOCK = (
    "the clock changes here, and Grafana OnCall keeps the clock of the shift's own zone; ours keeps the schedule's"
)
_WHY_LISTED = "a rule that this format cannot say, of which too many events would have to be listed"


def read(answers: list[Answer], since: datetime, until: datetime) -> Source:
    """Everything that these answers say, for the span. Raises ImportSourceError."""
    found: dict[str, list[Answer]] = {kind: [] for kind in _KINDS}
    for answer in answers:
        for kind in _KINDS:
            found[kind] += _list(answer, kind)
        for each in answer.each("results"):
            found[_kind_of(each)].append(each)
    people = People()
    for user in found["users"]:
        _read_user(user, found["personal_notification_rules"], people)
    shifts = {each.id(): each for each in found["on_call_shifts"]}
    schedules = tuple(_schedule(each, shifts, answers, people, since, until) for each in found["schedules"])
    policies = tuple(_policy(each, found["escalation_policies"], people) for each in found["escalation_chains"])
    return Source("Grafana OnCall", people.referenced(), schedules, policies, people.notes())


def _list(answer: Answer, key: str) -> list[Answer]:
    """A list under the key, or an answer of the API with ``results`` in it."""
    found = answer.maybe(key)
    if found is None:
        return []
    return list(found.each("results") if found.has("results") else found.each())


def _kind_of(found: Answer) -> str:
    """Of what kind an item of some answer's ``results`` is."""
    if found.has("start") and found.has("duration"):
        return "on_call_shifts"
    if found.has("username"):
        return "users"
    if found.has("escalation_chain_id"):
        return "escalation_policies"
    if found.has("user_id"):
        return "personal_notification_rules"
    if found.has("type"):
        return "schedules"
    if found.has("name"):
        return "escalation_chains"
    raise found.wrong("of what kind is this? name the lists as docs/how-to/move-in.md shows")


def _read_user(user: Answer, rules: list[Answer], people: People) -> None:
    notify: list[tuple[str, timedelta]] = []
    notes: list[str] = []
    after = timedelta(0)
    mine = [each for each in rules if each.text("user_id") == user.text("id")]
    important = [each for each in mine if each.has("important") and each.at("important").value is True]
    for rule in sorted(important or mine, key=lambda each: each.number("position", 0)):
        kind = rule.text("type")
        if kind == "wait":
            after += timedelta(seconds=rule.number("duration", 0))
        elif kind in _METHODS:
            notify.append((_METHODS[kind], after))
        else:
            notes.append(f"notification rule {kind} left out")
    slack = next((each.text("user_id", "") for each in user.each("slack")), "")
    people.add(
        user.id(), user.text("name", "") or user.text("username"), email=user.text("email", ""),
        timezone=user.text("timezone", ""), notify=notify, slack=slack, notes=notes,
    )  # fmt: skip


# ---------------------------------------------------------------- schedules


def _schedule(
    found: Answer, by_id: dict[str, Answer], answers: list[Answer], people: People, since: datetime, until: datetime
) -> SourceSchedule:
    id_, kind = found.id(), found.text("type", "calendar")
    own = found.timezone("time_zone") if found.has("time_zone") else "UTC"
    notes, shifts, covers = [], [], []
    for each in found.each("shifts"):
        if each.text() not in by_id:
            notes.append(f"shift {each.text()} is not in the export")
            continue
        one = by_id[each.text()]
        shift = _shift(one, own, people, web=kind == "web")
        if not shift.groups:
            notes.append(f"shift {shift.name} has no users and is left out")
            continue
        if one.text("type") == "override":
            starts_at = to_utc(shift.timezone, shift.starts)
            covers.append(Cover(shift.groups[0], starts_at, to_utc(shift.timezone, shift.starts + shift.lasts)))
        else:
            shifts.append(shift)
    timezone = Counter(shift.timezone for shift in shifts).most_common(1)[0][0] if shifts else own
    tracks: list[Track] = []
    why = ""
    for shift in shifts:
        lanes, told = turns_of(shift, timezone, since)
        notes += told
        why = _WHY_LISTED if told and not lanes else why
        tracks += [Track(f"{shift.id} {slot}", shift.name, tuple(lane), shift.level) for slot, lane in enumerate(lanes)]
    computed: list[Held] = []
    for level in sorted({shift.level for shift in shifts}):
        side_by_side = [one for shift in shifts if shift.level == level for one in shift.rendered(since, until)]
        computed = covered(computed, side_by_side)
    computed = covered(computed, [Held(p, each.starts_at, each.ends_at) for each in covers for p in each.people])
    rendered, span = _final(id_, answers, people)
    return SourceSchedule(
        id_, found.text("name"), timezone, tuple(tracks), tuple(covers), tuple(_calendars(found, people)),
        tuple(computed), tuple(rendered), span, why, _WHY_CLOCK, tuple(notes),
    )  # fmt: skip


def _calendars(found: Answer, people: People) -> Iterator[Calendar]:
    """Its events name users by username or email, and anybody may be in them."""
    for key, name in (("ical_url_primary", "calendar"), ("ical_url_overrides", "overrides")):
        if url := found.text(key, ""):
            everybody = tuple((person.name, people.reference(person.id)) for person in people.known())
            yield Calendar(name, url, everybody)


def _shift(found: Answer, own: str, people: People, *, web: bool) -> Shift:
    timezone = found.timezone("time_zone") if found.has("time_zone") else own
    kind = found.one_of("type", ("single_event", "recurrent_event", "rolling_users", "override"))
    lasts = found.at("duration")
    if not lasts.number():
        raise lasts.wrong("a shift lasts longer than nothing")
    rolling = [[people.reference(user.text()) for user in group.each()] for group in found.each("rolling_users")]
    together = [people.reference(user.text()) for user in found.each("users")]
    first = found.number("start_rotation_from_user_index", 0) % len(rolling) if rolling else 0
    groups = rolling[first:] + rolling[:first] if kind == "rolling_users" or not together else [together]
    recurs = kind in ("recurrent_event", "rolling_users") and found.has("frequency")
    interval = found.number("interval", 1) or 1
    if interval > 1000:
        raise found.at("interval").wrong("an interval is from 1 to 1000")
    shift = Shift(
        id=found.id(),
        name=found.text("name", "") or "shift",
        level=found.number("level", 0),
        timezone=timezone,
        starts=_local(found.at("start")),
        lasts=timedelta(seconds=lasts.number()),
        groups=tuple(tuple(group) for group in groups if group),
        frequency=found.one_of("frequency", _FREQUENCIES) if recurs else "",
        interval=interval,
        until=_local(found.at("until")) if found.has("until") and recurs else None,
        week_start=_DAYS.index(found.one_of("week_start", _DAYS)) if found.has("week_start") else 6,
        by_day=tuple(sorted(_DAYS.index(_day(each)) for each in found.each("by_day"))),
        by_month=tuple(each.number() for each in found.each("by_month")),
        by_monthday=tuple(_monthday(each) for each in found.each("by_monthday")),
    )
    return shift.beginning_from(
        _local(found.at("rotation_start")) if found.has("rotation_start") else None, ends_count=web
    )


def _local(found: Answer) -> datetime:
    """A time on the wall of the shift's zone, as the API writes it: without an offset."""
    return found.instant().astimezone(pytz.utc).replace(tzinfo=None)


def _day(found: Answer) -> str:
    if found.text() not in _DAYS:
        raise found.wrong(f"`{found.text()}` is unknown; known are {', '.join(_DAYS)}")
    return found.text()


def _monthday(found: Answer) -> int:
    if isinstance(found.value, bool) or not isinstance(found.value, int) or not 1 <= abs(found.value) <= 31:
        raise found.wrong("a day of the month is a number from 1 to 31, or from -31 to -1")
    return found.value


def _final(id_: str, answers: list[Answer], people: People) -> tuple[list[Held], Span | None]:
    for answer in answers:
        if answer.has("final_shifts") and answer.at("final_shifts").has(id_):
            held = [
                Held(
                    people.reference(each.text("user_pk"), each.text("user_username", ""), each.text("user_email", "")),
                    each.instant("shift_start"),
                    each.instant("shift_end"),
                )
                for each in _list(answer.at("final_shifts"), id_)
            ]
            if held:
                return held, (min(one.starts_at for one in held), max(one.ends_at for one in held))
    return [], None


# ---------------------------------------------------------------- escalation chains


def _policy(chain: Answer, every: list[Answer], people: People) -> Policy:
    """Its policies in order: whom it notifies until it waits is one step of ours."""
    steps: list[Step] = []
    users: list[str] = []
    schedules: list[str] = []
    left_out: list[str] = []
    repeat = 0
    mine = [each for each in every if each.text("escalation_chain_id") == chain.text("id")]
    for each in sorted(mine, key=lambda found: found.number("position", 0)):
        kind = each.text("type", "")
        if kind == "wait":
            steps.append(
                Step(tuple(users), tuple(schedules), timedelta(seconds=each.number("duration", 60)), tuple(left_out))
            )
            users, schedules, left_out = [], [], []
        elif kind in ("notify_persons", "notify_person_next_each_time"):
            users += [
                people.reference(user.text())
                for key in ("persons_to_notify", "persons_to_notify_next_each_time")
                for user in each.each(key)
            ]
            if kind != "notify_persons":
                left_out.append("they were paged in turn, one each time; ours pages all of them")
        elif kind == "notify_on_call_from_schedule":
            schedules.append(each.id("notify_on_call_from_schedule"))
        elif kind == "repeat_escalation":
            repeat = 5
        else:
            left_out.append(f"{kind} left out")
    if users or schedules or left_out:
        steps.append(Step(tuple(users), tuple(schedules), _LAST_WAIT, tuple(left_out)))
    return Policy(chain.id(), chain.text("name"), tuple(steps), repeat)
