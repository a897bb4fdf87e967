"""A night at which a customer's repository is connected: what happens there reaches us when a test lets it."""

import json
from collections.abc import Iterable
from datetime import timedelta

from oncall.bootstrap import Fakes, Runtime, build
from oncall.core.engineer import ContactMethod
from oncall.core.github import action_of, subject_of
from oncall.core.inbound import Link, Platform
from oncall.core.incident import Incident
from oncall.engine.workers import Inline
from oncall.ports import Channel
from oncall.settings import load_settings
from oncall.sim.github import OUR_LOGIN, FakeGitHub, RefusedError, Webhook
from oncall.sim.github_api import without_network
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import YAML, CountingIds, Night, NoChance

REPO = "acme/platform"
OCTOCAT, ALICE_THERE, BOB_THERE = "octocat", "Alice-M", "bobp"
GITHUB_YAML = (
    YAML.replace('phone: "+32470000001"}', f'phone: "+32470000001", github: {ALICE_THERE.lower()}}}')
    .replace('phone: "+32470000002"}', f'phone: "+32470000002", github: {BOB_THERE}}}')
    .replace("    name: ACME Shop\n", f"    name: ACME Shop\n    github: {REPO}\n")
)
HOUR = timedelta(hours=1)


class Connected(Night):
    """The hotline, and GitHub beside it."""

    def __init__(
        self,
        database: SqlDatabase,
        *,
        yaml: str = GITHUB_YAML,
        prefix: str = "a",
        refuses: RefusedError | None = None,
    ) -> None:
        self.there = FakeGitHub(lambda: self.clock.at)
        self.there.add_repository(REPO)
        self.there.refuses = refuses
        super().__init__(database, yaml=yaml, prefix=prefix)
        self.turn()

    def _built(self, channels: dict[ContactMethod, Channel], prefix: str) -> Runtime:
        fakes = Fakes(
            clock=self.clock,
            ids=CountingIds(prefix),
            rng=NoChance(),
            database=self.database,
            channels=channels,
            recordings=self.source,
            calendars=self.calendars,
            partners={},
            github=without_network(self.there, self.clock),
            workers=Inline(),
            heartbeat=self._beat,
            hosted=lambda url: self.hosted(url),
            log=lambda event, **fields: self.logged.append((event, fields)),
        )
        settings = load_settings({"ONCALL_PUBLIC_URL": "https://hotline.example"}, serving=False)
        return build(settings, fakes)

    def receive(self, webhooks: Iterable[Webhook]) -> None:
        """These reach us, in this order, and each is worked on before the next comes."""
        for each in webhooks:
            payload = json.loads(each.body)
            self.runtime.inbound.received(
                Platform.GITHUB,
                each.delivery,
                type=f"{each.event}.{action_of(payload)}",
                subject=subject_of(payload),
                body=each.body.decode(),
            )
            self.turn()

    def hear(self) -> list[Webhook]:
        """Everything that happened there since the last time reaches us, in order, and again what we did ourselves."""
        heard: list[Webhook] = []
        while due := self.there.deliveries():
            self.receive(due)
            heard += due
        return heard

    def opened(
        self, title: str = "Please add a user", body: str = "", *, by: str = OCTOCAT, labels: tuple[str, ...] = ()
    ) -> Incident:
        """Somebody opens an issue, and we hear of it."""
        number = self.there.opens(REPO, title, body, by=by, labels=labels)
        self.hear()
        return self.living_at(number)

    def living_at(self, issue: int) -> Incident:
        """The incident of an issue."""
        link = self.link(issue)
        assert link is not None, "the issue has no incident"
        return self.incident(link.incident)

    def link(self, issue: int, repository: str = REPO) -> Link | None:
        place = str(self.there.find(repository).id)
        with self.database.read() as uow:
            return uow.links.find(Platform.GITHUB, place, str(issue))

    def issue_of(self, number: int) -> int:
        """The issue that an incident lives in."""
        with self.database.read() as uow:
            links = uow.links.of(number)
        assert len(links) == 1, links
        return int(links[0].key)

    def effects(self) -> list[str]:
        """What became of each webhook, in order."""
        return [str(fields["effect"]) for event, fields in self.logged if event == "inbound.done"]

    def incidents(self) -> int:
        with self.database.read() as uow:
            return len(uow.incidents.listing(include_resolved=True, limit=100))

    def ours_on(self, issue: int) -> list[str]:
        """Our own comments, without what nobody sees."""
        url = self.there.issue(REPO, issue)["url"]
        ours = [c for c in self.there.find(REPO).comments if c["issue_url"] == url and c["user"]["login"] == OUR_LOGIN]
        return [str(each["body"]).partition("\n\n<!--")[0] for each in ours]
