"""Who has our contact card, on both databases."""

from dataclasses import replace

from oncall.core.welcome import Welcomed
from oncall.store import SqlDatabase
from tests.integration.store.samples import NOW

ALICE = Welcomed("alice", "+32470000001", NOW)


def test_each_engineer_is_known_once_at_each_phone(database: SqlDatabase) -> None:
    other = replace(ALICE, phone="+32470000009")
    with database.begin() as work:
        assert [work.welcomed.add(each) for each in (ALICE, ALICE, other)] == [True, False, True]
    with database.read() as work:
        assert sorted(work.welcomed.all(), key=lambda each: each.phone) == [ALICE, other]


def test_the_mark_of_an_upgrade_is_taken_once_and_a_new_database_has_none(database: SqlDatabase) -> None:
    with database.begin() as work:
        assert work.welcomed.take_mark() is False
        work.welcomed.add(Welcomed("", "", NOW))
        work.welcomed.add(ALICE)
        assert [work.welcomed.take_mark(), work.welcomed.take_mark()] == [True, False]
        assert work.welcomed.all() == [ALICE]
