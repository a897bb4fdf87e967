"""Real processes, killed with SIGKILL again and again while calls come in: every answered call is paged for."""

import contextlib
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.process.callers import Callers, forgotten, wait_until_none_is_forgotten
from tests.process.provider import Provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, kill_group

KILLS = 20
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The parts of an `oncall run`, in the order in which they were started, so far as they are running."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return sorted(psutil.Process(process.pid).children(), key=lambda part: part.create_time())
    return []


def is_web(part: psutil.Process) -> bool:
    """gunicorn's master is the part with workers; beside an engine there may be a process that sends for it."""
    return any("oncall.cli.sending_process" not in child.cmdline() for child in part.children())


def kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def kill_a_web_worker(process: subprocess.Popen[bytes]) -> None:
    workers = [worker for part in children(process) for worker in part.children()]
    assert workers, "no web worker is running"
    kill(workers[0])


def kill_the_engine(process: subprocess.Popen[bytes]) -> None:
    engines = [part for part in children(process) if not is_web(part)]
    assert engines, "no engine is running"
    kill(engines[0])


def kill_the_web(process: subprocess.Popen[bytes]) -> None:
    webs = [part for part in children(process) if is_web(part)]
    assert webs, "no web is running"
    kill(webs[0])


def make_service(folder: Path, provider: Provider, database_url: str = "") -> Service:
    schedules = write_schedules(folder / "schedules", page_after="3s")
    return Service(folder, schedules, provider_url=provider.url, database_url=database_url)


def test_every_call_that_was_answered_is_paged_for_though_oncall_run_is_killed_twenty_times(
    tmp_path: Path, provider: Provider
) -> None:
    """`oncall run` starts its dead parts again by itself; only where the whole group dies, the test does."""
    service = make_service(tmp_path, provider)
    callers = Callers(service)
    process = service.oncall("run")
    try:
        service.wait_until_ready(process)
        with callers.phoning():
            parts: list[Callable[[subprocess.Popen[bytes]], None]]
            parts = [kill_a_web_worker, kill_the_engine, kill_group, kill_a_web_worker, kill_the_engine, kill_the_web]
            for blow in itertools.islice(itertools.cycle(parts), KILLS):
                blow(process)
                if blow is kill_group:
                    process = service.oncall("run")
                time.sleep(0.4)
                service.wait_until_ready(process)
                wait_for_both(process)
        assert len(callers.answered) > KILLS, "too few calls came through for this to show anything"
        assert wait_until_none_is_forgotten(service, provider, callers.answered) == [], service.said()
    finally:
        kill_group(process)


def wait_for_both(process: subprocess.Popen[bytes]) -> None:
    """Until web and engine are both there to be killed."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        parts = children(process)
        with contextlib.suppress(psutil.NoSuchProcess):
            if len(parts) == 2 and sum(is_web(part) for part in parts) == 1:
                return
        time.sleep(0.05)
    raise AssertionError("the service did not bring its parts back")


@pytest.mark.postgres
def test_every_call_that_was_answered_is_paged_for_though_web_and_engine_are_killed_on_postgresql(
    tmp_path: Path, provider: Provider, postgres_url: str
) -> None:
    """Two engines and one web, as on several machines; whoever is killed is started again by the test."""
    service = make_service(tmp_path, provider, postgres_url)
    service.finish("schedule", "publish", "--yes")
    callers = Callers(service)

    def engine() -> subprocess.Popen[bytes]:
        return service.oncall("engine")

    starts = [service.gunicorn, engine, engine]
    running = [start() for start in starts]
    try:
        service.wait_until_ready(running[0])
        with callers.phoning():
            for turn in range(KILLS):
                which = turn % len(running)
                if which == 0 and turn % 2:
                    kill(psutil.Process(running[0].pid).children()[0])  # gunicorn starts its worker again
                else:
                    kill_group(running[which])
                    running[which] = starts[which]()
                time.sleep(0.3)
                service.wait_until_ready(running[0])
        assert len(callers.answered) > KILLS, "too few calls came through for this to show anything"
        assert wait_until_none_is_forgotten(service, provider, callers.answered) == [], service.said()
    finally:
        for process in running:
            kill_group(process)


def test_a_page_that_never_left_would_be_noticed(tmp_path: Path, provider: Provider) -> None:
    """Without an engine nobody is paged, so the check above must find every call forgotten."""
    service = make_service(tmp_path, provider)
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    callers = Callers(service)
    process = service.gunicorn()
    try:
        service.wait_until_ready(process)
        with callers.phoning():
            time.sleep(1.0)
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(12)
        found = forgotten(service, provider, [*callers.answered, "CAunheard"])
        assert len(found) == len(callers.answered) + 1 > 1
        assert "CAunheard has no incident" in found
    finally:
        kill_group(process)
