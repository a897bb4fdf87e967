"""A long storm: incidents by the hundred, the hour that comes twice, and a first provider that is away for an eighth.

Everybody is reliable, so that whatever goes wrong is ours; every promise is checked at every event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oncall.core.incident import IncidentState
from oncall.sim.faults import Away
from oncall.sim.people import Caller, Engineer
from oncall.sim.processes import WebFactory
from oncall.sim.world import World
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, HOURLY, SECOND_PROVIDER
from oncall.store import SqlDatabase
from oncall.system import SeededRng

# In the middle Brussels puts its clocks back.
CLOCKS_CHANGE_AT = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
_ENGINEERS = {
    "alice": ("Alice Martin", ALICE),
    "bob": ("Bob Peeters", BOB),
    "carol": ("Carol Janssens", CAROL),
    "dana": ("Dana Dubois", DANA),
}
_LOOKS_EVERY_SECONDS = 60.0
_MENDED_AFTER = timedelta(minutes=10)
_CALM_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class StormSummary:
    """What happened in a storm. ``by_second`` counts what the second provider took while the first was away."""

    incidents: int
    resolved: int
    taken: int
    by_second: int
    webhooks: int


def run_storm(
    web: WebFactory,
    *,
    incidents: int,
    hours: float,
    rows: SqlDatabase | None = None,
    at_quarter: Callable[[int, World], None] = lambda _quarter, _world: None,
) -> StormSummary:
    """Play it to the end. ``at_quarter`` is called with 0 when it begins and with 1 to 4 after each quarter.

    Raises BrokenPromiseError.
    """
    storm = _Storm(web, incidents=incidents, hours=hours, rows=rows)
    at_quarter(0, storm.world)
    for quarter in range(1, 5):
        storm.world.run_for(hours * 3600 / 4)
        at_quarter(quarter, storm.world)
    return storm.calm()


class _Storm:
    def __init__(self, web: WebFactory, *, incidents: int, hours: float, rows: SqlDatabase | None) -> None:
        seconds = hours * 3600
        self.world = World(
            web,
            starts_at=CLOCKS_CHANGE_AT - timedelta(seconds=seconds / 2),
            files={**HOURLY, **SECOND_PROVIDER},
            two_providers=True,
            rows=rows,
            replay="make storm",
        )
        self._engineers = {key: Engineer(self.world, *known) for key, known in _ENGINEERS.items()}
        rng = SeededRng("storm")
        for serial in range(incidents):
            self.world.later(seconds * (0.02 + 0.96 * rng.random()), lambda serial=serial: self._phones(serial))  # type: ignore[misc]
        self.world.later(seconds * 7 / 16, lambda: self.world.provider_one_away_for(seconds / 8, Away.HANGS))
        self._mend()

    def _phones(self, serial: int) -> None:
        Caller(self.world, f"caller {serial}", f"+32471{serial:06}").dials()

    def _mend(self) -> None:
        """Whoever has had an incident for a while resolves it."""
        for number, story in self.world.invariants.stories.items():
            incident = story.latest
            if incident.state is not IncidentState.ACKNOWLEDGED:
                continue
            since, who = story.acknowledged[-1]
            if self.world.now - since >= _MENDED_AFTER:
                self._engineers[who].texts(f"RESOLVE {number} mended")
        self.world.later(_LOOKS_EVERY_SECONDS, self._mend)

    def calm(self) -> StormSummary:
        """Until everything is mended."""
        world, seen = self.world, self.world.invariants
        world.run_until(self._all_resolved, within_seconds=_CALM_SECONDS)
        world.run_for(120)
        seen.at_end()
        return StormSummary(
            incidents=len(seen.stories),
            resolved=sum(story.latest.state is IncidentState.RESOLVED for story in seen.stories.values()),
            taken=sum(seen.taken.values()),
            by_second=sum(one.provider == "second" for one in seen.deliveries.values()),
            webhooks=seen.webhooks,
        )

    def _all_resolved(self) -> bool:
        return all(story.latest.state is IncidentState.RESOLVED for story in self.world.invariants.stories.values())
