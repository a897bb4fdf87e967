"""What engines say of themselves, as rows."""

from dataclasses import replace
from datetime import timedelta

from oncall.ports import EngineSign
from oncall.store import SqlDatabase
from tests.integration.store.samples import MINUTE, NOW, SECOND

HERE = EngineSign("e1", "host-a", 4711, "1.0", NOW - MINUTE, NOW, "A delivery waits.\nAnother one, too.")


def said(database: SqlDatabase, *signs: EngineSign) -> None:
    with database.begin() as work:
        for sign in signs:
            work.engines.put(sign)


def heard(database: SqlDatabase, limit: int = 100) -> list[EngineSign]:
    with database.read() as work:
        return work.engines.listing(limit)


def test_before_the_first_engine_nobody_is_listed(database: SqlDatabase) -> None:
    assert heard(database) == []


def test_what_an_engine_says_later_takes_the_place_of_what_it_said_before(database: SqlDatabase) -> None:
    later = replace(HERE, last_tick_at=NOW + 5 * SECOND, audit="")
    said(database, HERE, later)
    assert heard(database) == [later]


def test_the_freshest_is_listed_first(database: SqlDatabase) -> None:
    fresher = replace(HERE, id="e2", last_tick_at=NOW + SECOND)
    said(database, fresher, HERE)
    assert heard(database) == [fresher, HERE]
    assert heard(database, limit=1) == [fresher]


def test_what_was_said_long_ago_is_forgotten(database: SqlDatabase) -> None:
    old = replace(HERE, id="e2", last_tick_at=NOW - timedelta(days=2))
    said(database, old, HERE)
    with database.begin() as work:
        work.engines.forget(NOW - timedelta(days=1))
    assert heard(database) == [HERE]
