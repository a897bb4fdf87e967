"""One night at a hotline, as values to decide about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from oncall.core.configuration import Configuration
from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.hotline import Hotline
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType
from oncall.core.override import Override
from oncall.core.schedule import Schedule
from oncall.core.sla import Priority

NOW = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
ALICE = Engineer("alice", "Alice Martin", "+32470000001", "alice@example.com")
BOB = Engineer("bob", "Bob Peeters", "+32470000002")
DANA = Engineer("dana", "Dana Dubois", "+32470000004", "dana@example.com")


def always(name: str, engineer: str) -> Schedule:
    """A schedule in which this engineer is on call all year."""
    return Schedule(name, "UTC", (), (Override(engineer, NOW - 365 * 24 * 60 * MINUTE, NOW + 365 * 24 * 60 * MINUTE),))


def nobody(name: str) -> Schedule:
    """A schedule in which nobody is ever on call."""
    return Schedule(name, "UTC", (), ())


def policy(*steps: tuple[str, timedelta], repeat: int | None = None, key: str = "production-down") -> EscalationPolicy:
    """One step for each (names, wait)."""
    made = tuple(EscalationStep(tuple(names.split()), wait_for) for names, wait_for in steps)
    return EscalationPolicy(key, made, repeat)


TWO_STEPS = policy(("production", 5 * MINUTE), ("production backup", 10 * MINUTE))


def configured(*schedules: Schedule, policies: tuple[EscalationPolicy, ...] = (TWO_STEPS,)) -> Configuration:
    """Alice, Bob and Dana, and these schedules."""
    return Configuration(
        Hotline("Example Hosting", "+3225550199", policies[0].key, operators=("dana",)),
        {engineer.key: engineer for engineer in (ALICE, BOB, DANA)},
        {schedule.key: schedule for schedule in schedules},
        {one.key: one for one in policies},
    )


BOTH = configured(always("production", "alice"), always("backup", "bob"))


def an_incident(**changes: Any) -> Incident:
    """A triggered incident that is due now."""
    incident = Incident(
        number=1042,
        state=IncidentState.TRIGGERED,
        priority=Priority.PRODUCTION_DOWN,
        request_type=RequestType.PROBLEM,
        channel=IntakeChannel.PHONE,
        opened_at=NOW - MINUTE,
        policy=TWO_STEPS,
        token="token",
        due_at=NOW,
    )
    return replace(incident, **changes)


def a_delivery(**changes: Any) -> Delivery:
    """A call to Alice that waits to be sent."""
    delivery = Delivery(
        id="d1",
        kind=DeliveryKind.PAGE,
        purpose="page",
        incident=1042,
        recipient="alice",
        method=ContactMethod.CALL,
        address=ALICE.phone,
        created_at=NOW,
        due_at=NOW,
        details={"engineer": "Alice Martin"},
    )
    return replace(delivery, **changes)
