"""PagerDuty in a simulated world: sometimes away, and each of our events comes back as a webhook, late and doubled.

What comes back is done by no human, or by one whom nobody knows: it must change nothing.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from oncall.core.incident import Resolution
from oncall.core.partner_event import PartnerEvent
from oncall.errors import OutcomeUnknownError
from oncall.sim.in_process import ask
from oncall.sim.pagerduty import FakePagerDuty, signature
from oncall.sim.watched_database import CrashError
from oncall.system import SeededRng

if TYPE_CHECKING:
    from oncall.sim.world import World

_PATH = "/webhooks/pagerduty"
_COMES_BACK = {"acknowledge": "incident.acknowledged", "resolve": "incident.resolved"}
_ANSWER_LOST = 0.1
_TIMES_AWAY = 3
_LONGEST_AWAY_SECONDS = 300


class PagerDutyPartner:
    """`ports.PartnerSender`. ``unlike`` says at the end where it and our incidents differ."""

    def __init__(self, world: "World", *, seed: int, within_seconds: float) -> None:
        self._world = world
        self._rng = SeededRng(f"pagerduty {seed}")
        self.answers_get_lost = True
        self.fake = FakePagerDuty(away=self._is_away)
        starts = [world.now + timedelta(seconds=within_seconds * self._rng.random()) for _ in range(_TIMES_AWAY)]
        self._away = [(at, at + timedelta(seconds=_LONGEST_AWAY_SECONDS * self._rng.random())) for at in starts]

    def send(self, event: PartnerEvent, url: str = "") -> None:
        """Take it, and let it come back later. Raises ChannelError."""
        self.fake.send(event, url)
        taken = self.fake.taken[-1]
        kind = _COMES_BACK.get(taken["event_action"])
        if kind is not None:
            self._comes_back(kind, taken["dedup_key"])
        if self._rng.random() < _ANSWER_LOST and self.answers_get_lost:
            raise OutcomeUnknownError("the answer got lost")

    def unlike(self) -> list[str]:
        """Sentences about incidents that stand otherwise there than here; empty where all has arrived."""
        found = []
        for number, story in self._world.invariants.stories.items():
            there = self.fake.state(str(number))
            never_paged = story.latest.resolution is Resolution.SCREENED and not there
            if there != story.latest.state.value and not never_paged:
                found.append(f"incident {number} is {story.latest.state.value} here and {there or 'unknown'} there")
        return found

    def _is_away(self) -> bool:
        return any(since <= self._world.now < until for since, until in self._away)

    def _comes_back(self, kind: str, key: str) -> None:
        user = "PSOMEBODY" if self._rng.random() < 0.2 else ""
        body = self.fake.webhook(kind, key, self._world.now, user=user)
        for _ in range(2 if self._rng.random() < 0.3 else 1):
            self._world.later(self._rng.random() * 30, lambda: self._post(body, until=self._world.now))

    def _post(self, body: bytes, *, until: datetime) -> None:
        """As long as nobody answers with a 2xx it is sent again, for a while."""
        app = self._world.web.app
        status = 0
        if app is not None:
            headers = {"X-PagerDuty-Signature": signature(body), "Content-Type": "application/json"}
            try:
                status = ask(app, "POST", self._world.public_url + _PATH, headers, body).status
            except CrashError:
                self._world.web.crash()
        if status != 202 and self._world.now < until + timedelta(minutes=10):
            self._world.later(20, lambda: self._post(body, until=until))
