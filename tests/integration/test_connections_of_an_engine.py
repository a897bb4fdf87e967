"""An engine has as many connections as it has hands."""

from contextlib import ExitStack

import pytest

from oncall.bootstrap import ENGINE_THREADS
from oncall.store import SqlDatabase


@pytest.mark.postgres
def test_while_each_thread_of_an_engine_waits_for_its_commit_the_loop_goes_on(postgres_database: SqlDatabase) -> None:
    with ExitStack() as every_thread:
        for _ in range(ENGINE_THREADS):
            every_thread.enter_context(postgres_database.begin())
        with postgres_database.begin() as loop:
            assert loop.incidents.get(1) is None
