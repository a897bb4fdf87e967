"""A stage on which the customer and the team are in Slack and at GitHub too, as they are in life."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from oncall.bootstrap import Runtime
from oncall.sim.github import FakeGitHub, Webhook
from oncall.sim.github_api import without_network
from oncall.sim.in_process import HttpAnswer, ask
from oncall.sim.people import Deed
from oncall.sim.slack import FakeSlack, Shown, signed_headers
from oncall.sim.slack_people import SlackPeople
from oncall.sim.world import World
from oncall.sim.world_schedules import ALICE, BOB, WEEKLY
from tests.acceptance.cast import Stage

ACME, TEAM = "C0123ACME", "C0TEAM"
JANE_IN_SLACK, ALICE_IN_SLACK, BOB_IN_SLACK = "U0JANE", "U0ALICE", "U0BOB"
REPOSITORY = "acme/platform"
JANE_AT_GITHUB, ALICE_AT_GITHUB, BOB_AT_GITHUB = "jane-doe", "alice-m", "bobp"
_NUMBERS = {ALICE_IN_SLACK: ALICE, BOB_IN_SLACK: BOB, ALICE_AT_GITHUB: ALICE, BOB_AT_GITHUB: BOB}


def everywhere(*more: str) -> dict[str, str]:
    """The week's schedules with everybody's places; ``more`` are files of their own."""
    changes = {
        "  operators: [dana]\n": f"  operators: [dana]\n  slack: {TEAM}\n",
        '"+32470000001"}': f'"+32470000001", slack: {ALICE_IN_SLACK}, github: {ALICE_AT_GITHUB}}}',
        '"+32470000002"}': f'"+32470000002", slack: {BOB_IN_SLACK}, github: {BOB_AT_GITHUB}}}',
        "    name: ACME Shop\n": f"    name: ACME Shop\n    slack: {ACME}\n    github: {REPOSITORY}\n",
    }
    files = dict(WEEKLY)
    for name, text in files.items():
        for before, after in changes.items():
            text = text.replace(before, after)
        files[name] = text
    return files | {f"more-{place}.yaml": text for place, text in enumerate(more)}


class _ClockOf:
    """The clock of a world that is made later."""

    world: World

    def now(self) -> datetime:
        return self.world.now

    def sleep(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)


class Everywhere(Stage):
    """What happens at GitHub reaches us as it happens; what somebody does in Slack a test lets happen."""

    def __init__(self, *more: str, starts_at: datetime | None = None) -> None:
        self.slack, self.in_slack = FakeSlack(channels={ACME, TEAM}), SlackPeople()
        clock = _ClockOf()
        self.github = FakeGitHub(lambda: clock.world.now)
        self.repository = self.github.add_repository(REPOSITORY)
        self.github_hears_back: list[Webhook] = []
        when = {"starts_at": starts_at} if starts_at else {}
        # The world asks GitHub for nothing before its first engine turns.
        api = without_network(self.github, clock)
        super().__init__(files=everywhere(*more), slack=self.slack, github=api, **when)
        clock.world = self.world
        self.passes(5)

    @property
    def runtime(self) -> Runtime:
        """The service as its engine has it."""
        runtime = self.world.engines[0].runtime
        assert runtime is not None
        return runtime

    def passes(self, seconds: float) -> None:
        """Time, in which what happens at GitHub reaches us after a second."""
        until = self.world.now + timedelta(seconds=seconds)
        while self.world.now < until:
            left = (until - self.world.now).total_seconds()
            if self.world.run_until(lambda: bool(self.github.outgoing), within_seconds=left):
                self.world.run_for(min(left, 1.0))
                self.reaches_us(self.github.deliveries())

    def reaches_us(self, webhooks: Iterable[Webhook]) -> None:
        """GitHub's webhooks come in, in this order."""
        for each in webhooks:
            answer = self.asks("POST", "/webhooks/github", each.headers, each.body)
            assert answer.status == 202, answer
            self.github_hears_back.append(each)

    def at_github(self, who: str) -> None:
        """This engineer is a human being, and has just done something there."""
        self._did(who, "github")

    def happens_in_slack(self, body: bytes) -> None:
        """Slack tells us of it; a moment passes."""
        at = str(int(self.world.now.timestamp()))
        for user in (ALICE_IN_SLACK, BOB_IN_SLACK):
            if user.encode() in body:
                self._did(user, "slack")
        answer = self.asks("POST", "/webhooks/slack", signed_headers(body, at), body)
        assert answer.status == 200
        self.passes(5)

    def asks(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> HttpAnswer:
        """Somebody asks our web for something."""
        return ask(self.world.web.app, method, self.world.public_url + path, headers or {}, body)

    def message(self, channel: str) -> Shown:
        """Our newest message in this channel that shows an incident."""
        shown = (each for each in reversed(self.slack.shown) if each.channel == channel and each.blocks)
        return next(each for each in shown if each.blocks[0]["type"] == "header")

    def read(self, channel: str) -> str:
        """All that stands in a channel by us, in threads too."""
        return "\n".join(each.words for each in self.slack.shown if each.channel == channel)

    def below_the_issue(self, number: int = 1) -> str:
        """All comments of an issue."""
        return "\n\n".join(self.github.texts_on(REPOSITORY, number))

    def _did(self, who: str, where: str) -> None:
        self.world.invariants.did(Deed(self.world.now, _NUMBERS[who], where, "wrote or clicked", ""))
