"""A matter lives in Slack: whoever reported it and how, it is seen, taken and resolved there, by phone and by text."""

import pytest

from oncall.core.incident import IncidentState
from oncall.core.slack_blocks import Action
from oncall.sim.in_process import ask
from oncall.sim.people import Deed
from oncall.sim.slack import FakeSlack, Shown, signed_headers
from oncall.sim.slack_people import SlackPeople
from oncall.sim.world_schedules import ALICE, BOB, WEEKLY
from tests.acceptance.cast import Stage

ACME, TEAM = "C0123ACME", "C0TEAM"
JANE_THERE, ALICE_THERE, BOB_THERE = "U0JANE", "U0ALICE", "U0BOB"


def with_slack() -> dict[str, str]:
    changes = {
        "  operators: [dana]\n": f"  operators: [dana]\n  slack: {TEAM}\n",
        '"+32470000001"}': f'"+32470000001", slack: {ALICE_THERE}}}',
        '"+32470000002"}': f'"+32470000002", slack: {BOB_THERE}}}',
        "    name: ACME Shop\n": f"    name: ACME Shop\n    slack: {ACME}\n",
    }
    files = dict(WEEKLY)
    for name, text in files.items():
        for before, after in changes.items():
            text = text.replace(before, after)
        files[name] = text
    return files


class SlackStage(Stage):
    """A stage on which everybody is in Slack too."""

    def __init__(self) -> None:
        self.slack, self.people = FakeSlack(channels={ACME, TEAM}), SlackPeople()
        super().__init__(files=with_slack(), slack=self.slack)

    def happens(self, body: bytes) -> None:
        """Slack tells us of it; a moment passes."""
        at = str(int(self.world.now.timestamp()))
        answer = ask(
            self.world.web.app, "POST", f"{self.world.public_url}/webhooks/slack", signed_headers(body, at), body
        )
        assert answer.status == 200
        for user, number in ((ALICE_THERE, ALICE), (BOB_THERE, BOB)):
            if user.encode() in body:
                self.world.invariants.did(Deed(self.world.now, number, "slack", "wrote or clicked", ""))
        self.world.run_for(5)

    def message(self, channel: str) -> Shown:
        """Our newest message in this channel that shows an incident."""
        shown = (each for each in reversed(self.slack.shown) if each.channel == channel and each.blocks)
        return next(each for each in shown if each.blocks[0]["type"] == "header")

    def read(self, channel: str) -> str:
        """All that stands in a channel by us, in threads too."""
        return "\n".join(each.words for each in self.slack.shown if each.channel == channel)


@pytest.fixture
def there() -> SlackStage:
    return SlackStage()


def test_a_problem_that_comes_by_phone_is_taken_in_slack_and_the_customer_hears_by_text(there: SlackStage) -> None:
    jane, alice = there.jane, there.alice
    jane.dials()
    jane.explains()
    alice.phone.rings()
    there.world.run_for(5)
    there.happens(there.people.clicks(ALICE_THERE, there.message(TEAM), Action.ACKNOWLEDGE))
    jane.gets_sms("Alice Martin")
    alice.phone.stays_silent(for_seconds=20 * 60)
    root = there.message(TEAM).ts
    there.happens(there.people.says(ALICE_THERE, TEAM, "update: we restart the database", thread=root))
    jane.gets_sms("we restart the database")
    alice.texts("RESOLVE 1001 it was the disk")
    there.world.run_for(5)
    assert "resolved" in there.message(TEAM).words
    assert "it was the disk" in there.read(TEAM)


def test_a_customer_asks_in_slack_and_reads_there_what_engineers_say_by_phone_and_text(there: SlackStage) -> None:
    ts = there.people.ts()
    there.happens(there.people.says(JANE_THERE, ACME, "@help the shop is slow", ts=ts))
    assert "nobody has it yet" in there.message(ACME).words
    there.alice.texts("ACK 1001")
    there.world.run_for(5)
    assert "Alice Martin has it." in there.read(ACME)
    there.alice.texts("UPDATE 1001 we look at the disk")
    there.world.run_for(5)
    assert "we look at the disk" in there.read(ACME)
    there.happens(there.people.says(JANE_THERE, ACME, "it is worse now", thread=ts))
    assert "it is worse now" in there.facts()
    assert "it is worse now" in there.read(TEAM)
    there.happens(there.people.says(BOB_THERE, ACME, "resolve: a disk was full", thread=ts))
    assert there.incident().state is IncidentState.RESOLVED
    assert "a disk was full" in there.read(ACME)


def test_what_one_engineer_has_another_takes_over_with_a_click_and_nobody_is_paged(there: SlackStage) -> None:
    there.jane.dials()
    there.jane.explains()
    there.pages_and_one_acknowledges(there.alice)
    there.world.run_for(5)
    there.happens(there.people.clicks(BOB_THERE, there.message(TEAM), Action.TAKE))
    there.jane.gets_sms("Bob Peeters")
    assert there.incident().acknowledged_by == "bob"
    there.bob.phone.stays_silent(for_seconds=20 * 60)


def test_while_slack_is_away_the_phone_rings_as_ever(there: SlackStage) -> None:
    there.slack.away = lambda: True
    there.jane.dials()
    there.jane.explains()
    there.pages_and_one_acknowledges(there.alice)
    there.jane.gets_sms("Alice Martin")
    assert there.slack.shown == []
    there.slack.away = lambda: False
    there.world.run_for(400)
    assert "Alice Martin has it" in there.message(TEAM).words
