"""First pages of 10,000 incidents that arrive at once, carrier limits off, against the client in a bare loop."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url

from benchmarks.figures import Figure
from benchmarks.rows import open_unpaged
from tests.postgres import find_binaries, temporary_postgres
from tests.process.provider import Provider, running_provider
from tests.process.schedules import write_schedules
from tests.process.service import Service, ended_with

INCIDENTS = 10_000
REQUESTS_OF_AN_INCIDENT = 2  # a text and a call to the engineer
BARE_REQUESTS = 2000
LEAST_SHARE = 0.5
LONGEST_SECONDS = 1800


def measure(folder: Path) -> list[Figure]:
    """On SQLite, and on PostgreSQL where this machine has one."""
    schedules = write_schedules(folder / "schedules", page_after="1h")
    figures = _figures("SQLite", folder / "sqlite", schedules, f"sqlite:///{folder}/sqlite/oncall.db")
    with postgres_database() as url:
        return figures + (_figures("PostgreSQL", folder / "postgresql", schedules, url) if url else [])


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of an empty database on a server of its own; "" where this machine has no PostgreSQL."""
    binaries = find_binaries()
    if binaries is None:
        yield ""
        return
    with temporary_postgres(binaries) as server:
        plain = make_url(server).set(drivername="postgresql")
        with psycopg.connect(plain.render_as_string(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE first_pages")
        yield make_url(server).set(database="first_pages").render_as_string()


def _figures(name: str, folder: Path, schedules: Path, database_url: str) -> list[Figure]:
    folder.mkdir()
    before = _bare()
    ours = _ours(folder, schedules, database_url)
    after = _bare()
    bare = _Run((before.rate + after.rate) / 2, (before.computing + after.computing) / 2)
    against = f"a bare loop over the same client: {bare.rate:.0f}/s"
    return [
        Figure(
            f"first pages at once, {name}, share of a bare loop",
            ours.rate / bare.rate,
            "",
            against,
            at_least=LEAST_SHARE,
        ),
        Figure(f"first pages at once, {name}", ours.rate, "requests/s", f"{INCIDENTS:,} incidents"),
        Figure(
            f"processor time of a first page, {name}",
            ours.computing * 1000,
            "ms",
            f"the bare loop's: {bare.computing * 1000:.2f} ms",
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Run:
    """Requests a second, and the processor time, in seconds, that whoever sent them took for one."""

    rate: float
    computing: float


def _ours(folder: Path, schedules: Path, database_url: str) -> _Run:
    with running_provider() as provider:
        service = Service(folder, schedules, provider_url=provider.url, database_url=database_url)
        service.finish("db", "upgrade")
        service.finish("schedule", "publish", "--yes")
        open_unpaged(database_url, INCIDENTS)
        with ended_with(service.oncall("engine")) as engine:
            return _run(provider, engine.pid, INCIDENTS * REQUESTS_OF_AN_INCIDENT)


def _bare() -> _Run:
    with running_provider() as provider:
        command = [sys.executable, "-m", "benchmarks.bare_loop", provider.url, str(BARE_REQUESTS)]
        with subprocess.Popen(command) as process:
            # It ends with its last request, and with it what could be known of it.
            measured = _run(provider, process.pid, BARE_REQUESTS, least=BARE_REQUESTS * 9 // 10)
            process.wait(30)
            return measured


def _run(provider: Provider, pid: int, requests: int, *, least: int = 0) -> _Run:
    """Measured until the provider has been asked so often; processor time until ``least``, where that is less."""
    sender = psutil.Process(pid)
    _asked(provider, 1)
    began, first = _computed(sender), len(provider.taken)
    _asked(provider, least or requests)
    computing = (_computed(sender) - began) / (len(provider.taken) - first)
    return _Run(rate(provider, requests), computing)


def _computed(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def rate(provider: Provider, requests: int) -> float:
    """Requests a second, from the first that the provider took."""
    _asked(provider, requests)
    return (requests - 1) / (provider.taken[requests - 1].at - provider.taken[0].at)


def _asked(provider: Provider, requests: int) -> None:
    if not provider.wait_for(requests, LONGEST_SECONDS):
        raise RuntimeError(f"the provider was asked {len(provider.taken)} times instead of {requests}")
