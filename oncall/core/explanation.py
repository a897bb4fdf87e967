"""Why an answer is what it is, in sentences: turn, order, absences, overrides, and what they cover."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytz

from oncall.core.calendar_rotation import CalendarRotation, pagerduty_schedule
from oncall.core.layers import TurnsLayer
from oncall.core.local_time import to_local
from oncall.core.override import Override
from oncall.core.presence import naive
from oncall.core.schedule import Schedule, Shift, on_call
from oncall.core.tiling import END


def explain(schedule: Schedule, at: datetime) -> list[str]:
    """Everything that decides who is on call at ``at`` (aware, UTC), the deciding first. Never empty."""
    shift = on_call(schedule, at)
    if shift.engineer is None:
        return [*_why_nobody(schedule, at)]
    if not shift.rotation:
        return [*_of_override(schedule, shift, at)]
    index = next(i for i, each in enumerate(schedule.rotations) if each.name == shift.rotation)
    return [*_of_rotation(schedule, index, shift.engineer, at), *_covered(schedule, index, at)]


def _of_override(schedule: Schedule, shift: Shift, at: datetime) -> Iterator[str]:
    index, override = _deciding(schedule, shift, at)
    whom = f"{override.instead_of}'s shifts" if override.instead_of else "everybody's shifts"
    origin = f"made by {override.origin}" if override.origin else "from the schedules folder"
    reason = f", because: {override.reason}" if override.reason else ""
    span = f"{_local(schedule, override.starts_at)} to {_local(schedule, override.ends_at)}"
    yield f"An override {origin} gives {whom} from {span} to {override.engineer}{reason}."
    if any(each.starts_at <= at < each.ends_at for each in schedule.away.get(override.engineer, ())):
        yield f"{override.engineer} is away then, but an override is meant as it is written."
    beneath = on_call(replace(schedule, overrides=schedule.overrides[:index]), at)
    yield f"Without it: {beneath.engineer or 'nobody'} ({beneath.why})."


def _deciding(schedule: Schedule, shift: Shift, at: datetime) -> tuple[int, Override]:
    """The override that decides: the last one without which the answer would not be what it is."""
    for index in reversed(range(len(schedule.overrides))):
        override = schedule.overrides[index]
        if override.starts_at <= at < override.ends_at and override.engineer == shift.engineer:
            upto = schedule.overrides[: index + 1]
            found = on_call(replace(schedule, overrides=upto), at)
            if found.same_answer(shift):
                return index, override
    raise AssertionError("an answer without a rotation is an override's")


def _of_rotation(schedule: Schedule, index: int, engineer: str, at: datetime) -> Iterator[str]:
    layer = schedule.answers().layers[index]
    if not isinstance(layer, TurnsLayer):
        yield _of_calendar(layer.rotation, engineer)
        return
    turns, names, name = layer.turns, layer.rotation.engineers, layer.rotation.name
    number = turns.number_at(naive(at))
    place = turns.whose(number)
    ends_at = turns.starts_at(number + 1)
    until = "" if ends_at == END else f" to {_naive(schedule, ends_at)}"
    span = f"from {_naive(schedule, turns.starts_at(number))}{until}"
    order = " → ".join(names[each] for each in turns.order_at(number))
    yield f"It is turn {number + 1} of the rotation {name}, {span}, and it is {names[place]}'s; the order is {order}."
    found = layer.presence.stand_in(place, naive(at))
    if found is not None and found.reason:
        yield f"{names[place]} {found.reason}; {names[found.place]} is the next in the list who is there."


def _of_calendar(rotation: CalendarRotation, engineer: str | None) -> str:
    if pagerduty_schedule(rotation.source):
        return f"{rotation.title} has {engineer or 'nobody who is an engineer here, and there,'} on call at this time."
    if engineer is None:
        return f"The calendar of the rotation {rotation.name} has no entry for this time of anybody who is there."
    return f"The calendar of the rotation {rotation.name} has an entry of {engineer}'s."


def _covered(schedule: Schedule, index: int, at: datetime) -> Iterator[str]:
    for lower in reversed(range(index)):
        beneath = on_call(replace(schedule, rotations=(schedule.rotations[lower],), overrides=()), at)
        if beneath.engineer:
            name, cover = schedule.rotations[index].name, schedule.rotations[lower].name
            yield f"The rotation {name} covers {cover}, which would have {beneath.engineer}; later ones lie on top."
            return


def _why_nobody(schedule: Schedule, at: datetime) -> Iterator[str]:
    if not schedule.rotations:
        yield "The schedule has no rotations, and no override covers this time."
    for layer in schedule.answers().layers:
        name = layer.rotation.name
        if not isinstance(layer, TurnsLayer):
            yield _of_calendar(layer.rotation, None)
        elif naive(at) < layer.turns.begins_at:
            yield f"The rotation {name} has not begun: it starts at {_naive(schedule, layer.turns.begins_at)}."
        elif layer.until <= naive(at):
            yield f"The rotation {name} is over: it ended at {_naive(schedule, layer.until)}."
        elif not layer.is_open(naive(at)):
            yield f"The rotation {name} does not count at this time: all its windows are closed."
        else:
            yield f"Everybody in the rotation {name} is away or not a member at this time."
    yield "No override covers it."


def _local(schedule: Schedule, at: datetime) -> str:
    return to_local(schedule.timezone, at).strftime("%a %Y-%m-%d %H:%M %Z")


def _naive(schedule: Schedule, at: datetime) -> str:
    return _local(schedule, at.replace(tzinfo=pytz.utc))
