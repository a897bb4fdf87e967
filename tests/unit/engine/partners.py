"""A night with partners: who hears of incidents, and what they took."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from oncall.core.partner_event import PartnerEvent
from oncall.engine.partner_sending import WEBHOOK
from oncall.ports import PartnerSender, PartnerUsers
from oncall.sim.pagerduty import FakePagerDuty
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import YAML, Night

OPS = """
webhooks:
  ops: {url: "https://ops.example/hook"}
  page: {url: "https://status.example/s3cr3t", events: [incident.opened, incident.resolved], include_caller: true}
"""
HOUR = timedelta(hours=1)


@dataclass
class Listener:
    """Takes webhooks, and raises what it is told to, by partner."""

    took: list[PartnerEvent] = field(default_factory=list)
    tried: list[tuple[PartnerEvent, str]] = field(default_factory=list)
    raises: dict[str, Exception] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None

    def send(self, event: PartnerEvent, url: str) -> None:
        self.before()
        self.tried.append((event, url))
        if event.partner in self.raises:
            raise self.raises[event.partner]
        self.took.append(event)

    def heard(self, partner: str = "webhook:ops") -> list[str]:
        return [event.type for event in self.took if event.partner == partner]


class Connected(Night):
    """A night with webhooks and PagerDuty."""

    def __init__(
        self, database: SqlDatabase, *, yaml: str = YAML + OPS, users: PartnerUsers | None = None, prefix: str = "a"
    ) -> None:
        self.listener, self.pagerduty = Listener(), FakePagerDuty()
        partners: dict[str, PartnerSender] = {WEBHOOK: self.listener, "pagerduty": self.pagerduty}
        super().__init__(database, yaml=yaml, partners=partners, users=users, prefix=prefix)

    def told(self, number: int) -> list[PartnerEvent]:
        with self.database.read() as uow:
            return uow.partner_events.of(number)

    def pagerduty_heard(self) -> list[tuple[str, str]]:
        return [(each["event_action"], each["dedup_key"]) for each in self.pagerduty.taken]
