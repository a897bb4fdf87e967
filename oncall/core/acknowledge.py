"""Somebody has it: paging stops."""

from dataclasses import replace
from datetime import datetime

from oncall.core.change import Change, Notify, unchanged
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, OutcomeKind, TimelineEntry, TimelineKind
from oncall.core.notice import NoticePurpose
from oncall.core.promise_clock import responded


def acknowledge(incident: Incident, engineer: Engineer, *, via: str, holder: str, now: datetime) -> Change:
    """Somebody has it. ``holder`` is the name of whoever has it, or resolved it, already ("" for nobody)."""
    if incident.state is IncidentState.RESOLVED:
        return unchanged(OutcomeKind.ALREADY_RESOLVED, incident, holder)
    if incident.state is IncidentState.ACKNOWLEDGED:
        mine = incident.is_with(engineer.key)
        kind = OutcomeKind.ACKNOWLEDGED if mine else OutcomeKind.ALREADY_ACKNOWLEDGED
        return unchanged(kind, incident, engineer.name if mine else holder)
    if engineer.key in incident.acknowledgements:
        return unchanged(OutcomeKind.ACKNOWLEDGED, incident, engineer.name)
    first = not incident.acknowledgements
    # The customer knows already that this engineer has it: an acknowledgement after silence is no news to them.
    news = first and incident.resume_with != engineer.key
    changed = _acknowledged(incident, engineer, first, now)
    changed = changed if incident.responded_at else responded(changed)
    enough = changed.state is IncidentState.ACKNOWLEDGED
    count = f" ({changed.progress})" if changed.progress else ""
    return Change(
        OutcomeKind.ACKNOWLEDGED,
        changed,
        by=engineer.name,
        timeline=(
            TimelineEntry(
                now,
                TimelineKind.ACKNOWLEDGED,
                f"{engineer.name} acknowledged by {via}{count}",
                engineer.name if news else "",
            ),
        ),
        notices=(Notify(NoticePurpose.ACKNOWLEDGED, (("engineer", engineer.name), ("holder", engineer.key))),)
        if news
        else (),
        silence=enough,
        silence_only="" if enough else engineer.key,
    )


def _acknowledged(incident: Incident, engineer: Engineer, first: bool, now: datetime) -> Incident:
    """Paging stops once as many have acknowledged as the policy asks for; whoever was first has it."""
    wanted = incident.policy.acknowledgements
    changed = replace(
        incident,
        responded_at=incident.responded_at or now,
        acknowledged_at=now if first else incident.acknowledged_at,
        acknowledged_by=engineer.key if first else incident.acknowledged_by,
        # Kept only where it counts: an earlier release, which takes nobody off it, may run beside this one.
        acknowledgements=(*incident.acknowledgements, engineer.key) if wanted > 1 else (),
        updated_at=now,
        resume_with="",
    )
    if len(changed.acknowledgements) < wanted and wanted > 1:
        return replace(
            changed,
            step=max(incident.step, 0),
            passed_by=tuple(key for key in incident.passed_by if key != engineer.key),
            handed_to=tuple(key for key in incident.handed_to if key != engineer.key),
        )
    return stopped(changed, now)


def stopped(incident: Incident, now: datetime) -> Incident:
    """The incident as acknowledged by whoever has it: nobody is paged before its timeout."""
    return replace(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        passed_by=(),
        handed_to=(),
        snoozed_until=None,
        due_at=now + incident.policy.acknowledge_timeout_for,
    )
