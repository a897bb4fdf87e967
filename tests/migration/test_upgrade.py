"""A database is made, and brought up to date, by the migrations alone, and by any number of processes at once."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from oncall.errors import StoreUnavailableError
from oncall.store import open_store, schema_is_current, upgrade
from oncall.store.table_parts import metadata

MIGRATIONS = Path(upgrade.__code__.co_filename).parent / "migrations"
UPGRADES = "import sys; from oncall.store import upgrade; sys.stdin.readline(); upgrade(sys.argv[1])"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it; on SQLite not even a file."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/oncall.db"
        return
    with request.getfixturevalue("postgres").fresh(migrated=False) as url:
        yield url


def test_an_empty_database_becomes_current_and_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    assert schema_is_current(empty_url) is False
    upgrade(empty_url)
    assert schema_is_current(empty_url) is True
    upgrade(empty_url)
    database = open_store(empty_url)
    with database.read() as work:
        assert work.incidents.listing(include_resolved=True) == []
    database.close()


def test_the_migrations_and_the_tables_say_the_same(empty_url: str) -> None:
    upgrade(empty_url)
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = {
            (table, index["name"], str(index.get("dialect_options", {}).get(f"{engine.dialect.name}_where", "")) != "")
            for table in metadata.tables
            for index in inspect(connection).get_indexes(table)
        }
    expected = {
        (table.name, index.name, index.dialect_options["sqlite"]["where"] is not None)
        for table in metadata.tables.values()
        for index in table.indexes
    }
    assert found == expected
    engine.dispose()


@pytest.mark.parametrize(("published", "marks"), [(0, 0), (1, 1), (3, 1)])
def test_engineers_who_were_there_before_the_contact_card_are_marked_as_known(
    empty_url: str, published: int, marks: int
) -> None:
    """A new installation has no mark, so that its first publication welcomes everybody."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    before = ScriptDirectory.from_config(config).get_revision("0011_welcomed_engineers").down_revision
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, str(before))
    engine.dispose()
    database = open_store(empty_url)
    for number in range(published):
        with database.begin() as work:
            work.schedule_versions.publish({}, fingerprint=f"{number}", author="", now=datetime.now(UTC))
    upgrade(empty_url)
    with database.read() as work:
        assert [(each.engineer, each.phone) for each in work.welcomed.all()] == [("", "")] * marks
    database.close()


def test_four_processes_that_upgrade_at_once_all_succeed(empty_url: str) -> None:
    upgrading = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADES, empty_url],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    errors = []
    for process in upgrading:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in upgrading:
        errors.append(process.communicate(timeout=120)[1])
    assert [process.returncode for process in upgrading] == [0, 0, 0, 0], errors
    assert schema_is_current(empty_url) is True


def test_an_upgrade_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    """A table of that name is in the way: nothing of the revision may stay."""
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE timeline (somebody_elses INTEGER)"))
    with pytest.raises(Exception, match="timeline"):
        upgrade(empty_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["timeline"]
    assert schema_is_current(empty_url) is False
    engine.dispose()


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="nowhere"):
        upgrade(f"sqlite:///{tmp_path}/nowhere/oncall.db")
