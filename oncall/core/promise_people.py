"""Who hears of a promise: whoever is on call for it, the managers, or the whole team."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from oncall.core.calendar_rotation import CalendarRotation
from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState
from oncall.core.promise_clock import Part, Reached
from oncall.core.schedule import Schedule
from oncall.core.sla import Priority
from oncall.core.whom_to_page import engineers_of, reachable


def pages_everybody(incident: Incident, reached: Reached) -> bool:
    """Whether the team and the managers are paged: production is down, and nobody has it."""
    return (
        reached.part is Part.RESPONSE
        and incident.priority is Priority.PRODUCTION_DOWN
        and incident.state is IncidentState.TRIGGERED
        and not incident.held
        and not incident.quiet
    )


def whole_team(incident: Incident, configuration: Configuration, now: datetime) -> tuple[Engineer, ...]:
    """Every engineer of the schedules that the incident's policy pages, and those whom it names, with a notification
    rule; all engineers where that is nobody.

    Without those who are away now, and those who have passed it on.
    """
    names = dict.fromkeys(name for step in incident.policy.steps for name in step.page)
    found: dict[str, Engineer] = {}
    for name in names:
        schedule = configuration.schedules.get(name)
        keys = (name,) if schedule is None else _at_hand(schedule, now)
        found |= _reachable(keys, configuration)
    team = found or _reachable(configuration.engineers, configuration)
    return tuple(engineer for key, engineer in team.items() if key not in incident.passed_by)


def managers(configuration: Configuration) -> tuple[Engineer, ...]:
    """Those who are told of broken promises and have a notification rule."""
    return tuple(_reachable(configuration.hotline.told_of_promises, configuration).values())


def in_charge(incident: Incident, configuration: Configuration, now: datetime) -> tuple[Engineer, ...]:
    """Whoever has it; else whoever is on call in the first step of its policy, or of the hotline's for a quiet one.
    Empty where nobody is."""
    holder = reachable(incident.acknowledged_by, configuration) if incident.held else None
    if holder is not None:
        return (holder,)
    hotlines = configuration.policies.get(configuration.hotline.escalation_policy)
    steps = incident.policy.steps or (hotlines.steps if hotlines else ())
    return tuple(paged.engineer for paged in engineers_of(steps[0], configuration, now)) if steps else ()


def _reachable(keys: Iterable[str], configuration: Configuration) -> dict[str, Engineer]:
    found = ((key, reachable(key, configuration)) for key in dict.fromkeys(keys))
    return {key: engineer for key, engineer in found if engineer is not None}


def _at_hand(schedule: Schedule, now: datetime) -> Iterator[str]:
    """Keys of all who take part in the schedule, but for those who are away."""
    for key in dict.fromkeys(_taking_part(schedule, now)):
        if not any(absence.starts_at <= now < absence.ends_at for absence in schedule.away.get(key, ())):
            yield key


def _taking_part(schedule: Schedule, now: datetime) -> Iterator[str]:
    for rotation in schedule.rotations:
        if isinstance(rotation, CalendarRotation):
            yield from (span.engineer for span in rotation.spans)
        else:
            yield from rotation.engineers
    yield from (each.engineer for each in schedule.overrides if each.starts_at <= now < each.ends_at)
