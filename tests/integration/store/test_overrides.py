"""Overrides as rows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.core.entered_override import EnteredOverride
from oncall.errors import ConflictError
from oncall.store import SqlDatabase
from tests.integration.store.samples import MINUTE, NOW, SECOND

HOUR = timedelta(hours=1)


def entered(**changes: object) -> EnteredOverride:
    made = EnteredOverride(0, "production", "alice", NOW, NOW + HOUR, "bob", "é", NOW - SECOND, "Alice Martin", "SMS")
    return replace(made, **changes)


def test_an_override_comes_back_as_it_was_with_an_id_that_grows(database: SqlDatabase) -> None:
    with database.begin() as work:
        first, second = work.overrides.add(entered()), work.overrides.add(entered(engineer="carol"))
    assert first == entered(id=first.id)
    assert second.id > first.id
    with database.read() as work:
        assert work.overrides.get(first.id) == first
        assert work.overrides.get(4711) is None
        assert work.overrides.active(NOW) == [first, second]


def test_what_is_over_is_not_asked_for_any_more_and_stays_in_the_history(database: SqlDatabase) -> None:
    with database.begin() as work:
        one = work.overrides.add(entered())
        assert work.overrides.active(NOW + HOUR - SECOND) == [one]
        assert work.overrides.active(NOW + HOUR) == []
        assert work.overrides.history(NOW) == [one]
        assert work.overrides.history(NOW + HOUR) == []


def test_a_removed_one_counts_no_more_and_says_who_removed_it_by_what_and_when(database: SqlDatabase) -> None:
    with database.begin() as work:
        one = work.overrides.add(entered())
        removed = work.overrides.remove(one.id, by="Dana", channel="dashboard", now=NOW + MINUTE)
        assert removed == replace(one, removed_at=NOW + MINUTE, removed_by="Dana", removed_channel="dashboard")
        assert work.overrides.active(NOW) == []
        assert work.overrides.history(NOW) == [removed]
        with pytest.raises(ConflictError, match="removed already"):
            work.overrides.remove(one.id, by="Erik", channel="SMS", now=NOW)


def test_what_the_folder_came_to_say_counts_no_more_and_can_count_again(database: SqlDatabase) -> None:
    with database.begin() as work:
        one = work.overrides.add(entered())
        work.overrides.mark_published([one.id], 7)
        assert work.overrides.active(NOW) == []
        assert work.overrides.published(NOW) == [replace(one, published_in=7)]
        assert work.overrides.published(NOW + HOUR) == []
        work.overrides.mark_published([one.id], None)
        assert work.overrides.active(NOW) == [one]


def test_the_history_is_newest_first_and_no_longer_than_asked(database: SqlDatabase) -> None:
    with database.begin() as work:
        made = [work.overrides.add(entered()) for _ in range(3)]
        work.overrides.lock()
        assert work.overrides.history(NOW, limit=2) == [made[2], made[1]]
