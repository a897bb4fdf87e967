"""How far the provider's lists were compared: one engine of many looks, and nobody moves a mark back."""

from datetime import timedelta

from oncall.ports import LogMark
from oncall.store import SqlDatabase
from tests.unit.core.night import NOW

MINUTE = timedelta(minutes=1)


def claim(database: SqlDatabase, after: timedelta) -> LogMark | None:
    now = NOW + after
    with database.begin() as uow:
        return uow.log_marks.claim("inbound", now, again_at=now + MINUTE)


def test_the_first_look_is_caught_up_to_now(database: SqlDatabase) -> None:
    assert claim(database, 0 * MINUTE) == LogMark("inbound", NOW + MINUTE, NOW)


def test_whoever_comes_second_finds_it_taken(database: SqlDatabase) -> None:
    claim(database, 0 * MINUTE)
    assert claim(database, MINUTE / 2) is None


def test_it_is_due_again_from_where_it_was(database: SqlDatabase) -> None:
    claim(database, 0 * MINUTE)
    again = claim(database, MINUTE)
    assert again is not None
    assert again.caught_up_to == NOW
    with database.begin() as uow:
        uow.log_marks.caught_up("inbound", NOW + MINUTE)
        uow.log_marks.caught_up("inbound", NOW)
    last = claim(database, 2 * MINUTE)
    assert last is not None
    assert last.caught_up_to == NOW + MINUTE
