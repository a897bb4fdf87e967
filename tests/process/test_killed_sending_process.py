"""Many incidents at once, and the process that sends for the engine killed in the middle: each page still goes."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from benchmarks.rows import open_unpaged
from oncall.bootstrap import _SENDING_LINES
from tests.process.callers import ENGINEER
from tests.process.provider import Provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with

INCIDENTS = 1500
SECONDS = 40
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_each_page_goes_though_the_process_that_sends_is_killed_in_the_middle(
    tmp_path: Path, provider: Provider
) -> None:
    service = Service(tmp_path, schedules_with_another_operator(tmp_path / "schedules"), provider_url=provider.url)
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    open_unpaged(service.environment()["DATABASE_URL"], INCIDENTS)
    with ended_with(service.oncall("engine")) as engine:
        eventually(lambda: "sending_process.started" in service.log.read_text(), service)
        # So that it has its hands full.
        assert provider.wait_for(len(provider.taken) + 100, SECONDS)
        the_sending_process(engine.pid).kill()
        eventually(lambda: len(set(pages_taken(provider))) == 2 * INCIDENTS, service)
        assert engine.poll() is None
    assert service.log.read_text().count("sending_process.lost") == 1
    pages = Counter(pages_taken(provider))
    # What it had in its hands is asked for before it goes again; calls to one telephone may not be told apart there.
    assert max(pages.values()) <= 2
    assert len([page for page, times in pages.items() if times > 1]) <= _SENDING_LINES


def schedules_with_another_operator(folder: Path) -> Path:
    """What operators are told is no page, and would be counted as one."""
    (written,) = write_schedules(folder, page_after="1h").iterdir()
    words = written.read_text().replace("operators: [alice]", "operators: [bob]")
    bob = '  bob: {name: Bob, phone: "+32470000002", notify: [{by: sms, after: 0s}]}\n'
    written.write_text(words.replace("schedules:\n", f"{bob}schedules:\n", 1))
    return folder


def the_sending_process(engine: int) -> psutil.Process:
    (found,) = [one for one in psutil.Process(engine).children() if "oncall.cli.sending_process" in one.cmdline()]
    return found


def pages_taken(provider: Provider) -> list[str]:
    """Which pages the engineer got: a call by its delivery, a text by its words."""
    taken = [one for one in list(provider.taken) if one.to == ENGINEER]
    texts = [one.body for one in taken if "Reply ACK" in one.body]
    return texts + [one.url for one in taken if one.kind == "Calls"]


def eventually(holds: Callable[[], bool], service: Service) -> None:
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, service.said()
        time.sleep(0.05)
