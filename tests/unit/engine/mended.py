"""A night after which a post-mortem is written, whose actions live as issues at GitHub."""

from collections.abc import Callable
from typing import Any

from oncall.core.partner_event import PartnerEvent
from oncall.core.postmortem_actions import Action
from oncall.sim.github import FakeRepository, RefusedError
from oncall.store import SqlDatabase
from tests.unit.engine.github import GITHUB_YAML, REPO, Connected
from tests.unit.engine.hotline import MINUTE

OURS = "example/platform"


TEXT = (
    "## Causes\n\nA disk was full.\n\n- [ ] Alert at 80%, or call +32470999999 @all — bob — 2026-02-01\n- [x] Free it\n"
)


WITHOUT = "## Causes\n\nA disk was full.\n\n- [x] Free it\n"


IN_OUR_REPOSITORY = GITHUB_YAML.replace(f"    github: {REPO}\n", "") + f"postmortems: {{repository: {OURS}}}\n"


IN_NO_REPOSITORY = GITHUB_YAML.replace(f"    github: {REPO}\n", "")


# A transaction that waits for another one.
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


class Mended(Connected):
    """Production was down, it is mended, and a post-mortem is written and reviewed."""

    def __init__(self, database: SqlDatabase, yaml: str = GITHUB_YAML, text: str = TEXT) -> None:
        super().__init__(database, yaml=yaml)
        self.there.add_repository(OURS)
        self.number = self.paged().number
        self.later(2 * MINUTE)
        self.runtime.respond.acknowledge(self.number, engineer="alice", via="test")
        self.runtime.respond.resolve(self.number, engineer="alice", note="mended", via="test")
        self.turn()
        self.hear()
        self.written(text)

    def written(self, text: str) -> None:
        postmortems = self.runtime.postmortems
        version = postmortems.write(self.number, text, by="alice", via="test", base=None).version
        postmortems.review(self.number, version, by="bob")

    def published(self, again: bool = False) -> None:
        self.runtime.postmortems.publish(self.number, by="alice", via="test", notify_again=again)
        self.turn()

    def published_and_opened_with(self, happens: Callable[[], None]) -> None:
        """It is published, and this happens between the opening of the issue and the answer, once."""
        opens = self.there._open

        def opened(repository: FakeRepository, fields: Any) -> dict[str, Any]:
            issue = opens(repository, fields)
            self.there._open = opens  # type: ignore[method-assign]
            happens()
            return issue

        self.there._open = opened  # type: ignore[method-assign]
        self.published()

    def clicked(self, *, is_done: bool) -> None:
        """Bob says so in the dashboard."""
        self.runtime.postmortems.action_is_done(self.number, self.action().key, by="bob", is_done=is_done)
        self.turn()

    def over(self, by: str) -> None:
        """The action is dropped by a new text, or done by a click."""
        if by == "text":
            self.written(WITHOUT)
        else:
            self.runtime.postmortems.action_is_done(self.number, self.action().key, by="bob")

    def action(self) -> Action:
        """The one that was not done when it was written."""
        with self.database.read() as uow:
            return next(each for each in uow.postmortems.actions(self.number) if "Alert" in each.text)

    def issue(self) -> int:
        """The number of its issue."""
        return int(self.action().link.rpartition("/")[2])

    def waits(self, minutes: int) -> None:
        """Time, in which somebody looks at GitHub's lists."""
        for _ in range(2 * minutes):
            self.later(MINUTE / 2)
            self.turn()

    def state(self) -> str:
        return str(self.there.issue(REPO, self.issue())["state"])

    def told(self) -> list[PartnerEvent]:
        with self.database.read() as uow:
            return [each for each in uow.partner_events.of(self.number) if each.type.startswith("action.")]


def answer_is_lost() -> None:
    raise RefusedError(502, "Server Error")


def in_repository(night: Connected, name: str) -> list[int]:
    return list(night.there.find(name).issues)
