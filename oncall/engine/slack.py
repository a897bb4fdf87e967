"""Everything that the engine does about Slack, put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from oncall.engine.inbound import Handler
from oncall.engine.intake import Intake
from oncall.engine.operators import Operators
from oncall.engine.partners import Follower, Partners
from oncall.engine.prioritising import Prioritising
from oncall.engine.respond import Respond
from oncall.engine.slack_desk import SlackDesk
from oncall.engine.slack_duty import SlackDuty
from oncall.engine.slack_follower import SlackFollower
from oncall.engine.slack_outbox import SLACK, SLACK_JOINED, SlackOutbox
from oncall.engine.slack_sending import SlackSending
from oncall.ports import Environment, PartnerSender, SlackApi


@dataclass(frozen=True, slots=True)
class Slack:
    """``followers`` hear of every incident. They and ``senders`` are empty where Slack is not connected.

    Where it is not, nothing is read or written down for it.
    """

    env: Environment
    outbox: SlackOutbox
    followers: Sequence[Follower]
    senders: Mapping[str, PartnerSender]
    operators: Operators

    def handler(self, intake: Intake, respond: Respond, partners: Partners, prioritising: Prioritising) -> Handler:
        """What works on what came in."""
        desk = SlackDesk(self.env, intake, respond, partners, self.operators, self.outbox, prioritising)
        return desk.handle

    def chores(self) -> Sequence[Callable[[], None]]:
        """What says who is on call."""
        return [SlackDuty(self.env, self.outbox).look] if self.senders else []


def build_slack(env: Environment, api: SlackApi | None, operators: Operators) -> Slack:
    """Without ``api`` nothing is said there."""
    outbox = SlackOutbox(env, connected=api is not None)
    if api is None:
        return Slack(env, outbox, [], {}, operators)
    sender = SlackSending(env, api, operators, outbox)
    return Slack(env, outbox, [SlackFollower(env, outbox)], {SLACK: sender, SLACK_JOINED: sender}, operators)
