"""The primary PostgreSQL is killed under load, its standby is promoted, and everybody finds it by themselves.

With synchronous replication nothing that was answered is lost. With asynchronous replication the last commits are gone
with the primary: the calls among them are found in the provider's list, and nobody's number becomes another's.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from oncall.store import open_store
from tests.conftest import cannot_run
from tests.forwarder import running_forwarder
from tests.postgres import find_binaries
from tests.process.callers import Callers, sent_twice, wait_until_none_is_forgotten
from tests.process.provider import Provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, free_port, kill_group
from tests.process.signed_requests import HOTLINE
from tests.replication import Pair, asked, running_pair, wait_until

SECONDS = float(os.environ.get("ONCALL_FAILOVER_SECONDS", "5"))
FREEZES = os.environ.get("ONCALL_FAILOVER_FREEZES") == "1"
# Some eight calls a second; more than a standby is ever behind.
BEHIND_FOR_SECONDS = min(SECONDS, 10.0)
NOTICED_AFTER_SECONDS = 2.0  # what whoever watches the primary takes until the standby is promoted
BACK_WITHIN_SECONDS = 15.0
ENGINES = 3
pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(int(4 * SECONDS) + 200)]


@pytest.fixture
def pair() -> Iterator[Pair]:
    binaries = find_binaries()
    if binaries is None:
        cannot_run("no PostgreSQL that could be killed: run make test, which brings one")
    with running_pair(binaries, (free_port(), free_port())) as running:
        yield running


@contextlib.contextmanager
def machines(service: Service) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A web and three engines, until the block ends."""
    service.finish("db", "upgrade")
    service.finish("schedule", "publish", "--yes")
    running = [service.gunicorn(), *(service.oncall("engine") for _ in range(ENGINES))]
    try:
        service.wait_until_ready(running[0])
        yield running
    finally:
        for process in running:
            kill_group(process)


def numbers_of(url: str, sids: list[str]) -> dict[str, int]:
    """The incidents of these calls, by SID, of those that have one."""
    store = open_store(url)
    try:
        with store.read() as uow:
            calls = {sid: uow.calls.get(sid) for sid in sids}
    finally:
        store.close()
    return {sid: call.incident for sid, call in calls.items() if call is not None}


def fail_over(pair: Pair, service: Service) -> tuple[float, float]:
    """Kill the primary, or have it stand still; promote the standby a moment later. Comes back with when that was."""
    if FREEZES:
        pair.primary.freeze()
    else:
        pair.primary.kill()
    killed_at = time.monotonic()
    time.sleep(NOTICED_AFTER_SECONDS)
    assert not service.ready(), "it says that it is ready while it cannot store anything"
    pair.standby.promote()
    return killed_at, time.monotonic()


def first_page_after(provider: Provider, at: float) -> float:
    """When the first call or text was sent after this."""
    wait_until(
        lambda: any(taken.at > at for taken in list(provider.taken)), BACK_WITHIN_SECONDS, "nothing is sent any more"
    )
    return min(taken.at for taken in provider.taken if taken.at > at)


def said(mode: str, callers: Callers, provider: Provider, killed_at: float, promoted_at: float, rest: str) -> str:
    paged_at = first_page_after(provider, promoted_at)
    return (
        f"\n{mode}, the primary {'frozen' if FREEZES else 'killed'}:"
        f" promoted {promoted_at - killed_at:.1f} s after that, the first page left"
        f" {paged_at - killed_at:.1f} s after it; {len(callers.answered)} calls answered ({len(callers.held_on)} had to"
        f" hold on, {callers.unanswered} not answered), {len(provider.taken)} calls and texts sent,"
        f" {len(sent_twice(provider))} of them twice, {rest}\n"
    )


def test_with_synchronous_replication_nothing_that_was_answered_is_lost_when_the_standby_takes_over(
    tmp_path: Path, pair: Pair, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    """All know both servers; the old primary comes back as a standby, and is asked first by whoever connects."""
    pair.replicate_synchronously()
    schedules = write_schedules(tmp_path / "schedules", page_after="3s")
    service = Service(tmp_path, schedules, provider_url=provider.url, database_url=pair.url)
    callers = Callers(service, pause_seconds=0.3)
    with machines(service) as running:
        with callers.phoning():
            time.sleep(SECONDS)
            killed_at, promoted_at = fail_over(pair, service)
            first_page_after(provider, promoted_at)
            pair.primary.kill()
            pair.primary.follow_when_started()
            pair.primary.start()
            wait_until(service.ready, BACK_WITHIN_SECONDS, service.said())
            began, answered_before = time.monotonic(), len(callers.answered)
            running.append(service.oncall("engine"))
            while time.monotonic() - began < SECONDS:
                time.sleep(0.2)
        assert len(callers.answered) > answered_before + SECONDS, "too few calls came through after it"
        lost = wait_until_none_is_forgotten(service, provider, callers.answered)
        with capsys.disabled():
            sys.stderr.write(said("synchronous", callers, provider, killed_at, promoted_at, f"{len(lost)} lost"))
        assert lost == [], service.said()
        assert [process.poll() for process in running] == [None] * len(running), service.said()
        assert len(sent_twice(provider)) <= max(2, len(provider.taken) // 50), sent_twice(provider)


def test_with_asynchronous_replication_calls_that_were_lost_are_found_and_nobodys_number_becomes_anothers(
    tmp_path: Path, pair: Pair, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    """All know one address, which leads to the new primary a moment after the promotion."""
    schedules = write_schedules(tmp_path / "schedules", page_after="3s")
    with running_forwarder(pair.primary.port or 0) as address:
        url = f"postgresql://postgres@127.0.0.1:{address.port}/postgres"
        service = Service(tmp_path, schedules, provider_url=provider.url, database_url=url)
        callers = Callers(service, pause_seconds=0.2)
        with machines(service) as running:
            with callers.phoning():
                time.sleep(SECONDS / 2)
                pair.fall_behind()
                time.sleep(BEHIND_FOR_SECONDS)
            told = numbers_of(url, callers.answered)
            killed_at, promoted_at = fail_over(pair, service)
            address.leads_to = pair.standby.port or 0
            wait_until(service.ready, BACK_WITHIN_SECONDS, service.said())
            pair.primary.kill()
            kept = numbers_of(url, callers.answered)
            vanished = sorted(told.keys() - kept.keys())
            assert vanished, "nothing was lost, so this shows nothing"
            with callers.phoning():
                time.sleep(SECONDS / 2)
            # A minute later the provider's list is compared with the rows, by whichever engine comes first.
            for sid in told:
                provider.write_down(sid, callers.numbers[sid], HOTLINE, ago_seconds=120)
            asked(pair.standby, "UPDATE provider_log_marks SET due_at = due_at - interval '2 minutes'")
            running.append(service.oncall("engine"))
            lost = wait_until_none_is_forgotten(service, provider, callers.answered)
            with capsys.disabled():
                rest = f"{len(vanished)} incidents gone with the primary, {len(lost)} of them lost"
                sys.stderr.write(said("asynchronous", callers, provider, killed_at, promoted_at, rest))
            assert lost == [], service.said()
            now = numbers_of(url, callers.answered)
            whose = {number: sid for sid, number in told.items()}
            anothers = {sid: number for sid, number in now.items() if whose.get(number, sid) != sid}
            assert anothers == {}, "a number that one caller was told is another's now"
            # Those that had been opened when the standby fell behind, and were paged for after that: three seconds' of
            # the five and more that are gone.
            assert len(sent_twice(provider)) <= len(vanished), sent_twice(provider)
