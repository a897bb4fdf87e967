"""The previous release's own code at work beside this one's, on one PostgreSQL, while calls come in and are answered.

First the old processes alone; the tables are upgraded under them; new processes come to their side; the old ones go.
And the way back: the old ones alone again, on the new tables and on what the new ones wrote.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from oncall.core.incident import IncidentState
from oncall.store import open_store
from tests.conftest import PostgresDatabases
from tests.previous_release import previous_release
from tests.process.answering import Answers
from tests.process.callers import Callers, sent_twice, wait_until_none_is_forgotten
from tests.process.doors import Doors
from tests.process.provider import Provider, running_provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, kill_group

HOTLINE_ADDRESS = "https://hotline.example.com"
SECONDS_OF_EACH = 3.0
# Nothing of this may be said by an engine or a web of either release.
_TROUBLE = re.compile(r"^.* level=(?:warning|error|critical) .*$|^Traceback.*$", re.MULTILINE)
pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(240)]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


class Release:
    """One release's processes: a web and two engines, and what they said that they should not."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._web: subprocess.Popen[bytes] | None = None
        self._engines: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._web = self.service.gunicorn()
        self._engines = [self.service.oncall("engine") for _ in range(2)]
        self.service.wait_until_ready(self._web)

    def stop(self) -> None:
        """As whatever runs them stops them."""
        for process in self._processes():
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes():
            assert process.wait(12) == 0, self.service.said()

    def kill(self) -> None:
        for process in self._processes():
            kill_group(process)

    def died(self) -> list[int | None]:
        return [code for process in self._processes() if (code := process.poll()) is not None]

    def trouble(self) -> list[str]:
        return _TROUBLE.findall(self.service.log.read_text(errors="replace"))

    def where_its_code_is(self) -> Path:
        asked = [sys.executable, "-c", "import oncall; print(oncall.__file__)"]
        found = subprocess.run(
            asked, env=self.service.environment(), cwd=self.service.folder, capture_output=True, check=True, text=True
        )
        return Path(found.stdout.strip()).parents[1]

    def _processes(self) -> list[subprocess.Popen[bytes]]:
        return [process for process in (self._web, *self._engines) if process is not None]


class Watch:
    """Asks whether a web can serve, over and over, while it is one that should."""

    def __init__(self) -> None:
        self.unready: list[str] = []
        self.asked = 0
        self._of: tuple[Service, ...] = ()

    def those_of(self, *services: Service) -> None:
        self._of = services

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,))
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(0.2):
            for service in self._of:
                status, words = service.asked("/readyz")
                self.asked += 1
                if status != 200 and service in self._of:
                    self.unready.append(f"{service.folder.name}: {status} {words}")


def a_release(folder: Path, code: Path | None, url: str, provider: Provider) -> Release:
    folder.mkdir()
    schedules = write_schedules(folder / "schedules", page_after="2s")
    service = Service(folder, schedules, provider_url=provider.url, database_url=url, called_by=HOTLINE_ADDRESS)
    if code is not None:
        service.code = code
    return Release(service)


def test_a_rolling_upgrade_and_the_way_back_lose_no_call_while_both_releases_work(
    tmp_path: Path, postgres: PostgresDatabases, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    code = previous_release(tmp_path / "code")
    with postgres.fresh(migrated=False) as url:
        old, new = a_release(tmp_path / "old", code, url, provider), a_release(tmp_path / "new", None, url, provider)
        assert old.where_its_code_is() == code != new.where_its_code_is()
        old.service.finish("db", "upgrade")
        old.service.finish("schedule", "publish", "--yes")
        doors, watch = Doors(old.service.port), Watch()
        callers = Callers(old.service, pause_seconds=0.25, doors=doors)
        answers = Answers(provider, doors, old.service.signer)
        went: list[str] = []

        def goes_on(what: str, began: float, *releases: Release) -> None:
            """Some seconds of calls through the webs of these releases, of which each should be able to serve."""
            doors.through(*(release.service.port for release in releases))
            watch.those_of(*(release.service for release in releases))
            time.sleep(SECONDS_OF_EACH)
            ended = time.monotonic()
            went.append(f"{what}: {ended - began:.1f} s, slowest answer {doors.slowest(began, ended):.2f} s")

        try:
            old.start()
            with callers.phoning(), answers.answering(), watch.watching():
                goes_on("the old release alone", time.monotonic(), old)
                began = time.monotonic()
                new.service.finish("db", "upgrade")
                went.append(f"the upgrade itself: {time.monotonic() - began:.1f} s")
                goes_on("the old release on the new tables", began, old)
                began = time.monotonic()
                new.start()
                goes_on("both releases", began, old, new)
                began = time.monotonic()
                doors.through(new.service.port)
                watch.those_of(new.service)
                old.stop()
                goes_on("the new release alone", began, new)
                began = time.monotonic()
                old.start()
                goes_on("both, on the way back", began, old, new)
                began = time.monotonic()
                doors.through(old.service.port)
                watch.those_of(old.service)
                new.stop()
                goes_on("the old release on what the new one wrote", began, old)
            lost = wait_until_none_is_forgotten(new.service, provider, callers.answered)
            numbers = dict(line.rsplit(" ", 1) for line in old.service.asked("/metrics")[1].splitlines() if line)
            with capsys.disabled():
                said = "\n".join(went)
                sys.stderr.write(
                    f"\n{said}\n{len(callers.answered)} calls answered, {callers.unanswered} not, "
                    f"{len(callers.held_on)} had to hold on; {len(callers.texts)} customers wrote; "
                    f"{len(answers.by_text)} acknowledged by text, {len(answers.by_key)} by key; "
                    f"{len(answers.resolved)} resolved; {len(provider.taken)} calls and texts sent, "
                    f"{len(sent_twice(provider))} of them twice, {len(lost)} lost; "
                    f"/readyz asked {watch.asked} times\n"
                )
            assert lost == []
            assert wrong_states(url, callers, answers) == []
            assert (callers.unanswered, callers.held_on, answers.not_heard, watch.unready) == (0, [], [], [])
            assert (old.trouble(), new.trouble(), old.died(), numbers["oncall_audit_problems"]) == ([], [], [], "0.0")
            assert sent_twice(provider) == []
        finally:
            old.kill()
            new.kill()


def wrong_states(url: str, callers: Callers, answers: Answers) -> list[str]:
    """What was said to somebody and is not so in the rows."""
    store = open_store(url)
    try:
        with store.read() as work:
            of_call = {sid: work.calls.get(sid) for sid in callers.answered}
            by_key = [page.incident for one in answers.by_key if (page := work.deliveries.get(one)) is not None]
            states = {one: found.state for one in [*by_key, *answers.by_text] if (found := work.incidents.get(one))}
            facts = {
                sid: " ".join(fact.text for fact in work.timeline.of(found.incident))
                for sid in callers.texts
                if (found := of_call[sid]) is not None
            }
    finally:
        store.close()
    wrong = [f"{number} is {state}" for number, state in states.items() if state is IncidentState.TRIGGERED]
    wrong += [f"{one} is not resolved" for one in answers.resolved if states.get(one) is not IncidentState.RESOLVED]
    wrong += [f"{words!r} is in no timeline" for sid, words in callers.texts.items() if words not in facts.get(sid, "")]
    return wrong
