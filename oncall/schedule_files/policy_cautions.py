"""Escalation policies that ask for more acknowledgements than their steps can ever have people for."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.schedule import Shift
from oncall.schedule_files.schedule_cautions import Finding, is_kept_elsewhere


def policies_that_ask_for_too_many(
    configuration: Configuration, ahead: Mapping[str, Sequence[Shift]]
) -> Iterator[Finding]:
    """``ahead`` are the coming shifts of each schedule. A calendar that is kept elsewhere may have anybody."""
    for key, policy in configuration.policies.items():
        if policy.acknowledgements < 2:
            continue
        most = _most_at_once(policy, configuration, ahead)
        if most is not None and most < policy.acknowledgements:
            found = f"its steps never page more than {most} at once" if most else "its steps page nobody"
            yield (
                ("escalation_policies", key, "acknowledgements"),
                f"`{key}` asks for {policy.acknowledgements} acknowledgements, and {found}; name more in its steps",
            )


def _most_at_once(
    policy: EscalationPolicy, configuration: Configuration, ahead: Mapping[str, Sequence[Shift]]
) -> int | None:
    """How many different engineers all steps together ever reach at one instant; None where nobody can tell."""
    names = {name for step in policy.steps for name in step.page}
    if any(is_kept_elsewhere(configuration.schedules[name]) for name in names & configuration.schedules.keys()):
        return None
    paged = {key for key, engineer in configuration.engineers.items() if engineer.notify}
    spans = [_begin_and_who(ahead[name]) for name in names & ahead.keys()]
    edges = {edge for edges, _ in spans for edge in edges}
    return max((len({*_at(edge, spans), *names} & paged) for edge in edges), default=len(names & paged))


def _begin_and_who(shifts: Sequence[Shift]) -> tuple[list[datetime], list[str]]:
    begun = [(shift.starts_at, shift.engineer or "") for shift in shifts if shift.starts_at is not None]
    return [at for at, _ in begun], [who for _, who in begun]


def _at(instant: datetime, spans: Sequence[tuple[list[datetime], list[str]]]) -> Iterator[str]:
    for edges, who in spans:
        index = bisect_right(edges, instant) - 1
        if index >= 0:
            yield who[index]
