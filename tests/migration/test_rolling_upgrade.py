"""The previous release goes on working while the tables are this release's already: what it stores still fits.

The previous release is taken as it was: its columns are read from the tables that its own revision makes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    inspect,
    select,
)
from sqlalchemy.types import BigInteger

from oncall.store import open_store, schema_is_current, upgrade
from oncall.store.connections import connected, parsed
from oncall.store.upgrade import _config

# The release of before, and one of long ago: whoever upgrades late has that one at work.
RELEASES = ("0005_calendars", "0019_postmortems")
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
POLICY = '{"key": "p", "steps": [{"page": ["production"], "wait": 300}], "repeat": null, "acknowledge_timeout": 1800}'
# What a column holds where its kind alone does not say what fits.
WORDS: dict[str, Any] = {
    "state": "triggered", "deliveries.state": "waiting", "priority": "production_down", "request_type": "problem",
    "channel": "phone", "overrides.channel": "sms", "policy": POLICY, "screening": "passed", "resolution": None,
    "passed_by": "[]", "warnings": "[]", "kind": "opened", "deliveries.kind": "page", "method": "sms",
    "urgency": "first_page", "details": "{}", "files": "{}", "shifts": "[]", "part": "problem", "work": "send",
    "incident": 5001, "number": 5001, "published_in": None, "removed_at": None, "resolved_at": None,
    "handed_to": "[]", "acknowledgements": "[]", "promise_told": "none", "waiting_since": None,
    "finished_at": None, "cancelled_at": None, "lease_until": None, "rollback_of": None, "sid": "S1",
}  # fmt: skip

INSTANTS = frozenset({"at", "respond_by", "resolve_by", "agenda_for", "caught_up_to", "runs_from"})


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = connected(parsed(url), create=True)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(params=RELEASES)
def previous(request: pytest.FixtureRequest) -> str:
    """The newest revision of the previous release."""
    revision: str = request.param
    return revision


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def previous_url(request: pytest.FixtureRequest, tmp_path: Path, previous: str) -> Iterator[str]:
    """A database as the previous release made it."""
    with database_at(previous, request, tmp_path) as url:
        yield url


@contextmanager
def database_at(revision: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the kind that the parameter names, with the tables of that revision."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/oncall.db"
        _upgrade_to(revision, url)
        yield url
        return
    with request.getfixturevalue("postgres").fresh(migrated=False) as url:
        _upgrade_to(revision, url)
        yield url


def _upgrade_to(revision: str, url: str) -> None:
    with opened(url) as engine, engine.begin() as connection:
        config: Config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def tables_of(engine: Engine) -> list[Table]:
    """As they are now, those that others point at first."""
    found = MetaData()
    found.reflect(engine)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def a_row(table: Table, dialect: str) -> dict[str, Any]:
    """One value for every column: the previous release names every column that it knows."""
    return {column.name: _value(table, column, dialect) for column in table.columns}


def _value(table: Table, column: Any, dialect: str) -> Any:
    for name in (f"{table.name}.{column.name}", column.name):
        if name in WORDS:
            return WORDS[name]
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer | BigInteger | SmallInteger):
        return 1
    if isinstance(column.type, LargeBinary):
        return b"audio"
    if isinstance(column.type, Date):
        return NOW.date()
    if column.name.endswith(("_at", "_since", "until")) or column.name in INSTANTS:
        return NOW if dialect == "postgresql" else NOW.isoformat(timespec="microseconds")
    return "x"


def store(connection: Connection, tables: list[Table], dialect: str) -> None:
    for table in tables:
        insert = table.insert()
        values = a_row(table, dialect)
        connection.execute(insert, values)


def test_everything_that_the_previous_release_stores_fits_after_the_upgrade(previous_url: str) -> None:
    with opened(previous_url) as engine:
        of_previous = tables_of(engine)
        assert {"incidents", "deliveries", "imported_calendars"} <= {table.name for table in of_previous}
        upgrade(previous_url)
        with engine.begin() as connection:
            before = {table.name: len(connection.execute(select(table)).all()) for table in of_previous}
            store(connection, of_previous, engine.dialect.name)
        with engine.connect() as connection:
            for table in of_previous:
                assert len(connection.execute(select(table)).all()) == before[table.name] + 1, table.name


def test_what_the_previous_release_stored_is_read_by_this_one(previous_url: str) -> None:
    with opened(previous_url) as engine:
        of_previous = tables_of(engine)
        with engine.begin() as connection:
            store(connection, of_previous, engine.dialect.name)
        upgrade(previous_url)
    database = open_store(previous_url)
    try:
        with database.read() as work:
            assert [one.number for one in work.incidents.listing(include_resolved=True)] == [5001]
            assert [one.recipient for one in work.deliveries.of(5001)] == ["x"]
            assert len(work.timeline.of(5001)) == 1
            assert work.overrides.history(NOW.replace(year=2020))
            assert len(work.imported_calendars.listing()) == 1
            assert work.known_shifts.get("x") is not None
            assert work.alarms.get("x") is not None
    finally:
        database.close()


def test_this_release_goes_on_serving_once_the_next_one_has_migrated_and_when_it_is_put_back(previous_url: str) -> None:
    upgrade(previous_url)
    with opened(previous_url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_of_the_next_release'")
    assert schema_is_current(previous_url)
    upgrade(previous_url)
    assert schema_is_current(previous_url)
    database = open_store(previous_url)
    try:
        assert database.schema_is_current()
    finally:
        database.close()


def test_no_column_that_the_previous_release_reads_is_gone(previous_url: str) -> None:
    with opened(previous_url) as engine:
        before = {table.name: {column.name for column in table.columns} for table in tables_of(engine)}
        upgrade(previous_url)
        with engine.connect() as connection:
            found = inspect(connection)
            after = {name: {column["name"] for column in found.get_columns(name)} for name in before}
    assert {name: before[name] - after[name] for name in before if before[name] - after[name]} == {}
