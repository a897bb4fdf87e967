"""Which turn of a planned drill was begun last, on both databases."""

from datetime import timedelta

from oncall.store import SqlDatabase
from tests.unit.core.night import NOW

WEEK = timedelta(weeks=1)


def test_a_turn_that_came_to_nothing_is_due_again_and_begun_once(database: SqlDatabase) -> None:
    with database.begin() as uow:
        assert not uow.drill_turns.begin("weekly", NOW - WEEK), "a new plan has had its last turn"
        assert uow.drill_turns.begin("weekly", NOW)
        assert not uow.drill_turns.is_due("weekly", NOW)
    with database.begin() as uow:
        assert uow.drill_turns.give_back("weekly", NOW)
        assert uow.drill_turns.is_due("weekly", NOW)
    with database.begin() as uow:
        assert uow.drill_turns.begin("weekly", NOW)
        assert not uow.drill_turns.begin("weekly", NOW)


def test_a_turn_that_is_given_back_late_undoes_no_later_one(database: SqlDatabase) -> None:
    with database.begin() as uow:
        uow.drill_turns.begin("weekly", NOW - WEEK)
        uow.drill_turns.begin("weekly", NOW)
        assert not uow.drill_turns.give_back("weekly", NOW - WEEK)
        assert not uow.drill_turns.give_back("unknown", NOW)
        assert not uow.drill_turns.is_due("weekly", NOW)
