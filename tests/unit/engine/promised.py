"""A night at which promises are watched: how time passes, and who was told and paged."""

from datetime import UTC, datetime, timedelta

from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.incident import Incident, IntakeChannel
from oncall.core.sla import Priority
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import JANE, MINUTE, YAML, Night

HOUR = timedelta(hours=1)


DAY = timedelta(days=1)


MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a working hour


NIGHT_ENDS = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


TERMS = """
priorities:
  urgent: {respond_within: 1h, resolve_within: 4h}
"""


def ticking(night: Night, by: timedelta, step: timedelta = MINUTE) -> None:
    """Let the time pass, with a turn of the engine after each step."""
    until = night.clock.at + by
    while night.clock.at < until:
        night.clock.at = min(night.clock.at + step, until)
        night.turn()


def opened(night: Night, priority: Priority, at: datetime | None = None) -> int:
    night.clock.at = at or night.clock.at
    incident = night.runtime.intake.open_by_hand(
        summary="a question", by="Erik", channel=IntakeChannel.OPERATOR, customer="acme", priority=priority
    )
    night.turn()
    return incident.number


def told(night: Night) -> list[tuple[str, str]]:
    """Who was told quietly of what, in order."""
    with night.database.read() as uow:
        found = [uow.deliveries.get(message.delivery_id) for message in (*night.texts.sent, *night.mails.sent)]
    quiet = [one for one in found if one is not None and one.details.get("about") == "promise"]
    return [(one.recipient, one.details["text"]) for one in sorted(quiet, key=lambda one: one.created_at)]


def pages(night: Night, number: int) -> list[Delivery]:
    with night.database.read() as uow:
        return [one for one in uow.deliveries.of(number) if one.kind is DeliveryKind.PAGE]


def whole_team_paged_at(night: Night, number: int) -> list[tuple[str, datetime]]:
    found = {(one.recipient, one.created_at) for one in pages(night, number) if "whole team" in one.details["why"]}
    return sorted(found, key=lambda each: (each[1], each[0]))


def texts_of(night: Night, number: int) -> list[str]:
    with night.database.read() as uow:
        return [entry.text for entry in uow.timeline.of(number)]


def always_urgent(database: SqlDatabase, promised: str = "1h") -> Night:
    return Night(database, yaml=YAML + f"priorities: {{urgent: {{respond_within: {promised}, clock: always}}}}")


def read_in_the_morning(night: Night) -> list[str]:
    """What was texted to engineers, and mailed, once the night was over."""
    ticking(night, NIGHT_ENDS - night.clock.at, 15 * MINUTE)
    night.turn()
    return [message.text for message in (*night.texts.sent, *night.mails.sent) if message.to != JANE]


def change(night: Night, number: int, priority: Priority, by: str = "alice") -> Incident:
    night.runtime.prioritising.change(number, priority=priority, by=by, via="dashboard")
    night.turn()
    return night.incident(number)
