"""First pages of 10,000 incidents that arrive at once, carrier limits off, against the client in a bare loop."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    bare = _bare_rate()
    ours = _our_rate(folder, schedules, database_url)
    bare = (bare + _bare_rate()) / 2
    against = f"a bare loop over the same client: {bare:.0f}/s"
    return [
        Figure(f"first pages at once, {name}, share of a bare loop", ours / bare, "", against, at_least=LEAST_SHARE),
        Figure(f"first pages at once, {name}", ours, "requests/s", f"{INCIDENTS:,} incidents"),
    ]


def _our_rate(folder: Path, schedules: Path, database_url: str) -> float:
    with running_provider() as provider:
        service = Service(folder, schedules, provider_url=provider.url, database_url=database_url)
        service.finish("db", "upgrade")
        service.finish("schedule", "publish", "--yes")
        open_unpaged(database_url, INCIDENTS)
        with ended_with(service.oncall("engine")):
            return rate(provider, INCIDENTS * REQUESTS_OF_AN_INCIDENT)


def _bare_rate() -> float:
    with running_provider() as provider:
        command = [sys.executable, "-m", "benchmarks.bare_loop", provider.url, str(BARE_REQUESTS)]
        with subprocess.Popen(command) as process:
            measured = rate(provider, BARE_REQUESTS)
            process.wait(30)
            return measured


def rate(provider: Provider, requests: int) -> float:
    """Requests a second, from the first that the provider took."""
    if not provider.wait_for(requests, LONGEST_SECONDS):
        raise RuntimeError(f"the provider was asked {len(provider.taken)} times instead of {requests}")
    return (requests - 1) / (provider.taken[requests - 1].at - provider.taken[0].at)
