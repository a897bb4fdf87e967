"""The backup of whoever is on call: who is paged next where they do not answer."""

from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.schedule import on_call


def backup_of(configuration: Configuration, schedule: str, engineer: str, at: datetime) -> Engineer | None:
    """The first engineer besides this one whom the policy pages after that schedule (key); None for nobody.

    Asked is the hotline's policy, or else the first one that pages the schedule.
    """
    for name in _paged_later(_policy(configuration, schedule), schedule):
        found = name
        if name in configuration.schedules:
            found = on_call(configuration.schedules[name], at).engineer or ""
        if found != engineer and found in configuration.engineers:
            return configuration.engineers[found]
    return None


def is_paged(configuration: Configuration, schedule: str) -> bool:
    """Whether any escalation policy pages this schedule (key)."""
    return _policy(configuration, schedule) is not None


def _policy(configuration: Configuration, schedule: str) -> EscalationPolicy | None:
    first = configuration.policies.get(configuration.hotline.escalation_policy)
    policies = [*([first] if first is not None else []), *configuration.policies.values()]
    return next((policy for policy in policies if any(schedule in step.page for step in policy.steps)), None)


def _paged_later(policy: EscalationPolicy | None, schedule: str) -> list[str]:
    """The names that are paged for the first time after that schedule was."""
    steps = [step.page for step in policy.steps] if policy is not None else []
    while steps and schedule not in steps[0]:
        steps.pop(0)
    at_once = set(steps[0]) if steps else set()
    return [name for page in steps[1:] for name in page if name not in at_once]
