"""Bringing a database to the schema of this release. Two processes may do it at once: one waits for the other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, make_url

from oncall.errors import StoreUnavailableError
from oncall.store.connections import connected, parsed, sqlite_path
from oncall.store.foreign_errors import translated

_ADVISORY_LOCK = 1042_1001
_PATIENCE_SECONDS = 60.0  # another process may be upgrading a large table


def upgrade(url: str) -> None:
    """Create or migrate; nothing happens where the schema is current. Raises StoreUnavailableError or StoreError."""
    place = parsed(url)
    engine = connected(place, create=True, wait_seconds=_PATIENCE_SECONDS)
    try:
        with translated(place.render_as_string()), _alone(place), engine.begin() as connection:
            if place.get_backend_name() == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            migrate(connection)
    finally:
        engine.dispose()


def schema_is_current(url: str) -> bool:
    """Whether `upgrade` would change nothing; False where there is no file. Raises StoreUnavailableError."""
    place = parsed(url)
    path = sqlite_path(place)
    if path is not None and not path.exists():
        return False
    engine = connected(place)
    try:
        with translated(place.render_as_string()), engine.connect() as connection:
            return is_current(connection)
    finally:
        engine.dispose()


def is_current(connection: Connection) -> bool:
    """Whether this release can work with the database behind this connection: its tables are this release's or later.

    While a later release is being rolled out its tables are there first, and those of this one go on serving.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    return found == scripts.get_current_head() or _is_later(found, scripts)


def _is_later(revision: str | None, scripts: ScriptDirectory) -> bool:
    """Whether a later release made this revision: this one knows all that came before its own."""
    return revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}


def migrate(connection: Connection) -> None:
    """Run what is missing in the transaction of this connection; nothing where a later release has migrated it."""
    config = _config()
    found = MigrationContext.configure(connection).get_current_revision()
    if _is_later(found, ScriptDirectory.from_config(config)):
        return
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def fresh_image() -> bytes:
    """A migrated, empty SQLite database, for databases in memory; made once a process."""
    engine = connected(make_url("sqlite://"))
    try:
        with engine.connect() as connection:
            with connection.begin():
                migrate(connection)
            image: bytes = connection.connection.driver_connection.serialize()  # type: ignore[union-attr]
            return image
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _alone(place: URL) -> Iterator[None]:
    """Two processes that switch a new SQLite file to WAL at once refuse each other without waiting, so they queue here.

    The lock is on the folder: opening and closing the file itself would drop SQLite's own locks on it.
    """
    path = sqlite_path(place)
    if path is None:
        yield
        return
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise StoreUnavailableError(
            f"the folder {path.parent} of the database cannot be opened ({error.strerror}): create it"
        ) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
