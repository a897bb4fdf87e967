"""GoAlert's GraphQL answer (schedules, rotations, users, overrides, escalation policies) read into `source`.

The shapes are those of target/goalert, graphql2/schema.graphql; ``FIELDS`` are all that is read. What they mean is
its own code: who has a rotation is counted from ``activeUserIndex``, and handoffs keep the clock of the rotation's zone
(schedule/rotation/rotation.go); rules begin at the first and end at the last occurrence of a time that the clock
repeats (schedule/rule/rule.go, util/timeutil/clock.go); overrides and temporary schedules as in oncall/state.go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from oncall.core.local_time import to_wall
from oncall.schedule_files.importers.answer import Answer
from oncall.schedule_files.importers.lengths import cycles_back, hours, plus, together
from oncall.schedule_files.importers.people import People
from oncall.schedule_files.importers.rendering import (
    Handoff,
    Span,
    by_the_wall,
    first_instant,
    last_instant,
    outside,
    steps_before,
    turns,
    windows,
    within,
)
from oncall.schedule_files.importers.source import Cover, Held, Hours, SourceSchedule, Track, Turns

# What is asked for of each kind. A kind is asked for a hundred at a time; `pageInfo` says whether there are more.
FIELDS = {
    "schedules": (
        "id name timeZone shifts(start: $since, end: $until) { userID start end } "
        "targets { target { id type name } rules { start end weekdayFilter } } "
        "temporarySchedules { start end shifts { userID start end } }"
    ),
    "rotations": "id name timeZone start type shiftLength activeUserIndex userIDs nextHandoffTimes(num: 1)",
    "userOverrides": "id start end addUserID removeUserID target { id type }",
    "users": (
        "id name email contactMethods { id type name value disabled } "
        "notificationRules { delayMinutes contactMethodID }"
    ),
    "escalationPolicies": "id name repeat steps { stepNumber delayMinutes targets { id type name } }",
}

_DAY = timedelta(days=1)
_FAR = timedelta(days=400)
_UNITS = {"hourly": "h", "daily": "d", "weekly": "w", "monthly": "mo"}
_HOURS = {"hourly": 1, "daily": 24, "weekly": 168}
_WHY_CLOCK = "GoAlert ends a rule at the last occurrence of a time that the clock repeats, ours at the first"
_WHY_REMOVED = (
    "GoAlert takes somebody off and puts nobody in their place, or leaves a temporary schedule open; "
    "ours keeps whoever has the turn"
)
_WHY_MONTHLY = "GoAlert counts a month from the 29th to the 31st over into the next; ours ends on the month's last day"


@dataclass(frozen=True, slots=True)
class Rotation:
    """One rotation: the first of ``people`` has the turn that begins at ``starts``, which is local to its zone."""

    id: str
    name: str
    timezone: str
    kind: str
    length: int
    starts: datetime
    people: tuple[str, ...]

    @property
    def handoff(self) -> Handoff:
        """When its turns begin."""
        if self.kind == "monthly":
            return lambda number: first_instant(self.timezone, _months_on(self.starts, number * self.length))
        return by_the_wall(self.timezone, self.starts, timedelta(hours=self.length * _HOURS[self.kind]))

    def turns(self, name: str, timezone: str, during: tuple[Answer, ...]) -> Turns:
        """The same in our words, while these rules hold."""
        starts = (
            self.starts if timezone == self.timezone else to_wall(timezone, first_instant(self.timezone, self.starts))
        )
        return Turns(name, starts, (f"{self.length}{_UNITS[self.kind]}",), self.people, tuple(_hours(during)))


def rotation(found: Answer, people: People, since: datetime) -> Rotation | None:
    """A rotation of the answer; None where nobody is in it. Raises ImportSourceError."""
    timezone = found.timezone("timeZone")
    members = [people.reference(each.text()) for each in found.each("userIDs")]
    members = members or [people.reference(each.id()) for each in found.each("users")]
    kind = found.one_of("type", tuple(_UNITS))
    lasts = found.number("shiftLength", 1)
    if not 1 <= lasts <= 9000 or (kind == "monthly" and lasts > 120):
        raise found.at("shiftLength").wrong("a shift's length is from 1 to 9000, and up to 120 months")
    if not members:
        return None
    starts = to_wall(timezone, found.instant("start")).replace(second=0)
    upcoming = [each.instant() for each in found.each("nextHandoffTimes")]
    if kind == "monthly":
        while starts > to_wall(timezone, since):
            starts = plus(starts, -lasts, timedelta(0))
    else:
        starts -= cycles_back(starts - to_wall(timezone, since) + _DAY, timedelta(hours=lasts * _HOURS[kind]))
    made = Rotation(found.id(), found.text("name"), timezone, kind, lasts, starts, tuple(members))
    asked_at = upcoming[0] - timedelta(minutes=1) if upcoming else since
    number = steps_before(made.handoff, asked_at)
    while made.handoff(number + 1) <= asked_at:
        number += 1
    first = (found.number("activeUserIndex", 0) - number) % len(members)
    return Rotation(made.id, made.name, timezone, kind, lasts, starts, tuple(members[first:] + members[:first]))


def schedule(
    found: Answer,
    rotations: dict[str, Rotation],
    overrides: list[Answer],
    people: People,
    since: datetime,
    until: datetime,
) -> SourceSchedule:
    """A schedule of the answer. Raises ImportSourceError."""
    timezone, id_ = found.timezone("timeZone"), found.id()
    tracks, computed, notes = [], [], []
    why = ""
    for each in found.each("targets"):
        target, rules = each.at("target"), tuple(rule for rule in each.each("rules") if _days(rule))
        kind = target.one_of("type", ("user", "rotation"))
        name = target.text("name", "") or target.id()
        if not rules:
            continue
        if kind == "user":
            person = people.reference(target.id(), name)
            midnight = to_wall(timezone, since).replace(hour=0, minute=0, second=0) - _DAY
            made = Turns(name, midnight, ("1w",), (person,), tuple(_hours(rules)))
            held = [Held(person, since - _FAR, until + _FAR)]
        elif (one := rotations.get(target.id())) is not None:
            made = one.turns(name, timezone, rules)
            held = turns(one.handoff, one.people, since, until)
            if one.timezone != timezone:
                notes.append(f"rotation {name} keeps the clock of {one.timezone} there, and of {timezone} here")
            if one.kind == "monthly" and one.starts.day > 28:
                why = _WHY_MONTHLY
        else:
            notes.append(f"rotation {name} has no users, or is not in the export")
            continue
        tracks.append(Track(target.id(), name, (made,)))
        computed += within(held, [span for rule in rules for span in _spans(rule, timezone, since, until)])
    covers = [cover for each in overrides if each.at("target").text("id") == id_ for cover in _cover(each, people)]
    computed = _overridden(computed, covers)
    for each in found.each("temporarySchedules"):
        span, shifts = (each.instant("start"), each.instant("end")), _shifts(each, people)
        computed = [*outside(computed, [span]), *within(shifts, [span])]
        covers += _temporary(span, shifts)
        if outside([Held("", *span)], [(one.starts_at, one.ends_at) for one in shifts]):
            why = _WHY_REMOVED
    if any(not cover.people for cover in covers):
        why = _WHY_REMOVED
        notes.append(_WHY_REMOVED)
    rendered = _shifts(found, people)
    span_ = (min(one.starts_at for one in rendered), max(one.ends_at for one in rendered)) if rendered else None
    kept = tuple(cover for cover in covers if cover.people)
    return SourceSchedule(
        id_, found.text("name"), timezone, tuple(tracks), kept, computed=tuple(computed), rendered=tuple(rendered),
        rendered_span=span_, why=why, clock_why=_WHY_CLOCK, notes=tuple(notes),
    )  # fmt: skip


def _days(rule: Answer) -> tuple[int, ...]:
    """The days (Monday = 0) of ``weekdayFilter``, which begins with Sunday."""
    wanted = [each.value is True for each in rule.each("weekdayFilter")]
    if len(wanted) != 7:
        raise rule.wrong("weekdayFilter is a list of seven, Sunday first")
    return tuple(sorted((index - 1) % 7 for index, day in enumerate(wanted) if day))


def _times(rule: Answer) -> tuple[timedelta, timedelta]:
    begins, ends = rule.time_of_day("start"), rule.time_of_day("end")
    return begins, ends - begins if ends > begins else ends - begins + _DAY


def _hours(rules: tuple[Answer, ...]) -> list[Hours]:
    begins_lasts = [(_days(rule), *_times(rule)) for rule in rules]
    if any(len(days) == 7 and lasts == _DAY for days, _, lasts in begins_lasts):
        return []
    return together([each for found in begins_lasts for each in hours(*found)])


def _spans(rule: Answer, timezone: str, since: datetime, until: datetime) -> Iterator[Span]:
    begins, lasts = _times(rule)
    if lasts == _DAY and len(_days(rule)) == 7:
        yield since - _FAR, until + _FAR
        return
    yield from windows(timezone, _days(rule), begins, lasts, since, until, end=last_instant)


def _months_on(wall: datetime, months: int) -> datetime:
    """As Go adds months: the 31st of a shorter month is counted over into the next."""
    return plus(wall.replace(day=1), months, timedelta(days=wall.day - 1))


def _cover(found: Answer, people: People) -> Iterator[Cover]:
    adds, removes = found.text("addUserID", ""), found.text("removeUserID", "")
    starts_at, ends_at = found.instant("start"), found.instant("end")
    if ends_at <= starts_at:
        raise found.wrong("this override ends before it begins")
    added = (people.reference(adds),) if adds else ()
    if adds != removes:
        yield Cover(
            added, starts_at, ends_at, instead_of=people.reference(removes) if removes else "", adds=not removes
        )


def _overridden(held: list[Held], covers: list[Cover]) -> list[Held]:
    """As OverrideCalculator.MapUsers: whoever is on call is replaced or removed, then others are added."""
    found = list(held)
    for cover in covers:
        span = [(cover.starts_at, cover.ends_at)]
        theirs = [one for one in held if one.person == cover.instead_of]
        if cover.instead_of:
            found = [
                one for each in found for one in (outside([each], span) if each.person == cover.instead_of else [each])
            ]
            found += [
                Held(person, one.starts_at, one.ends_at) for one in within(theirs, span) for person in cover.people
            ]
        else:
            found += [Held(person, cover.starts_at, cover.ends_at) for person in cover.people]
    return found


def _shifts(found: Answer, people: People) -> list[Held]:
    return [
        Held(people.reference(each.id("userID")), each.instant("start"), each.instant("end"))
        for each in found.each("shifts")
    ]


def _temporary(span: Span, shifts: list[Held]) -> Iterator[Cover]:
    edges = sorted(
        {*span, *(edge for one in shifts for edge in (one.starts_at, one.ends_at) if span[0] < edge < span[1])}
    )
    for starts_at, ends_at in pairwise(edges):
        people = tuple(
            dict.fromkeys(one.person for one in shifts if one.starts_at <= starts_at and one.ends_at >= ends_at)
        )
        if people:
            yield Cover(people, starts_at, ends_at, "temporary schedule")
