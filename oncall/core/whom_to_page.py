"""Whom a step of an escalation policy means at an instant: whoever is on call, and can be paged at all."""

from dataclasses import dataclass
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.escalation_policy import EscalationStep
from oncall.core.schedule import on_call


@dataclass(frozen=True, slots=True)
class Paged:
    """An engineer to page, and how they came to be on call."""

    engineer: Engineer
    why: str


def engineers_of(step: EscalationStep, configuration: Configuration, now: datetime) -> tuple[Paged, ...]:
    """Whoever these names mean now and can be paged; each engineer once, by the first name that meant them."""
    found: dict[str, Paged] = {}
    for name in step.page:
        paged = _engineer(name, configuration, now)
        if paged is not None:
            found.setdefault(paged.engineer.key, paged)
    return tuple(found.values())


def reachable(key: str, configuration: Configuration) -> Engineer | None:
    """The engineer of this key; None where there is none, or one without a notification rule: no page would go."""
    engineer = configuration.engineers.get(key)
    return engineer if engineer and engineer.notify else None


def _engineer(name: str, configuration: Configuration, now: datetime) -> Paged | None:
    schedule = configuration.schedules.get(name)
    if schedule is None:
        engineer = reachable(name, configuration)
        return Paged(engineer, "named in the policy") if engineer else None
    shift = on_call(schedule, now)
    engineer = reachable(shift.engineer, configuration) if shift.engineer else None
    return Paged(engineer, f"on call in {name}: {shift.why}") if engineer else None
