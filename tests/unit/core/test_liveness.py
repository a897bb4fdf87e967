"""What engines said last tells whether they still work."""

from datetime import UTC, datetime, timedelta

from oncall.core.liveness import SILENT_AFTER, alive, since_last_tick

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_the_freshest_engine_says_how_long_ago_one_worked() -> None:
    assert since_last_tick([NOW - 40 * SECOND, NOW - 3 * SECOND], NOW) == 3 * SECOND


def test_where_no_engine_was_ever_seen_nothing_is_said() -> None:
    assert since_last_tick([], NOW) is None
    assert alive([], NOW) == 0


def test_an_engine_whose_clock_is_ahead_of_ours_has_worked_just_now() -> None:
    assert since_last_tick([NOW + 5 * SECOND], NOW) == timedelta(0)


def test_an_engine_that_says_nothing_for_half_a_minute_is_dead() -> None:
    assert alive([NOW, NOW - SILENT_AFTER, NOW - SILENT_AFTER - SECOND], NOW) == 2
