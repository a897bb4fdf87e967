"""On PostgreSQL the tables are upgraded while the previous release works, which waits for a moment at most."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from oncall.errors import StoreUnavailableError
from oncall.store import schema_is_current, upgrade
from tests.conftest import PostgresDatabases
from tests.migration.test_rolling_upgrade import _upgrade_to, a_row, opened, tables_of

BEFORE = "0020_first_pages"  # what came after it changed incidents and deliveries
pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres: PostgresDatabases) -> Iterator[str]:
    """A database as an earlier release made it, with one incident and what was sent about it."""
    with postgres.fresh(migrated=False) as url:
        _upgrade_to(BEFORE, url)
        with opened(url) as engine, engine.begin() as connection:
            for table in tables_of(engine):
                if table.name in ("incidents", "deliveries"):
                    connection.execute(table.insert(), a_row(table, "postgresql"))
        yield url


@contextmanager
def upgrading(url: str) -> Iterator[list[Exception]]:
    """The upgrade goes on beside the block, and has ended after it; what it raised."""
    raised: list[Exception] = []

    def go() -> None:
        try:
            upgrade(url)
        except Exception as error:  # noqa: BLE001 - the edge of a thread: the test looks at it
            raised.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield raised
    finally:
        thread.join(60)


def wait_until_one_waits_for_a_lock(engine: Engine) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with engine.connect() as connection:
            if connection.execute(waits).scalar():
                return
        time.sleep(0.01)
    raise AssertionError("the upgrade did not come to the table that is held")


def change(connection: Connection, table: str) -> None:
    """As an engine does: every row is written, and stays as it is."""
    column = {"incidents": "version", "deliveries": "attempts"}[table]
    connection.execute(text(f"UPDATE {table} SET {column} = {column} WHERE {column} >= 0"))


def test_a_backup_that_goes_on_for_long_holds_up_the_upgrade_and_not_the_pages(url: str) -> None:
    """A statement that waits for a table has all that come after it wait as well."""
    with opened(url) as engine, engine.connect() as backup:
        backup.execute(text("SELECT count(*) FROM deliveries")).scalar()
        with upgrading(url) as raised:
            wait_until_one_waits_for_a_lock(engine)
            took = []
            until = time.monotonic() + 2
            while time.monotonic() < until:
                began = time.monotonic()
                with engine.begin() as connection:
                    change(connection, "deliveries")
                took.append(time.monotonic() - began)
                time.sleep(0.02)
            assert not schema_is_current(url)
            backup.rollback()
        assert max(took) < 1, "a page had to wait for the upgrade, which waited for the backup"
        assert raised == []
        assert schema_is_current(url)


def test_whoever_changes_the_tables_in_another_order_goes_on_and_the_upgrade_begins_again(url: str) -> None:
    with opened(url) as engine, engine.connect() as work:
        change(work, "incidents")
        with upgrading(url) as raised:
            wait_until_one_waits_for_a_lock(engine)
            change(work, "deliveries")
            work.commit()
        assert raised == []
        assert schema_is_current(url)


def test_an_upgrade_that_comes_to_nothing_says_why_and_changes_nothing(url: str) -> None:
    with opened(url) as engine, engine.connect() as backup:
        backup.execute(text("SELECT count(*) FROM deliveries")).scalar()
        with pytest.raises(StoreUnavailableError, match="a backup"):
            upgrade(url, patience=timedelta(seconds=1))
        backup.rollback()
        assert not schema_is_current(url)
        upgrade(url)
        assert schema_is_current(url)
