"""Opsgenie's REST API v2 (schedules, overrides, timelines, escalations, users) read into `source`.

The shapes are those of its schedule, escalation and user APIs: docs.opsgenie.com/docs/schedule-api, as the SDKs have
them (opsgenie/opsgenie-go-sdk-v2: schedule/result.go, schedule/schedule_override_result.go, og/), and
GET /v2/schedules?expand=rotation, /v2/schedules/{id}/overrides, /v2/schedules/{id}/timeline?expand=…, /v2/escalations,
/v2/users?expand=contact, /v2/users/{id}/notification-rules/{id}/steps as grafana/oncall's migrator reads them
(tools/migrators/lib/opsgenie/api_client.py). Rotations of one schedule are on call side by side. An item of
``restrictions`` runs from its start day and time through to its end day and time. Turns of days and weeks keep the
schedule's clock; turns of hours last their hours. Where a timeline is there, that decides.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from oncall.core.local_time import to_wall
from oncall.core.rotation import EVERY_DAY
from oncall.schedule_files.importers.answer import Answer
from oncall.schedule_files.importers.lengths import by_the_stopwatch_from, hours, is_over, length, together, turns_from
from oncall.schedule_files.importers.people import People
from oncall.schedule_files.importers.rendering import (
    Span,
    by_the_stopwatch,
    by_the_wall,
    outside,
    turns,
    windows,
    within,
)
from oncall.schedule_files.importers.source import NOBODY, Cover, Held, SourceSchedule, Track, Turns

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SECONDS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800}
_DAY = timedelta(days=1)
_FAR = timedelta(days=400)
_WHY_CLOCK = (
    "the clock changes here, and Opsgenie crosses it in its own way; ours hands over at the same wall-clock time"
)
_WHY_HOURS = "its turns last so many hours and move when the clock changes; ours hand over at the same wall-clock time"
_WHY_NOBODY = "a turn there is nobody's, a team's or an escalation's; ours gives it to the next engineer in turn"

_Restriction = tuple[tuple[int, ...], timedelta, timedelta]


def schedules(answers: list[Answer], people: People, since: datetime, until: datetime) -> tuple[SourceSchedule, ...]:
    """Every schedule of these answers. Raises ImportSourceError."""
    every = list(objects(answers))
    overrides = [each for each in every if each.has("alias") and each.has("startDate")]
    timelines = [each for each in every if each.has("finalTimeline")]
    found = [each for each in every if each.has("timezone") and (each.has("rotations") or each.has("enabled"))]
    return tuple(_schedule(each, overrides, timelines, people, since, until) for each in found if _is_schedule(each))


def objects(answers: list[Answer]) -> Iterator[Answer]:
    """Every object that the answers hold, whether under ``data`` of an answer or under names of several answers."""
    for answer in answers:
        for key, value in answer.entries():
            if isinstance(value.value, list):
                yield from (each for each in value.each() if isinstance(each.value, dict))
            elif isinstance(value.value, dict) and key in ("data", "schedule"):
                yield value


def _is_schedule(found: Answer) -> bool:
    return found.has("name") and not found.has("username")


def _schedule(
    found: Answer, overrides: list[Answer], timelines: list[Answer], people: People, since: datetime, until: datetime
) -> SourceSchedule:
    timezone, id_ = found.timezone("timezone"), found.id()
    if not found.has("rotations"):
        raise found.wrong("`rotations` is missing; ask for schedules with ?expand=rotation")
    rotations = [(each.text("id", "") or each.text("name"), each) for each in found.each("rotations")]
    named = {name: key for key, each in rotations for name in (key, each.text("name", ""))}
    own = [*found.each("overrides"), *found.each("scheduleOverrideList")]
    own += [each for each in overrides if each.has("_parent") and each.at("_parent").text("id", "") == id_]
    covers = tuple(cover for each in own for cover in _cover(each, named, people))
    tracks, computed, notes = [], [], list(_notes(found))
    why = ""
    for key, each in rotations:
        rotation = _Rotation(each, timezone, people, since)
        tracks.append(Track(key, rotation.name, tuple(rotation.turns(since))))
        mine = [cover for cover in covers if not cover.tracks or key in cover.tracks]
        held = outside(rotation.rendered(since, until), [(cover.starts_at, cover.ends_at) for cover in mine])
        computed += held + [Held(cover.people[0], cover.starts_at, cover.ends_at) for cover in mine]
        if not rotation.keeps_the_clock:
            why = _WHY_HOURS
        if NOBODY in rotation.people:
            why = _WHY_NOBODY
            notes.append(f"rotation {rotation.name}: {_WHY_NOBODY}")
    rendered, span = _timeline(id_, timelines, people)
    kept = tuple(track for track in tracks if track.turns)
    return SourceSchedule(
        id_, found.text("name"), timezone, kept, covers, computed=tuple(computed), rendered=tuple(rendered),
        rendered_span=span, why=why, clock_why=_WHY_CLOCK, notes=tuple(notes),
    )  # fmt: skip


def _notes(found: Answer) -> Iterator[str]:
    if found.has("enabled") and found.at("enabled").value is False:
        yield "this schedule is switched off there"
    yield from (f"rotation {each.text('name', '')} is switched off there" for each in found.each("rotations")
                if each.has("enabled") and each.at("enabled").value is False)  # fmt: skip


class _Rotation:
    """One rotation, read."""

    def __init__(self, found: Answer, timezone: str, people: People, since: datetime) -> None:
        self.name = found.text("name", "") or "rotation"
        self.timezone = timezone
        self.starts_at = found.instant("startDate")
        self.ends_at = found.instant("endDate") if found.has("endDate") else None
        kind = found.one_of("type", tuple(_SECONDS))
        self.keeps_the_clock = kind != "hourly"
        lasts = found.number("length", 1)
        if not 1 <= lasts <= 1000:
            raise found.at("length").wrong("a rotation's length is from 1 to 1000")
        self.seconds = _SECONDS[kind] * lasts
        self.people = tuple(_participant(each, people) for each in found.each("participants"))
        if not any(self.people):
            raise found.wrong("this rotation has no user who takes a turn; remove it there, or add somebody")
        restriction = found.maybe("timeRestriction")
        self.restrictions = tuple(_restrictions(restriction)) if restriction else ()
        self._since = since

    def turns(self, since: datetime) -> list[Turns]:
        """The rotation in our words; nothing where it is over."""
        until = to_wall(self.timezone, self.ends_at) if self.ends_at else None
        if is_over(until, self.timezone, since):
            return []
        at, people = self.starts_at, self.people
        if not self.keeps_the_clock:
            at, people = by_the_stopwatch_from(at, self.seconds, people, since)
        during = together([each for found in self.restrictions for each in hours(*found)])
        made = Turns(self.name, to_wall(self.timezone, at), (length(self.seconds),), people, tuple(during), until)
        return turns_from(made, 0, timedelta(seconds=self.seconds), self.starts_at, self.timezone, since)

    def rendered(self, since: datetime, until: datetime) -> list[Held]:
        """Its turns by Opsgenie's rules."""
        lasts = timedelta(seconds=self.seconds)
        handoff = by_the_stopwatch(self.starts_at, lasts)
        if self.keeps_the_clock:
            handoff = by_the_wall(self.timezone, to_wall(self.timezone, self.starts_at), lasts)
        held = turns(handoff, self.people, since, until)
        if self.restrictions:
            open_ = [span for each in self.restrictions for span in windows(self.timezone, *each, since, until)]
            held = within(held, open_)
        return within(held, [(self.starts_at, self.ends_at or until + _FAR)])


