"""Where another system and what we wrote of it would differ."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytz
from pydantic import ValidationError

from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.schedule import Schedule, shifts
from oncall.schedule_files import building, models, tree
from oncall.schedule_files.importers.answer import ImportSourceError
from oncall.schedule_files.importers.document import Document
from oncall.schedule_files.importers.rendering import outside, within
from oncall.schedule_files.importers.source import Held, Source, SourceSchedule

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """In this span they have ``theirs`` on call, and ours has ``ours``: keys of engineers, empty for nobody."""

    schedule: str
    timezone: str
    starts_at: datetime
    ends_at: datetime
    theirs: frozenset[str]
    ours: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every difference in order, and whose own answer was compared: sentences for people."""

    differences: tuple[Difference, ...]
    remarks: tuple[str, ...]


def compare(source: Source, document: Document, since: datetime, until: datetime) -> Comparison:
    """Our answers, as our own reader reads what was written, against theirs. Both instants are aware."""
    ours = _read_back(document)
    differences: list[Difference] = []
    remarks: list[str] = []
    for found in source.schedules:
        lanes = [ours[key] for key in document.schedules[found.id]]
        name = document.schedules[found.id][0]
        if any(isinstance(rotation, CalendarRotation) for lane in lanes for rotation in lane.rotations):
            remarks.append(f"{name}: not compared, because its calendar is read when it is published")
            continue
        remarks.append(_remark(source.system, name, found, since, until))
        theirs = [replace(one, person=document.engineers[one.person]) for one in _theirs(found, since, until)]
        mine = [one for lane in lanes for one in _held(lane, since, until)]
        for starts_at, ends_at, has, have in _unequal(theirs, mine, since, until):
            why = _why(source.system, found, starts_at, ends_at)
            differences.append(Difference(name, found.timezone, starts_at, ends_at, has, have, why))
    return Comparison(tuple(differences), tuple(remarks))


def _read_back(document: Document) -> dict[str, Schedule]:
    """The schedules of the written YAML; what people have to add by hand is put in only to be read."""
    content: dict[str, Any] = {"hotline": {"company": "-", "number": "+3225550199", "escalation_policy": "-"}}
    for name, text in document.texts.items():
        root, problems = tree.parse(f"{name}.yaml", text)
        if root is None or problems:
            raise ImportSourceError(f"what was made of it is not read by our own reader: {problems[0].message}")
        read: Any = tree.plain(root)
        content |= read if name != "hotline" else {}
    for number, engineer in enumerate(content["engineers"].values()):
        engineer.setdefault("phone", f"+3247{number:07d}")
    try:
        return dict(building.configuration(models.Document.model_validate(content)).schedules)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ImportSourceError(
            f"what was made of it is not read by our own reader: {place}: {first['msg']}"
        ) from error


def _theirs(found: SourceSchedule, since: datetime, until: datetime) -> Iterable[Held]:
    """Their own answer as far as it goes, and what their rules say beyond."""
    if found.rendered_span is None:
        return within(found.computed, [(since, until)])
    beyond = outside(found.computed, [found.rendered_span])
    return within([*within(found.rendered, [found.rendered_span]), *beyond], [(since, until)])


def _held(schedule: Schedule, since: datetime, until: datetime) -> Iterator[Held]:
    for shift in shifts(schedule, since, until):
        if shift.engineer is not None and shift.starts_at is not None and shift.ends_at is not None:
            yield Held(shift.engineer, shift.starts_at, shift.ends_at)


def _unequal(
    theirs: Iterable[Held], ours: Iterable[Held], since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, frozenset[str], frozenset[str]]]:
    """The spans in which not the same people are on call, neighbours with the same difference joined."""
    steps: dict[datetime, list[tuple[int, str, int]]] = {since: [], until: []}
    for side, held in ((0, theirs), (1, ours)):
        for one in held:
            steps.setdefault(one.starts_at, []).append((side, one.person, 1))
            steps.setdefault(one.ends_at, []).append((side, one.person, -1))
    on_call: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    open_since, open_sets = since, (frozenset[str](), frozenset[str]())
    for at in sorted(steps):
        for side, person, change in steps[at]:
            on_call[side][person] += change
        sets = (frozenset((+on_call[0]).keys()), frozenset((+on_call[1]).keys()))
        if sets != open_sets or at >= until:
            if open_sets[0] != open_sets[1] and open_since < at:
                yield open_since, at, *open_sets
            open_since, open_sets = at, sets


def _remark(system: str, name: str, found: SourceSchedule, since: datetime, until: datetime) -> str:
    if found.rendered_span is None:
        return f"{name}: compared with what {system}'s rules say, because the export has no answer of its own"
    first, last = found.rendered_span
    if first <= since + _DAY and last >= until - _DAY:
        return f"{name}: compared with {system}'s own answer"
    return (
        f"{name}: compared with {system}'s own answer from {first:%Y-%m-%d} until {last:%Y-%m-%d}, "
        "and beyond with what its rules say"
    )


def _why(system: str, found: SourceSchedule, starts_at: datetime, ends_at: datetime) -> str:
    if (
        found.clock_why
        and ends_at - starts_at < 2 * _DAY
        and _clock_changes(found.timezone, starts_at - _DAY, ends_at + _DAY)
    ):
        return found.clock_why
    if found.why:
        return found.why
    span = found.rendered_span
    if span is not None and span[0] <= starts_at < span[1]:
        return (
            f"{system}'s own answer is not what its rules say: was something edited since, or is somebody away there?"
        )
    return "this format cannot say it; see the comments at the schedule"


def _clock_changes(timezone: str, since: datetime, until: datetime) -> bool:
    zone = pytz.timezone(timezone)
    return since.astimezone(zone).utcoffset() != until.astimezone(zone).utcoffset()
