"""GitHub, put together: what listens to it, what tells it, and what looks for webhooks that got lost."""

from collections.abc import Mapping
from dataclasses import dataclass

from oncall.core.github import GITHUB
from oncall.engine.github_actions import ActionsHeard, GitHubActions, GitHubActionSending
from oncall.engine.github_events import GitHubEvents
from oncall.engine.github_follower import GitHubFollower
from oncall.engine.github_people import GitHubPeople
from oncall.engine.github_sending import GitHubSending
from oncall.engine.github_sweep import GitHubSweep
from oncall.engine.github_wrong_channel import WrongChannel
from oncall.engine.inbound import Handler, Inbound
from oncall.engine.intake import Intake
from oncall.engine.operators import Operators
from oncall.engine.partners import Partners
from oncall.engine.postmortems import Postmortems
from oncall.engine.prioritising import Prioritising
from oncall.engine.respond import Respond
from oncall.ports import Environment, GitHub, PartnerSender


@dataclass(frozen=True, slots=True)
class GitHubConnection:
    """``github`` is None where there is no token: then webhooks are heeded, and nothing is told or looked for."""

    env: Environment
    github: GitHub | None

    def followers(self) -> tuple[GitHubFollower, ...]:
        """Who is told of every event of an incident."""
        return (GitHubFollower(self.env),) if self.github is not None else ()

    def senders(self, postmortems: Postmortems) -> Mapping[str, PartnerSender]:
        """The way there."""
        if self.github is None:
            return {}
        others = GitHubSending(self.env, self.github)
        return {GITHUB: GitHubActionSending(self.env, self.github, postmortems, others)}

    def action_issues(self) -> GitHubActions | None:
        """Where actions of post-mortems live; None where nothing opens GitHub."""
        return GitHubActions(self.env) if self.github is not None else None

    def people(self, respond: Respond) -> GitHubPeople:
        """Who is who there."""
        return GitHubPeople(self.env, respond)

    def handler(
        self,
        intake: Intake,
        respond: Respond,
        partners: Partners,
        operators: Operators,
        people: GitHubPeople,
        prioritising: Prioritising,
        postmortems: Postmortems,
    ) -> Handler:
        """What does what people do there."""
        follower = next(iter(self.followers()), None)
        wrong_channel = WrongChannel(self.env, operators, follower)
        return GitHubEvents(
            self.env,
            intake,
            respond,
            partners,
            people=people,
            follower=follower,
            wrong_channel=wrong_channel,
            prioritising=prioritising,
            actions=ActionsHeard(self.env, postmortems, people),
        ).handle

    def sweep(
        self, inbound: Inbound, people: GitHubPeople, operators: Operators, postmortems: Postmortems
    ) -> GitHubSweep | None:
        """What looks for webhooks that got lost; None where nothing opens GitHub."""
        if self.github is None:
            return None
        actions = ActionsHeard(self.env, postmortems, people)
        return GitHubSweep(self.env, self.github, inbound, people, operators, actions)
