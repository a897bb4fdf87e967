"""A drill: an incident for practice, marked as such, that ends by itself and about which nobody is alarmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.drill_plan import DrillPlan
from oncall.core.engineer import Engineer
from oncall.core.escalation import Turn
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.incident import Incident, IncidentState, Resolution
from oncall.core.schedule import on_call
from oncall.core.sla import Priority
from oncall.core.whom_to_page import engineers_of

GIVEN_UP_AFTER = timedelta(minutes=10)
DRILL_COMPANY = "Drill"
DRILL_SUMMARY = "This is a drill. Nothing is down; acknowledge it as you would a real one."
# Written as a call's id must be, and as no provider writes one: theirs go on in hexadecimal digits.
DRILL_CALL = "CAdrill"
_ENDS_AFTER_ACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DrillResult:
    """How a drill went. A time that was never reached is None; ``acknowledged_by`` is a name, "" for nobody."""

    incident: int
    began_at: datetime
    over: bool
    paged: tuple[str, ...]
    first_page_after: timedelta | None
    delivered: bool
    acknowledged_by: str
    acknowledged_after: timedelta | None


def policy_for_one(engineer: str) -> EscalationPolicy:
    """A policy that pages this engineer (key) only, once."""
    return policy_for_practice(EscalationPolicy("drill", (EscalationStep((engineer,), GIVEN_UP_AFTER),)))


def policy_for_practice(policy: EscalationPolicy) -> EscalationPolicy:
    """The same steps; whoever has acknowledged is left alone, and the drill is over a moment later."""
    return replace(policy, acknowledge_timeout_for=_ENDS_AFTER_ACK, acknowledgements=1)


def as_drill(incident: Incident) -> Incident:
    """The same incident, for practice: no promise runs, and no customer is told."""
    return replace(
        incident,
        drill=True,
        policy=policy_for_practice(incident.policy),
        respond_by=None,
        customer="",
        company=DRILL_COMPANY,
        caller_name="",
        caller_number="",
        summary=DRILL_SUMMARY,
    )


def whom_it_pages_first(plan: DrillPlan, configuration: Configuration, now: datetime) -> tuple[Engineer, ...]:
    """Who would be paged at once if this drill began now; empty where nobody is on call.

    Of a call those are the engineers of the first step of which anybody is on call.
    """
    if not plan.call:
        key = plan.engineer or on_call(configuration.schedules[plan.schedule], now).engineer or ""
        engineer = configuration.engineers.get(key)
        return () if engineer is None else (engineer,)
    steps = configuration.policy_of(Priority.PRODUCTION_DOWN).steps
    found = (engineers_of(step, configuration, now) for step in steps)
    return tuple(paged.engineer for paged in next((each for each in found if each), ()))


def drill_is_over(incident: Incident, now: datetime) -> bool:
    """Whether somebody acknowledged, or it has gone on for long enough."""
    return incident.state is IncidentState.ACKNOWLEDGED or now >= incident.opened_at + GIVEN_UP_AFTER


def drill_ended(incident: Incident, now: datetime) -> Incident:
    """The drill, over; who acknowledged it stays in it."""
    return replace(incident, state=IncidentState.RESOLVED, resolution=Resolution.RESOLVED, resolved_at=now, due_at=None)


def turn_of_drill(turn: Turn) -> Turn:
    """The same turn without anything that operators would be told of; it ends in time."""
    incident, ends_at = turn.incident, turn.incident.opened_at + GIVEN_UP_AFTER
    due_at = incident.due_at if incident.due_at is None else min(incident.due_at, ends_at)
    return replace(turn, incident=replace(incident, due_at=due_at), alarms=())


def drill_result(incident: Incident, deliveries: Sequence[Delivery], names: Mapping[str, str]) -> DrillResult:
    """How it went; ``names`` are engineers' by key."""
    pages = [each for each in deliveries if each.kind is DeliveryKind.PAGE]
    sent = min((each.sent_at for each in pages if each.sent_at is not None), default=None)
    by = incident.acknowledged_by if incident.responded_at is not None else ""
    return DrillResult(
        incident=incident.number,
        began_at=incident.opened_at,
        over=not incident.open,
        paged=tuple(dict.fromkeys(names.get(each.recipient, each.recipient) for each in pages)),
        first_page_after=None if sent is None else sent - incident.opened_at,
        delivered=any(each.state is DeliveryState.DELIVERED for each in pages),
        acknowledged_by=names.get(by, by),
        acknowledged_after=None if incident.responded_at is None else incident.responded_at - incident.opened_at,
    )


def result_sentence(result: DrillResult) -> str:
    """How it went, in words: "Alice Martin acknowledged after 42 s"."""
    if result.acknowledged_after is not None:
        return f"{result.acknowledged_by} acknowledged after {seconds(result.acknowledged_after)} s"
    if not result.over:
        return "nobody has acknowledged yet"
    return "nobody acknowledged" if result.first_page_after is not None else "no page left"


def seconds(span: timedelta) -> str:
    """Seconds, with a digit after the point where they are few."""
    number = span.total_seconds()
    return f"{number:.1f}" if number < 10 else f"{number:.0f}"
