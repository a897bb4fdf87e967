"""First pages of many incidents at once, by two engine processes and by one, on one PostgreSQL."""

import contextlib
import os
import statistics
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.first_pages_at_once import REQUESTS_OF_AN_INCIDENT, postgres_database, rate
from benchmarks.rows import open_unpaged
from tests.process.provider import running_provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with

INCIDENTS = 3000
ROUNDS = 3
LEAST = 1.6
# Each engine, PostgreSQL and the provider keep about one busy.
CORES_NEEDED = 4


def measure(folder: Path) -> list[Figure]:
    """The ratio, with a bound where the machine has the cores for it; nothing where there is no PostgreSQL."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    rates: dict[int, list[float]] = {1: [], 2: []}
    # In turns, so that both meet the same machine.
    for turn in range(ROUNDS):
        for engines, kept in rates.items():
            with postgres_database() as url:
                if not url:
                    return []
                kept.append(_rate(folder / f"{engines}-{turn}", schedules, url, engines))
    one, two = statistics.median(rates[1]), statistics.median(rates[2])
    cores = os.cpu_count() or 1
    bound = LEAST if cores >= CORES_NEEDED else None
    against = f"one: {one:.0f} requests/s; {cores} cores, asked where there are {CORES_NEEDED}"
    return [
        Figure("two engines, work of one, PostgreSQL", two / one, "×", against, at_least=bound),
        Figure("two engines, PostgreSQL", two, "requests/s", f"{INCIDENTS:,} incidents"),
    ]


def _rate(folder: Path, schedules: Path, database_url: str, engines: int) -> float:
    folder.mkdir()
    with running_provider() as provider, contextlib.ExitStack() as running:
        service = Service(folder, schedules, provider_url=provider.url, database_url=database_url)
        service.finish("db", "upgrade")
        service.finish("schedule", "publish", "--yes")
        open_unpaged(database_url, INCIDENTS)
        for _ in range(engines):
            running.enter_context(ended_with(service.oncall("engine")))
        return rate(provider, INCIDENTS * REQUESTS_OF_AN_INCIDENT)
