"""A year's reports over 5,000 and over 50,000 incidents: how long they take, and what they hold in memory meanwhile."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.figures import Figure
from benchmarks.reported_year import fill
from oncall import bootstrap
from oncall.schedule_files import fingerprint, read_folder
from oncall.settings import load_settings
from oncall.store import upgrade
from oncall.support.report_files import ReportFiles, ReportFormat
from tests.postgres import find_binaries, temporary_postgres

FEW, MANY = 5_000, 50_000
_KINDS = (("team", "html"), ("team", "json"), ("customer", "md"), ("customer", "csv"), ("customer", "pdf"))


def measure(folder: Path) -> list[Figure]:
    """On SQLite, and on PostgreSQL where this machine has one. Each report is made in a process of its own."""
    figures = list(_on("SQLite", lambda name: f"sqlite:///{folder}/{name}.db"))
    binaries = find_binaries()
    if binaries is not None:
        with temporary_postgres(binaries) as server, ExitStack() as stack:
            figures += _on("PostgreSQL", lambda name: stack.enter_context(_database(server, name)))
    return figures


def _on(database: str, url_of: Callable[[str], str]) -> Iterator[Figure]:
    urls = {}
    for how_many in (FEW, MANY):
        urls[how_many] = url_of(f"reports_{how_many}")
        upgrade(urls[how_many])
        fill(urls[how_many], how_many, customer="acme")
    for about, kind in _KINDS:
        few, many = (_made(urls[how_many], about, kind) for how_many in (FEW, MANY))
        name = f"{about} report of a year as {kind}, {database}"
        yield Figure(name, many["seconds"], "s", f"{MANY:,} incidents, without the start of Python", at_most=3)
        yield Figure(f"{name}: processor time", many["cpu_seconds"], "s", f"{MANY:,} incidents")
        ratio = many["peak_bytes"] / few["peak_bytes"]
        against = f"{few['peak_bytes'] / 2**20:.0f} MiB at {FEW:,}, {many['peak_bytes'] / 2**20:.0f} MiB at {MANY:,}"
        yield Figure(f"{name}: peak memory", ratio, "times", against, at_most=1.3)


@contextmanager
def _database(server: str, name: str) -> Iterator[str]:
    place = make_url(server).set(drivername="postgresql")
    with psycopg.connect(place.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            driven = place.set(drivername="postgresql+psycopg", database=name)
            yield driven.render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _made(url: str, about: str, kind: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.reports", url, about, kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return json.loads(done.stdout.splitlines()[-1])


def _make(url: str, about: str, kind: str) -> None:
    """Make one report; print what it took."""
    runtime = bootstrap.build(load_settings({"DATABASE_URL": url}, serving=False))
    files = read_folder(Path(__file__).parents[1] / "schedules")
    with runtime.database.begin() as uow:
        now = runtime.clock.now()
        uow.schedule_versions.publish(files, fingerprint=fingerprint(files), author="", now=now)
    days = (date(2025, 1, 1), date(2026, 1, 1))
    began, cpu_began = time.perf_counter(), time.process_time()
    with Path(os.devnull).open("wb") as nowhere:
        if about == "team":
            ReportFiles(runtime.reports).team(nowhere, ReportFormat(kind), *days)
        else:
            ReportFiles(runtime.reports).customer(nowhere, ReportFormat(kind), "acme", *days)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    # Not getrusage: its peak is inherited from whoever began this process.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": took, "cpu_seconds": cpu, "peak_bytes": peak}))


if __name__ == "__main__":
    _make(*sys.argv[1:4])
