"""Rows to test with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from oncall.core.call import Call, Recording, RecordingPart
from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.store import SqlDatabase

NOW = datetime(2026, 11, 23, 3, 12, 5, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
POLICY = EscalationPolicy(
    "production-down",
    (EscalationStep(("production",), 5 * MINUTE), EscalationStep(("production", "dana"), timedelta(seconds=90.5))),
    repeat=3,
)
_serial = count(1)


def an_incident(**changes: Any) -> Incident:
    incident = Incident(
        number=0,
        state=IncidentState.TRIGGERED,
        priority=Priority.PRODUCTION_DOWN,
        request_type=RequestType.PROBLEM,
        channel=IntakeChannel.PHONE,
        opened_at=NOW,
        policy=POLICY,
        token=f"token{next(_serial)}",
        due_at=NOW + MINUTE,
    )
    return replace(incident, **changes)


def opened(database: SqlDatabase, **changes: Any) -> Incident:
    with database.begin() as work:
        return work.incidents.open(an_incident(**changes))


def a_page(incident: int | None, **changes: Any) -> Delivery:
    page = Delivery(
        id=f"d{next(_serial)}",
        kind=DeliveryKind.PAGE,
        purpose="page",
        incident=incident,
        recipient="alice",
        method=ContactMethod.CALL,
        address="+32470000001",
        created_at=NOW,
        due_at=NOW,
    )
    return replace(page, **changes)


def queued(database: SqlDatabase, *deliveries: Delivery) -> None:
    with database.begin() as work:
        work.deliveries.add(deliveries)


def claim(database: SqlDatabase, now: datetime = NOW, worker: str = "w1", limit: int = 10) -> list[Delivery]:
    with database.begin() as work:
        return work.deliveries.claim_due(now, worker=worker, lease_until=now + 15 * SECOND, limit=limit)


def claim_cancellations(database: SqlDatabase, now: datetime = NOW) -> list[Delivery]:
    with database.begin() as work:
        return work.deliveries.claim_cancellations(now, worker="w1", lease_until=now + 15 * SECOND, limit=10)


def a_call(incident: int, sid: str = "CA1", **changes: Any) -> Call:
    return replace(Call(sid, incident, "+3225550100", "+3225550199", NOW), **changes)


def a_recording(incident: int, sid: str = "RE1", **changes: Any) -> Recording:
    return replace(Recording(sid, "CA1", incident, RecordingPart.PROBLEM, NOW, fetch_at=NOW), **changes)
