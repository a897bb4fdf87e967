"""A night with Slack: what people do there goes in as its webhooks do, and what it was told is looked at."""

import json
from urllib.parse import parse_qsl

from oncall.bootstrap import Runtime
from oncall.channels.slack import SlackChannel
from oncall.core.engineer import ContactMethod
from oncall.core.inbound import InboundEvent, Platform
from oncall.core.incident import Incident
from oncall.core.partner_event import PartnerEvent
from oncall.core.slack import Form, read
from oncall.engine.partner_sending import WEBHOOK
from oncall.ports import Channel, Environment
from oncall.sim.slack import FakeSlack, Shown
from oncall.sim.slack_people import SlackPeople
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import YAML, CountingIds, Night, NoChance
from tests.unit.engine.partners import Listener

ACME, TEAM, ELSEWHERE = "C0123ACME", "C0TEAM", "C0OTHER"
JANE_THERE, ALICE_THERE, BOB_THERE = "U0JANE", "U0ALICE", "U0BOB"
WITH_SLACK = (
    YAML.replace("  operators: [dana]\n", f"  operators: [dana]\n  slack: {TEAM}\n")
    .replace('phone: "+32470000001"}', f'phone: "+32470000001", slack: {ALICE_THERE}}}')
    .replace('phone: "+32470000002"}', f'phone: "+32470000002", slack: {BOB_THERE}}}')
    .replace("    name: ACME Shop\n", f"    name: ACME Shop\n    slack: {ACME}\n")
)


class SlackNight(Night):
    """The hotline, connected to Slack."""

    def __init__(self, database: SqlDatabase, *, yaml: str = WITH_SLACK, prefix: str = "a") -> None:
        self.there = FakeSlack(channels={ACME, TEAM}, foreign={ELSEWHERE})
        self.there.users |= {ALICE_THERE, BOB_THERE, JANE_THERE}
        self.people = SlackPeople()
        self.webhooks = Listener()
        super().__init__(database, yaml=yaml, prefix=prefix, partners={WEBHOOK: self.webhooks}, slack=self.there)

    def _built(self, channels: dict[ContactMethod, Channel], prefix: str) -> Runtime:
        by_slack = SlackChannel(self.there, clock=self.clock, rng=NoChance())
        return super()._built({**channels, ContactMethod.SLACK: by_slack}, prefix)

    def post(self, body: bytes, *, turn: bool = True) -> str:
        """A webhook; what whoever did it reads at once."""
        if body.startswith(b"{"):
            form, text = Form.EVENT, body.decode()
        else:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
            form = Form.INTERACTION if "payload" in fields else Form.COMMAND
            text = fields.get("payload") or json.dumps(fields)
        answer = self.runtime.slack.received(form, json.loads(text), text)
        said = read(form, json.loads(text))
        self.last_name = said.id if said else ""
        if turn:
            self.turn()
        return answer

    def reported(self, text: str = "@help the shop shows error 500") -> tuple[Incident, str]:
        """Jane asks for help in her channel: the incident, and the ts of her message."""
        ts = self.people.ts()
        self.post(self.people.says(JANE_THERE, ACME, text, ts=ts))
        return self.newest(), ts

    def environment(self) -> Environment:
        """What a part of the engine is given."""
        return Environment(
            self.clock, CountingIds("c"), NoChance(), self.database, self.runtime.configuration, "https://h.example"
        )

    def claimed(self) -> list[PartnerEvent]:
        """What Slack is to be told now, taken from the engine."""
        with self.database.begin() as uow:
            return uow.partner_events.claim_due("slack", self.clock.now(), again_at=self.clock.now(), limit=10)

    def newest(self) -> Incident:
        with self.database.read() as uow:
            return uow.incidents.listing(include_resolved=True, limit=1)[0]

    def count(self) -> int:
        with self.database.read() as uow:
            return len(uow.incidents.listing(include_resolved=True, limit=100))

    def kept(self) -> InboundEvent:
        """The last webhook, as it was kept."""
        with self.database.read() as uow:
            found = uow.inbound_events.get(f"{Platform.SLACK}:{self.last_name}")
        assert found is not None
        return found

    def message(self, channel: str, thread: str = "") -> Shown:
        """Our message that shows the incident: in the customer's thread, or the newest in the team's channel."""
        found = self.there.in_thread(channel, thread) if thread else self.there.in_channel(channel)
        return next(each for each in reversed(found) if each.blocks and each.blocks[0]["type"] == "header")

    def thread(self, channel: str, thread: str) -> str:
        """All that we wrote in a thread, but for the message that shows the incident."""
        here = [each for each in self.there.in_thread(channel, thread) if each.blocks[0]["type"] != "header"]
        return "\n".join(each.words for each in here)
