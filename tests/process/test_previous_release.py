"""The previous release's own code at work before this one's, beside it, and after it, while calls come in.

On PostgreSQL first the old processes alone; the tables are upgraded under them; new processes come to their side; the
old ones go. And the way back: the old ones alone again, on the new tables and on what the new ones wrote. On SQLite one
is stopped, and the other started on its file.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oncall.core.incident import IncidentState
from oncall.store import open_store
from tests.conftest import PostgresDatabases
from tests.previous_release import previous_release
from tests.process.answering import Answers
from tests.process.callers import Callers, sent_twice, wait_until_none_is_forgotten
from tests.process.doors import Doors
from tests.process.provider import Provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, kill_group

HOTLINE_ADDRESS = "https://hotline.example.com"
SECONDS_OF_EACH = 2.5
# More than there is to send, and few enough for the engines to keep count of it together.
A_SECOND = 200
# Nothing of this may be said by an engine or a web of either release. That nobody calls the engineer twice is so.
_TROUBLE = re.compile(
    r"^.* level=(?:warning|error|critical) (?!event=schedules\.doubtful ).*$|^Traceback.*$", re.MULTILINE
)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class Release:
    """One release's processes, and what they said that they should not."""

    def __init__(self, service: Service, *starts: Callable[[], subprocess.Popen[bytes]]) -> None:
        """The first of what is started serves the web."""
        self.service = service
        self._starts = starts
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Until it can serve."""
        self._processes = [start() for start in self._starts]
        self.service.wait_until_ready(self._processes[0], seconds=60)

    def lose_one(self) -> None:
        """The machine of the last that was started loses its power."""
        kill_group(self._processes.pop())

    def stop(self) -> None:
        """As whatever runs them stops them."""
        for process in self._processes:
            os.killpg(process.pid, signal.SIGTERM)
        assert [process.wait(12) for process in self._processes] == [0] * len(self._processes), self.service.said()

    def kill(self) -> None:
        """Whatever is left of it."""
        for process in self._processes:
            kill_group(process)

    def died(self) -> list[int]:
        """How those ended that should be running."""
        return [code for process in self._processes if (code := process.poll()) is not None]

    def trouble(self) -> list[str]:
        """What its engines and webs said was wrong."""
        return _TROUBLE.findall(self.service.log.read_text(errors="replace"))

    def where_its_code_is(self) -> Path:
        """The folder from which its processes load it."""
        asked = [sys.executable, "-c", "import oncall; print(oncall.__file__)"]
        found = subprocess.run(
            asked, env=self.service.environment(), cwd=self.service.folder, capture_output=True, check=True, text=True
        )
        return Path(found.stdout.strip()).parents[1]


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


def a_service(folder: Path, code: Path | None, url: str, provider: Provider) -> Service:
    """One installation of this code (None is this release's), not running."""
    folder.mkdir()
    schedules = write_schedules(folder / "schedules", page_after="2s", a_second=A_SECOND)
    service = Service(folder, schedules, provider_url=provider.url, database_url=url, called_by=HOTLINE_ADDRESS)
    if code is not None:
        service.code = code
    return service


def on_several_machines(service: Service) -> Release:
    """A web and two engines."""
    return Release(service, service.gunicorn, *[lambda: service.oncall("engine")] * 2)


@pytest.mark.postgres
def test_a_rolling_upgrade_and_the_way_back_lose_no_call_while_both_releases_work(
    tmp_path: Path, postgres: PostgresDatabases, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    code = previous_release(tmp_path / "code")
    with postgres.fresh(migrated=False) as url:
        old = on_several_machines(a_service(tmp_path / "old", code, url, provider))
        new = on_several_machines(a_service(tmp_path / "new", None, url, provider))
        assert old.where_its_code_is() == code != new.where_its_code_is()
        old.service.finish("db", "upgrade")
        old.service.finish("schedule", "publish", "--yes")
        doors, watch, went = Doors(old.service.port), Watch(), list[str]()
        callers = Callers(old.service, pause_seconds=0.25, doors=doors)
        answers = Answers(provider, doors, old.service.signer)

        def while_they_call(what: str, *releases: Release, first: Callable[[], None] | None = None) -> None:
            """Do this first, then calls go on through the webs of these releases for some seconds."""
            began = time.monotonic()
            if first is not None:
                first()
            doors.through(*(release.service.port for release in releases))
            watch.those_of(*(release.service for release in releases))
            time.sleep(SECONDS_OF_EACH)
            ended = time.monotonic()
            went.append(f"{what}: {ended - began:.1f} s, slowest answer {doors.slowest(began, ended):.2f} s")

        def without(leaving: Release, staying: Release) -> None:
            doors.through(staying.service.port)
            watch.those_of(staying.service)
            leaving.lose_one()
            leaving.stop()

        try:
            old.start()
            with callers.phoning(), answers.answering(), watch.watching():
                while_they_call("the old release alone", old)
                while_they_call("the upgrade", old, first=lambda: new.service.finish("db", "upgrade"))
                while_they_call("both releases", old, new, first=new.start)
                while_they_call("the new release alone", new, first=lambda: without(old, new))
                while_they_call("both, on the way back", old, new, first=old.start)
                while_they_call("the old release on the new one's rows", old, first=lambda: without(new, old))
            lost = wait_until_none_is_forgotten(new.service, provider, callers.answered)
            numbers = dict(line.rsplit(" ", 1) for line in old.service.asked("/metrics")[1].splitlines() if line)
            with capsys.disabled():
                sys.stderr.write(as_told(went, callers, answers, lost))
            assert lost == []
            assert wrong_states(url, callers, answers) == []
            assert (callers.unanswered, callers.held_on, answers.not_heard, watch.unready) == (0, [], [], [])
            assert (old.trouble(), new.trouble(), old.died(), numbers["oncall_audit_problems"]) == ([], [], [], "0.0")
            # Whoever dies between sending and recording repeats it, unless the provider says in time that it went.
            assert len(sent_twice(provider)) <= 2
            assert len(callers.answered) > 6 * SECONDS_OF_EACH, "too few calls came through for this to show anything"
            assert min(len(answers.by_text), len(answers.by_key), len(callers.texts)) > 6
        finally:
            old.kill()
            new.kill()


def test_on_one_machine_each_release_goes_on_where_the_other_was_stopped(
    tmp_path: Path, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    code, url = previous_release(tmp_path / "code"), f"sqlite:///{tmp_path}/oncall.db"
    before, after = a_service(tmp_path / "old", code, url, provider), a_service(tmp_path / "new", None, url, provider)
    after.port = before.port
    old, new = Release(before, lambda: before.oncall("run")), Release(after, lambda: after.oncall("run"))
    doors = Doors(before.port)
    callers, answers = Callers(before, pause_seconds=0.25, doors=doors), Answers(provider, doors, before.signer)
    running: list[Release] = []
    try:
        for release in (old, new, old):
            for stopped in running[-1:]:
                stopped.stop()
            running.append(release)
            release.start()
            with callers.phoning(), answers.answering():
                time.sleep(1.5)
        lost = wait_until_none_is_forgotten(after, provider, callers.answered)
        with capsys.disabled():
            sys.stderr.write(as_told([], callers, answers, lost))
        assert lost == []
        assert wrong_states(url, callers, answers) == []
        assert (callers.unanswered, callers.held_on, answers.not_heard) == (0, [], [])
        assert (old.trouble(), new.trouble(), old.died(), sent_twice(provider)) == ([], [], [], [])
        assert len(callers.answered) > 12, "too few calls came through for this to show anything"
    finally:
        old.kill()
        new.kill()


def as_told(went: list[str], callers: Callers, answers: Answers, lost: list[str]) -> str:
    """What was measured, for whoever reads along."""
    twice = sent_twice(answers.provider)
    return "\n".join(
        [
            "",
            *went,
            f"{len(callers.answered)} calls answered, {callers.unanswered} not, {len(callers.held_on)} had to hold on; "
            f"{len(callers.texts)} customers wrote; {len(answers.by_text)} acknowledged by text, {len(answers.by_key)} "
            f"by key, {len(answers.resolved)} resolved; {len(answers.provider.taken)} calls and texts sent, "
            f"{len(twice)} of them twice, {len(lost)} lost",
            "",
        ]
    )


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
