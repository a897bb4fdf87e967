"""Three engines and a web on one PostgreSQL, killed at random while calls come in, and the database with them.

Every call that was answered is paged for. What was sent twice is counted and printed, as what was killed is: a process
that dies between sending and recording may repeat a page, and the provider is asked first.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import cannot_run
from tests.postgres import PostgresServer, find_binaries, running_postgres
from tests.process.callers import Callers, sent_twice, wait_until_none_is_forgotten
from tests.process.calling_back import calling_back
from tests.process.provider import Provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, kill_group

SECONDS = float(os.environ.get("ONCALL_SOAK_SECONDS", "20"))
ENGINES = 3
pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(int(SECONDS) + 240)]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    binaries = find_binaries()
    if binaries is None:
        cannot_run("no PostgreSQL that could be killed: run make test, which brings one")
    with running_postgres(binaries, durable=True) as running:
        yield running


class Machines:
    """The processes, by what they are; whoever is killed is started again a moment later."""

    def __init__(self, service: Service, chance: random.Random) -> None:
        self._chance = chance
        self._service = service
        self._starts = {"web": service.gunicorn}
        self._starts |= {f"engine {n + 1}": lambda: service.oncall("engine") for n in range(ENGINES)}
        self._running = {name: start() for name, start in self._starts.items()}
        self._back_at: dict[str, float] = {}
        self.kills = 0
        self.died_by_themselves: list[str] = []

    def wait_until_the_web_serves(self) -> None:
        """A busy machine takes long to start it, and a storm before that shows nothing."""
        self._service.wait_until_ready(self._running["web"])

    def one_is_killed(self) -> None:
        """An engine most often: while the only web is away nobody can call, and the storm shows little."""
        living = sorted(set(self._running) - set(self._back_at))
        if living:
            [name] = self._chance.choices(living, [1 if name == "web" else 12 for name in living])
            kill_group(self._running[name])
            self.kills += 1
            self._back_at[name] = time.monotonic() + self._chance.uniform(0, 2)

    def whoever_is_due_comes_back(self) -> None:
        """Those that were killed some time ago are started."""
        for name, at in list(self._back_at.items()):
            if at <= time.monotonic():
                self._running[name] = self._starts[name]()
                del self._back_at[name]
        for name in set(self._running) - set(self._back_at):
            if self._running[name].poll() is not None and name not in self.died_by_themselves:
                self.died_by_themselves.append(name)

    def all_come_back(self) -> None:
        """The storm is over."""
        self._back_at = dict.fromkeys(self._back_at, 0.0)
        self.whoever_is_due_comes_back()

    def end(self) -> None:
        """Everything stops."""
        for process in self._running.values():
            kill_group(process)


class Restart:
    """The database is stopped at once half-way through the storm, is away for two seconds, and comes back."""

    def __init__(self, server: PostgresServer, at: float) -> None:
        self._server, self._stop_at, self._start_at = server, at, 0.0
        self.done = False

    def whatever_is_due(self) -> None:
        """Stop or start it, when it is time."""
        now = time.monotonic()
        if not self.done and not self._start_at and now > self._stop_at:
            self._server.stop_at_once()
            self._start_at = now + 2
        elif not self.done and self._start_at and now > self._start_at:
            self._server.start()
            self.done = True


def test_every_call_that_was_answered_is_paged_for_though_machines_and_the_database_die_at_random(
    tmp_path: Path, server: PostgresServer, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("ONCALL_SOAK_SEED", str(random.randrange(10_000))))
    chance = random.Random(seed)
    schedules = write_schedules(tmp_path / "schedules", page_after="3s")
    service = Service(tmp_path, schedules, provider_url=provider.url, database_url=server.url)
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    callers = Callers(service, pause_seconds=0.3)
    machines = Machines(service, chance)
    machines.wait_until_the_web_serves()
    began = time.monotonic()
    database = Restart(server, began + SECONDS / 2)
    try:
        with calling_back(provider, service) as callbacks:
            with callers.phoning():
                while time.monotonic() - began < SECONDS:
                    time.sleep(chance.uniform(0.2, 1.5))
                    machines.one_is_killed()
                    machines.whoever_is_due_comes_back()
                    database.whatever_is_due()
                machines.all_come_back()
            assert database.done
            lost = wait_until_none_is_forgotten(service, provider, callers.answered)
        twice = sent_twice(provider)
        with capsys.disabled():
            sys.stderr.write(
                f"\nseed {seed}: {machines.kills} kills and one restart of the database in {SECONDS:.0f} s; "
                f"{len(callers.answered)} calls answered ({len(callers.held_on)} had to hold on, "
                f"{callers.unanswered} not answered), {len(provider.taken)} calls and texts sent, "
                f"{len(twice)} of them twice, {len(lost)} lost; {callbacks.told} callbacks taken, "
                f"{callbacks.not_told} given up\n"
            )
        assert machines.kills > SECONDS / 3
        assert len(callers.answered) > SECONDS / 2, "too few calls came through for this to show anything"
        assert lost == [], service.said()
        assert machines.died_by_themselves == [], service.said()
        # The local provider knows what it took, so that a repetition needs it to be asked in the same instant.
        assert len(twice) <= max(2, len(provider.taken) // 50), twice
    finally:
        machines.end()
