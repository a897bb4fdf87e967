"""Telling engineers that an override has moved a shift of theirs: one text or email, which wakes nobody by ringing."""

from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.delivery import Delivery, DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.moved_shift import MovedShift
from oncall.core.override_wording import day_and_time, moved_text
from oncall.core.page import OPERATOR
from oncall.engine.overrides import OverrideChange
from oncall.ports import Environment, UnitOfWork


class MovedShifts:
    """``tell`` enqueues in the transaction of the change. Whoever made the change knows, and is not told."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def tell(self, uow: UnitOfWork, change: OverrideChange, now: datetime) -> None:
        """Tell everybody whose time on call has grown or shrunk."""
        configuration = self._env.configuration.published()
        concerned = {key for moved in change.moved for key in (moved.was, moved.is_now) if key}
        for key in sorted(concerned - {change.doer.engineer}):
            if key in configuration.engineers:
                engineer = configuration.engineers[key]
                uow.deliveries.add([self._delivery(engineer, _text(engineer, change, configuration), now)])

    def _delivery(self, engineer: Engineer, text: str, now: datetime) -> Delivery:
        method = self._method(engineer)
        return Delivery(
            id=self._env.ids.new(),
            kind=DeliveryKind.OPERATOR,
            purpose=OPERATOR,
            incident=None,
            recipient=engineer.key,
            method=method,
            address=engineer.address(method),
            created_at=now,
            due_at=now,
            chain=self._env.ids.new(),
            urgency=Urgency.NOTICE,
            details={"subject": "Shift moved", "text": text, "engineer": engineer.name},
        )

    def _method(self, engineer: Engineer) -> ContactMethod:
        """The first of their own rules that does not ring; a text for who has none."""
        quiet = {ContactMethod.SMS, *([ContactMethod.EMAIL] if self._env.email_connected and engineer.email else [])}
        return next((rule.by for rule in engineer.notify if rule.by in quiet), ContactMethod.SMS)


def _text(engineer: Engineer, change: OverrideChange, configuration: Configuration) -> str:
    names = {key: each.name for key, each in configuration.engineers.items()}
    zone = engineer.timezone or configuration.schedules[change.override.schedule].timezone
    spans = [
        _span(engineer.key, moved, names, zone) for moved in change.moved if engineer.key in (moved.was, moved.is_now)
    ]
    taken_back = "override removed" if change.removed else "override"
    reason = f": {change.override.reason}" if change.override.reason else ""
    return moved_text(spans, cause=f"{taken_back} by {change.doer.name} by {change.doer.channel}{reason}")


def _span(key: str, moved: MovedShift, names: dict[str, str], zone: str) -> tuple[bool, str, str, str]:
    gained = moved.is_now == key
    other = moved.was if gained else moved.is_now
    span = f"{day_and_time(moved.starts_at, zone)} - {day_and_time(moved.ends_at, zone)}"
    return gained, moved.schedule, span, names.get(other or "", other or "")
