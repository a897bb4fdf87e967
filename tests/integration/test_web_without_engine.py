"""Several processes of a web on one machine, wired as they run, and a database that goes away under them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oncall import bootstrap
from oncall.bootstrap import Fakes, Runtime
from oncall.engine.workers import Inline
from oncall.schedule_files import fingerprint, read_folder
from oncall.settings import load_settings
from tests.integration.store.test_database_away import away

SHIPPED = Path(__file__).parents[2] / "schedules"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class Machine:
    """A clock, what is to be done when, and what the operators' webhook was sent."""

    url: str
    at: datetime = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    waiting: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    webs: list[Runtime] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, _seconds: float) -> None:
        raise AssertionError("a web's process waits for nothing")

    def again(self, seconds: float, do: Callable[[], None]) -> None:
        self.waiting.append((self.at + timedelta(seconds=seconds), do))

    def starts_a_web(self) -> None:
        settings = load_settings({"DATABASE_URL": self.url}, serving=False)
        fakes = Fakes(clock=self, again=self.again, workers=Inline(), operators_webhook=self.posts.append)
        self.webs.append(bootstrap.build(settings, fakes))
        self.webs[-1].database_watch.begin()

    def later(self, by: timedelta) -> None:
        until = self.at + by
        while due := [each for each in self.waiting if each[0] <= until]:
            first = min(due, key=lambda each: each[0])
            self.waiting.remove(first)
            self.at = first[0]
            first[1]()
        self.at = until


def test_webs_without_an_engine_tell_once_that_their_database_is_away_and_again_at_the_next_outage(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    machine = Machine(database_url)
    machine.starts_a_web()
    machine.starts_a_web()
    files = read_folder(SHIPPED)
    with machine.webs[0].database.begin() as uow:
        uow.schedule_versions.publish(files, fingerprint=fingerprint(files), author="", now=machine.at)
    machine.later(MINUTE)
    for outages in (1, 2):
        for web in machine.webs:
            web.database.close()  # an open SQLite file outlives its name
        with away(database_url):
            machine.later(MINUTE)
            assert len(machine.posts) == outages - 1
            machine.later(8 * MINUTE)
        assert len(machine.posts) == outages
        machine.later(10 * MINUTE)
    assert "Example Hosting: The hotline's database has been away for more than a minute" in machine.posts[0]
    for web in machine.webs:
        web.database.close()
