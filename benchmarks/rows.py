"""Databases full of open incidents of which none is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, insert

from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType
from oncall.core.sla import Priority
from oncall.store.table_parts import writer
from oncall.store.tables import incidents

BATCH = 5000
OPENED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DUE_AT = datetime(2100, 1, 1, tzinfo=UTC)
_POLICY = EscalationPolicy("production-down", (EscalationStep(("production",), timedelta(hours=1)),))
_row = writer(Incident, without=("number",))


def open_many(database_url: str, how_many: int) -> None:
    """Put so many open incidents into a migrated database: half acknowledged, half waiting for their next step."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for start in range(0, how_many, BATCH):
            numbers = range(start, min(start + BATCH, how_many))
            connection.execute(insert(incidents), [_row(_incident(number)) for number in numbers])
    engine.dispose()


def _incident(serial: int) -> Incident:
    acknowledged = serial % 2 == 0
    return Incident(
        number=0,
        state=IncidentState.ACKNOWLEDGED if acknowledged else IncidentState.TRIGGERED,
        priority=Priority.PRODUCTION_DOWN,
        request_type=RequestType.PROBLEM,
        channel=IntakeChannel.PHONE,
        opened_at=OPENED_AT,
        policy=_POLICY,
        token=f"token-{serial}",
        due_at=DUE_AT + timedelta(seconds=serial % 3600),
        caller_number=f"+3248{serial:07d}",
        language="en-GB",
        acknowledged_at=OPENED_AT if acknowledged else None,
        acknowledged_by="alice" if acknowledged else "",
        step=1,
        paged_at=OPENED_AT,
    )


def open_unpaged(database_url: str, how_many: int) -> None:
    """Put so many incidents into a migrated database that are all to be paged now."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for start in range(0, how_many, BATCH):
            numbers = range(start, min(start + BATCH, how_many))
            connection.execute(insert(incidents), [_row(_unpaged(number)) for number in numbers])
    engine.dispose()


def _unpaged(serial: int) -> Incident:
    return replace(
        _incident(serial),
        state=IncidentState.TRIGGERED,
        due_at=OPENED_AT + timedelta(milliseconds=serial),
        opened_at=OPENED_AT + timedelta(milliseconds=serial),
        acknowledged_at=None,
        acknowledged_by="",
        step=0,
        paged_at=None,
    )