def _participant(found: Answer, people: People) -> str:
    if found.text("type", "user") != "user":
        return NOBODY
    name = found.text("username", "") or found.text("name", "")
    return people.reference(found.text("id", "") or name, name, name if "@" in name else "")


def _restrictions(found: Answer) -> Iterator[_Restriction]:
    if found.one_of("type", ("time-of-day", "weekday-and-time-of-day")) == "time-of-day":
        each = found.at("restriction") if found.has("restriction") else next(found.each("restrictions"), found)
        begins, ends = _minutes(each, "start"), _minutes(each, "end")
        yield EVERY_DAY, begins, ends - begins if ends > begins else ends - begins + _DAY
        return
    for each in found.each("restrictions"):
        first, last = (_DAYS.index(each.one_of(key, _DAYS)) for key in ("startDay", "endDay"))
        begins, ends = _minutes(each, "start"), _minutes(each, "end")
        lasts = (last - first) % 7 * _DAY + ends - begins
        yield (first,), begins, lasts if lasts > timedelta(0) else lasts + 7 * _DAY


def _minutes(found: Answer, edge: str) -> timedelta:
    hour, minute = found.number(f"{edge}Hour", 0), found.number(f"{edge}Min", 0)
    if hour > 24 or minute > 59:
        raise found.wrong(f"{edge}Hour and {edge}Min are no time of day")
    return timedelta(hours=hour % 24, minutes=minute)


def _cover(found: Answer, named: dict[str, str], people: People) -> Iterator[Cover]:
    user = found.at("user")
    if user.text("type", "user") != "user":
        return
    scope = [each.text("id", "") or each.text("name", "") for each in found.each("rotations")]
    starts_at, ends_at = found.instant("startDate"), found.instant("endDate")
    if ends_at <= starts_at:
        raise found.wrong("this override ends before it begins")
    tracks = tuple(named[each] for each in scope if each in named)
    if scope and not tracks:
        return  # of a rotation that is gone
    yield Cover((_participant(user, people),), starts_at, ends_at, tracks=tracks)


def _timeline(id_: str, timelines: list[Answer], people: People) -> tuple[list[Held], Span | None]:
    for each in timelines:
        if each.has("_parent") and each.at("_parent").text("id", "") != id_:
            continue
        held = [
            Held(_participant(period.at("recipient"), people), period.instant("startDate"), period.instant("endDate"))
            for rotation in each.at("finalTimeline").each("rotations")
            for period in rotation.each("periods")
            if period.has("recipient") and period.at("recipient").text("type", "user") == "user"
        ]
        if each.has("startDate") and each.has("endDate"):
            return held, (each.instant("startDate"), each.instant("endDate"))
        if held:
            return held, (min(one.starts_at for one in held), max(one.ends_at for one in held))
    return [], None
