"""One turn of the engine with 100,000 open incidents of which none is due, against one with 100."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.figures import Figure
from benchmarks.rows import OPENED_AT, open_many
from oncall import bootstrap
from oncall.cli.publishing import bring_into_force
from oncall.engine.workers import Inline
from oncall.settings import load_settings
from tests.postgres import find_binaries, temporary_postgres
from tests.process.schedules import write_schedules
from tests.process.service import Service

FEW, MANY = 100, 100_000
TURNS = 1500
MOST = 1.5


@dataclass(slots=True)
class _SteppingClock:
    """Time that goes on by a step whenever somebody looks."""

    step: timedelta
    at: datetime = OPENED_AT

    def now(self) -> datetime:
        self.at += self.step
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


# So that one turn in some hundred, or each, looks for new schedules and audits: they come every second and every five.
_CLOCKS = (("", timedelta(milliseconds=10)), (" that audits", timedelta(seconds=6)))


def measure(folder: Path) -> list[Figure]:
    """On SQLite, and on PostgreSQL where this machine has one."""
    figures = _figures("SQLite", folder, *(f"sqlite:///{folder}/{size}.db" for size in (FEW, MANY)))
    with _postgres_databases() as urls:
        return figures + (_figures("PostgreSQL", folder, *urls) if urls else [])


@contextmanager
def _postgres_databases() -> Iterator[list[str]]:
    binaries = find_binaries()
    if binaries is None:
        yield []
        return
    with temporary_postgres(binaries) as server:
        plain = make_url(server).set(drivername="postgresql")
        with psycopg.connect(plain.render_as_string(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE few")
            connection.execute("CREATE DATABASE many")
        yield [make_url(server).set(database=name).render_as_string() for name in ("few", "many")]


def _figures(name: str, folder: Path, few_url: str, many_url: str) -> list[Figure]:
    schedules = folder / "schedules"
    if not schedules.exists():
        write_schedules(schedules, page_after="1h")
    figures = []
    for index, (what, step) in enumerate(_CLOCKS):
        runtimes = [_runtime(folder, schedules, url, step) for url in (few_url, many_url)]
        if index == 0:
            open_many(few_url, FEW)
            open_many(many_url, MANY)
        few, many = _medians(runtimes)
        for runtime in runtimes:
            runtime.database.close()
        figures += [
            Figure(f"turn{what}, {MANY:,} open / {FEW} open, {name}", many / few, "×", f"{FEW} open", at_most=MOST),
            Figure(f"turn{what}, {MANY:,} open, {name}", many * 1000, "ms"),
        ]
    return figures


def _runtime(folder: Path, schedules: Path, url: str, step: timedelta) -> bootstrap.Runtime:
    environment = Service(folder, schedules, database_url=url).environment()
    settings = load_settings(environment, serving=True)
    bootstrap.upgrade_database(settings)
    fakes = bootstrap.Fakes(
        clock=_SteppingClock(step), channels={}, workers=Inline(), log=lambda *_words, **_fields: None
    )
    runtime = bootstrap.build(settings, fakes)
    bring_into_force(runtime, schedules)
    return runtime


def _medians(runtimes: list[bootstrap.Runtime]) -> list[float]:
    """The median turn of each, in turns so that both meet the same machine."""
    times: list[list[float]] = [[] for _ in runtimes]
    for turn in range(TURNS):
        for runtime, kept in zip(runtimes, times, strict=True):
            began = time.perf_counter()
            # Days go by: now and then a shift begins, of which engineers are told.
            if not runtime.engine.run_once() and turn >= TURNS // 10:
                kept.append(time.perf_counter() - began)
    if min(len(kept) for kept in times) < TURNS * 0.8:
        raise RuntimeError("something was due at many turns, so these were no idle ones")
    return [statistics.median(kept) for kept in times]
