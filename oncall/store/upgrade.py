"""Bringing a database to the schema of this release. Two processes may do it at once: one waits for the other.

On PostgreSQL the previous release works meanwhile. Whoever wants to change a table waits for those who read it, and has
all who come later wait behind: so it waits for a moment only, lets everybody pass, and begins again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, exc, make_url

from oncall.errors import StoreUnavailableError
from oncall.store.connections import connected, parsed, sqlite_path
from oncall.store.foreign_errors import is_held, translated

_ADVISORY_LOCK = 1042_1001
_PATIENCE = timedelta(seconds=60)  # another process may be upgrading a large table, or reading one for a report
# Shorter than the second after which PostgreSQL looks for whoever holds what another wants, and ends one of them.
_HELD_FOR = timedelta(milliseconds=300)
_PAUSE_FOR = timedelta(seconds=1)


def upgrade(url: str, *, patience: timedelta = _PATIENCE) -> None:
    """Create or migrate; nothing happens where the schema is current.

    Raises StoreError, of which StoreUnavailableError also where a table was held by others for as long as ``patience``.
    """
    place = parsed(url)
    engine = connected(place, create=True, wait_seconds=_PATIENCE.total_seconds())
    try:
        with translated(place.render_as_string()), _alone(place):
            if engine.dialect.name == "postgresql":
                _migrate_beside_work(engine, patience)
            else:
                with engine.begin() as connection:
                    migrate(connection)
    finally:
        engine.dispose()


def _migrate_beside_work(engine: Engine, patience: timedelta) -> None:
    for _ in range(max(1, patience // (_HELD_FOR + _PAUSE_FOR))):
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_HELD_FOR // timedelta(milliseconds=1)}ms'")
                migrate(connection)
        except exc.OperationalError as error:
            if not is_held(error):
                raise
        else:
            return
        with engine.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_sleep({_PAUSE_FOR.total_seconds()})")
    raise StoreUnavailableError(
        f"the tables of {engine.url.render_as_string()} could not be changed for {patience.total_seconds():.0f} s, and "
        "nothing was: something holds one of them, such as a backup or a long report; when it is over, run it again"
    )


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
