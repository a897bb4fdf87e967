"""What every test may ask for: a fresh, migrated database of each kind, and a browser.

A machine without PostgreSQL or Chromium says so in the summary; in CI the tests that need one fail.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from sqlalchemy import make_url

from oncall.store import SqlDatabase, open_store, upgrade
from tests.chromium import find_chromium
from tests.postgres import GIVEN, find_binaries, temporary_postgres

_server = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """With several workers, one PostgreSQL is started here and handed to them through the environment."""
    is_worker = hasattr(config, "workerinput")
    has_workers = bool(getattr(config.option, "numprocesses", None))
    if has_workers and not is_worker:
        _start_postgres()


def pytest_unconfigure() -> None:
    """Stop the PostgreSQL that was started here."""
    _server.close()


def _start_postgres() -> None:
    binaries = find_binaries()
    if not os.environ.get(GIVEN) and binaries is not None:
        os.environ[GIVEN] = _server.enter_context(temporary_postgres(binaries))
        _server.callback(os.environ.pop, GIVEN, None)


def cannot_run(why: str) -> NoReturn:
    """Skip the test aloud; in CI, where everything is brought along, fail it."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"in CI every test runs, but: {why}")
    pytest.skip(why)


class PostgresDatabases:
    """Makes migrated databases on one server, by copying a template."""

    def __init__(self, server_url: str, worker: str) -> None:
        self._server = make_url(server_url).set(drivername="postgresql")
        self._prefix = f"t_{os.getpid()}_{worker}"
        self._made = 0
        self._template = f"{self._prefix}_migrated"
        self._run(f"CREATE DATABASE {self._template} TEMPLATE template0")
        upgrade(self._url(self._template))

    def _url(self, name: str) -> str:
        return self._server.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """A database of its own for one test; yields its URL."""
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._template if migrated else 'template0'}")
        try:
            yield self._url(name)
        finally:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Leave nothing on a server that is not ours."""
        self._run(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabases]:
    """A PostgreSQL server to make databases on."""
    _start_postgres()
    url = os.environ.get(GIVEN)
    if not url:
        cannot_run(f"no PostgreSQL: set {GIVEN}, or run make test, which brings one")
    databases = PostgresDatabases(url, os.environ.get("PYTEST_XDIST_WORKER", "main"))
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """A fresh, migrated SQLite file."""
    path = tmp_path / "oncall.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: PostgresDatabases) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    with postgres.fresh() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[SqlDatabase]:
    """The rows on a fresh PostgreSQL database, for what only its locks can show."""
    store = open_store(postgres_url)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database; the test runs once on each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def database(database_url: str) -> Iterator[SqlDatabase]:
    """The rows on a fresh database of each kind."""
    store = open_store(database_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program."""
    found = find_chromium()
    if found is None:
        cannot_run("no Chromium: set ONCALL_TEST_CHROMIUM, or run make test, which brings one")
    return found
