"""Incidents that were open before promises were watched are looked at once, and watched from then on."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select

from oncall.core.business_hours import BusinessHours
from oncall.core.promise_clock import look
from oncall.core.sla import PromiseStage, SlaClock
from oncall.store import open_store, upgrade
from oncall.store.upgrade import _config
from tests.migration.test_rolling_upgrade import NOW, a_row, opened, tables_of

BEFORE = "0013_engines"
LATER = timedelta(minutes=30)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def before_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the release before, with three incidents: answered, over, and waiting for an answer."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/oncall.db"
        _as_before(url)
        yield url
        return
    with request.getfixturevalue("postgres").fresh(migrated=False) as url:
        _as_before(url)
        yield url


def _as_before(url: str) -> None:
    with opened(url) as engine:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE)
        [incidents] = [table for table in tables_of(engine) if table.name == "incidents"]
        row = a_row(incidents, engine.dialect.name) | {"drill": False, "handed_to": "[]", "acknowledgements": "[]"}
        due = NOW + LATER if engine.dialect.name == "postgresql" else (NOW + LATER).isoformat(timespec="microseconds")
        row["respond_by"] = due
        with engine.begin() as connection:
            for number, changes in (
                (5001, {"token": "a"}),
                (5002, {"token": "b", "state": "resolved", "responded_at": None}),
                (5003, {"token": "c", "responded_at": None}),
            ):
                connection.execute(incidents.insert(), row | {"number": number} | changes)


def test_an_unanswered_promise_of_before_is_watched_after_the_upgrade(before_url: str) -> None:
    upgrade(before_url)
    database = open_store(before_url)
    try:
        with database.read() as work:
            assert work.incidents.promises_due(NOW, 10) == [5003]
            found = work.incidents.get(5003)
    finally:
        database.close()
    assert found is not None
    assert (found.promise_told, found.waited_for, found.major) == (PromiseStage.NONE, timedelta(0), False)
    seen = look(found, SlaClock.ALWAYS, BusinessHours(), NOW + LATER / 2)
    assert [reached.stage for reached in seen.reached] == [PromiseStage.HALF]
    with opened(before_url) as engine, engine.connect() as connection:
        [incidents] = [table for table in tables_of(engine) if table.name == "incidents"]
        assert len(connection.execute(select(incidents.c.promise_told)).all()) == 3
