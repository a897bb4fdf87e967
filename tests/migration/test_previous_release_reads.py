"""What this release writes, the previous one can read: every word that stands in a row, and every row.

A word that is new is first read, by one release, and written by the next; or it is written where the previous release
takes it as text, or never looks.
"""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oncall.sim.random_world import asks_pagerduty, meets_pagerduty, run_random_world
from oncall.store import SqlDatabase
from oncall.store.database import MemoryDatabase
from oncall.web import create_app
from tests.acceptance import test_one_problem_everywhere as one_problem
from tests.acceptance.everywhere import Everywhere
from tests.previous_release import previous_release

ROOT = Path(__file__).parents[2]
# What stands in no row, or where the previous release does not ask which word it is. Empty it at each release.
NEW = {
    "Phrase": {"issue_over"},  # never stored
    "EventType": {"incident.unattended"},  # told to webhooks as it stands
    "Telling": {"catch_up"},  # under a name of its own, which the previous release sends nothing to
}
LISTED = """\
import importlib, json, pkgutil
from enum import Enum

import oncall.core, oncall.engine

found = {}
for package in (oncall.core, oncall.engine):
    for place in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        for name, kind in vars(importlib.import_module(place.name)).items():
            if isinstance(kind, type) and issubclass(kind, Enum) and kind.__module__ == place.name:
                found[name] = sorted(str(word.value) for word in kind)
print(json.dumps(found))
"""


READ = """\
import json, sys

from sqlalchemy import select

from oncall.store import database, open_store
from oncall.store.table_parts import metadata

read = {}
store = open_store(sys.argv[1])
with store._engine.connect() as connection:
    for table in metadata.sorted_tables:
        read[table.name] = len(connection.execute(select(table)).all())
with store.read() as work:
    for incident in work.incidents.listing(include_resolved=True, limit=1000):
        work.deliveries.of(incident.number), work.timeline.of(incident.number)
print(json.dumps(read))
"""


def said_by(code: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A script that is run with this code."""
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        env={**os.environ, "PYTHONPATH": str(code)}, cwd=code, capture_output=True, check=False, text=True,
    )  # fmt: skip


def run(code: Path, script: str, *words: str) -> dict[str, Any]:
    """What it says."""
    said = said_by(code, script, *words)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def words_of(code: Path) -> dict[str, set[str]]:
    """The words of every enumeration, by its name."""
    return {name: set(words) for name, words in run(code, LISTED).items()}


def kept(rows: SqlDatabase, path: Path) -> str:
    """The rows of a world as a file; its URL."""
    assert isinstance(rows, MemoryDatabase)
    path.write_bytes(rows._connection.connection.driver_connection.serialize())
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The previous release's."""
    return previous_release(tmp_path_factory.mktemp("previous") / "code")


def test_the_previous_release_knows_every_word_that_this_one_writes(code: Path) -> None:
    before, now = words_of(code), words_of(ROOT)
    assert {"IncidentState", "DeliveryState", "TimelineKind", "EventType"} <= set(before)
    unknown = {name: words - before[name] for name, words in now.items() if name in before and words - before[name]}
    assert unknown == NEW


def test_the_previous_release_reads_all_that_one_problem_left_here_in_slack_and_at_github(
    tmp_path: Path, code: Path
) -> None:
    there = Everywhere(one_problem.POSTMORTEMS)
    one_problem.test_one_problem_from_the_call_to_the_report(there)
    read = run(code, READ, kept(there.world.rows, tmp_path / "rows.db"))
    tables = (
        "incidents",
        "deliveries",
        "timeline",
        "calls",
        "recordings",
        "partner_events",
        "inbound_events",
        "incident_links",
    )
    assert [name for name in (*tables, "postmortems", "postmortem_actions") if not read[name]] == []


@pytest.mark.parametrize(
    "seed", [next(seed for seed in range(99) if meets(seed)) for meets in (meets_pagerduty, asks_pagerduty)]
)
def test_the_previous_release_reads_all_that_a_night_left_in_which_everything_went_wrong(
    tmp_path: Path, code: Path, seed: int
) -> None:
    world, _ = run_random_world(create_app, seed=seed, incidents=8)
    read = run(code, READ, kept(world.rows, tmp_path / "rows.db"))
    assert [name for name in ("incidents", "deliveries", "timeline", "calls", "alarms") if not read[name]] == []


def test_a_row_that_the_previous_release_cannot_read_would_be_noticed(tmp_path: Path, code: Path) -> None:
    world, _ = run_random_world(create_app, seed=1, incidents=1, faults=False)
    url = kept(world.rows, tmp_path / "rows.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "rows.db")) as rows, rows:
        rows.execute("UPDATE timeline SET kind = 'of tomorrow'")
    said = said_by(code, READ, url)
    assert said.returncode != 0 and "of tomorrow" in said.stderr
