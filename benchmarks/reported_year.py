"""A database with a year of incidents that were paged, answered and resolved, as reports find them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import create_engine, insert

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.incident import (
    Incident,
    IncidentState,
    IntakeChannel,
    RequestType,
    Resolution,
    TimelineEntry,
    TimelineKind,
)
from oncall.core.sla import Priority
from oncall.store.table_parts import writer
from oncall.store.tables import FIRST_INCIDENT, deliveries, incidents, timeline

BATCH = 2000
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
ENGINEERS = ("alice", "bob", "carol", "dana", "erik")
CUSTOMERS = ("acme", "", "globex", "initech")
_POLICY = EscalationPolicy(
    "production-down",
    (
        EscalationStep(("production",), timedelta(minutes=5)),
        EscalationStep(("production", "backup"), timedelta(minutes=5)),
    ),
)
_incident, _page, _entry = writer(Incident), writer(Delivery), writer(TimelineEntry)
_Rows = list[dict[str, Any]]


def fill(database_url: str, how_many: int, *, customer: str = "") -> None:
    """Put so many into a migrated database, evenly over 2025: some pages were missed, some promises, a few are open.

    ``customer``: all are this one's; otherwise they are several customers'.
    """
    engine = create_engine(database_url)
    dice = Random(how_many)
    with engine.begin() as connection:
        for start in range(0, how_many, BATCH):
            rows: tuple[_Rows, _Rows, _Rows] = ([], [], [])
            for serial in range(start, min(start + BATCH, how_many)):
                _one(rows, serial, SINCE + YEAR * (serial / how_many), dice, customer)
            for table, found in zip((incidents, deliveries, timeline), rows, strict=True):
                connection.execute(insert(table), found)
    engine.dispose()


def _one(rows: tuple[_Rows, _Rows, _Rows], serial: int, opened_at: datetime, dice: Random, customer: str) -> None:
    number = FIRST_INCIDENT + serial
    turns = 1 + (dice.random() < 0.2)
    responded_at = opened_at + timedelta(minutes=5) * (turns - 1) + timedelta(seconds=dice.expovariate(1 / 240))
    is_open = serial % 500 == 0
    resolved_at = None if is_open else responded_at + timedelta(minutes=dice.expovariate(1 / 90))
    rows[0].append(
        _incident(
            Incident(
                number=number,
                state=IncidentState.ACKNOWLEDGED if is_open else IncidentState.RESOLVED,
                priority=dice.choice(tuple(Priority)),
                request_type=dice.choice(tuple(RequestType)),
                channel=IntakeChannel.PHONE,
                opened_at=opened_at,
                policy=_POLICY,
                token=f"token-{serial}",
                due_at=None if resolved_at else datetime(2100, 1, 1, tzinfo=UTC),
                respond_by=opened_at + timedelta(minutes=15),
                customer=customer or dice.choice(CUSTOMERS),
                company="ACME Shop",
                caller_name="Jane Doe",
                caller_number=f"+3248{serial:07d}",
                summary="The shop answers with errors, and customers cannot pay",
                responded_at=responded_at,
                acknowledged_at=responded_at,
                acknowledged_by=ENGINEERS[(serial + turns) % len(ENGINEERS)],
                resolved_at=resolved_at,
                resolution=Resolution.RESOLVED if resolved_at else None,
            )
        )
    )
    for turn in range(turns):
        rows[1].extend(_pages(serial, number, turn, opened_at + timedelta(minutes=5) * turn))
    rows[2].extend(
        {"incident": number, **_entry(TimelineEntry(at, kind, "said"))}
        for at, kind in (
            (opened_at, TimelineKind.OPENED),
            (opened_at, TimelineKind.PAGE),
            (responded_at, TimelineKind.ACKNOWLEDGED),
        )
    )


def _pages(serial: int, number: int, turn: int, at: datetime) -> Iterator[dict[str, Any]]:
    for position, method in enumerate((ContactMethod.SMS, ContactMethod.CALL)):
        page = Delivery(
            id=f"{number}-{turn}-{position}",
            kind=DeliveryKind.PAGE,
            purpose="page",
            incident=number,
            recipient=ENGINEERS[(serial + turn) % len(ENGINEERS)],
            method=method,
            address="+32470000001",
            created_at=at,
            due_at=at,
            chain=f"{number}-{turn}",
            position=position,
            state=DeliveryState.DELIVERED,
            sent_at=at,
            finished_at=at,
        )
        yield {**_page(page), "rank": 0, "work": None, "ready_at": None}
