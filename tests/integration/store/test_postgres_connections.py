"""Connections to PostgreSQL are used again while their server still knows what it was asked on them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from oncall.store import SqlDatabase, open_store
from tests.integration.store.samples import NOW

pytestmark = pytest.mark.postgres

THREADS = 16
_KEPT = text("SELECT custom_plans FROM pg_prepared_statements WHERE statement LIKE '%AS place%'")
_SERVER = text("SELECT pg_backend_pid()")


def test_the_question_of_a_turn_is_planned_once_however_often_it_is_asked(postgres_url: str) -> None:
    database = open_store(postgres_url)
    for _ in range(20):
        with database.look() as work:
            work.agenda.next_due(NOW)
    with database._looker.connect() as connection:
        assert connection.execute(_KEPT).scalars().all() == [0]
    database.close()


def test_the_connection_that_was_given_back_last_is_taken_next(postgres_url: str) -> None:
    database = open_store(postgres_url)
    with database._engine.connect() as last, database._engine.connect():
        server = last.execute(_SERVER).scalar_one()
    with database._engine.connect() as next_one:
        assert next_one.execute(_SERVER).scalar_one() == server
    database.close()


def test_many_who_look_at_once_wait_for_few_connections_instead_of_opening_more(postgres_url: str) -> None:
    database = open_store(postgres_url)
    at_once = threading.Barrier(THREADS)

    def servers(_: int) -> set[int]:
        at_once.wait(30)
        return {_looked_by(database) for _ in range(20)}

    with ThreadPoolExecutor(THREADS) as threads:
        found = set[int]().union(*threads.map(servers, range(THREADS)))
    assert len(found) <= 4
    database.close()


def _looked_by(database: SqlDatabase) -> int:
    with database.look() as work:
        return int(work._connection.execute(_SERVER).scalar_one())  # type: ignore[attr-defined]
