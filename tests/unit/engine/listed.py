"""A night at which calls and texts stand in the provider's own lists, and time passes."""

from datetime import datetime, timedelta

from oncall.core.incident import Incident
from oncall.ports import LoggedCall, LoggedText
from tests.unit.engine.hotline import HOTLINE, JANE, SECOND, YAML, Night

HOUR = timedelta(hours=1)


def a_call(at: datetime, sid: str = "CAlost", number: str = JANE, status: str = "completed") -> LoggedCall:
    return LoggedCall(sid, number, HOTLINE, status, at)


def back_after(night: Night, outage: timedelta) -> None:
    """The engine looked once, was gone for so long, and looks again."""
    night.turn()
    night.clock.at += outage
    night.turn()
    night.turn()


def minutes_pass(night: Night, minutes: int) -> None:
    """The engine wakes at least once a minute."""
    for _ in range(minutes):
        night.later(61 * SECOND)
        night.turn()


def incidents(night: Night) -> list[Incident]:
    with night.database.read() as uow:
        return uow.incidents.listing(include_resolved=True, limit=100)


def a_text(body: str, at: datetime, number: str = JANE, sid: str = "SMlost") -> LoggedText:
    return LoggedText(sid, number, body, at)


PATIENT = YAML.replace("escalation_policy: production-down", "escalation_policy: production-down\n  page_after: 5m", 1)
