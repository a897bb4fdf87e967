"""A provider that is ill is asked last, tried again now and then, and never left out."""

from datetime import UTC, datetime, timedelta

from oncall.core.circuit_breaker import BreakerState, CircuitBreaker, failed, probing, state, succeeded

NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def opened(at: datetime = NIGHT) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(3):
        breaker = failed(breaker, at)
    return breaker


def test_three_failures_in_a_row_open_it_and_two_do_not() -> None:
    twice = failed(failed(CircuitBreaker(), NIGHT), NIGHT)
    assert state(twice, NIGHT) is BreakerState.CLOSED
    assert state(failed(twice, NIGHT), NIGHT) is BreakerState.OPEN


def test_a_success_in_between_begins_the_count_anew() -> None:
    breaker = failed(failed(succeeded(failed(failed(CircuitBreaker(), NIGHT), NIGHT)), NIGHT), NIGHT)
    assert state(breaker, NIGHT) is BreakerState.CLOSED


def test_more_than_half_of_the_latest_failing_opens_it_though_never_three_in_a_row() -> None:
    breaker = CircuitBreaker()
    for _ in range(3):
        breaker = succeeded(failed(failed(breaker, NIGHT), NIGHT))
    assert state(breaker, NIGHT) is BreakerState.CLOSED
    assert state(failed(breaker, NIGHT), NIGHT) is BreakerState.OPEN


def test_half_of_them_failing_is_a_bad_day_and_no_illness() -> None:
    breaker = CircuitBreaker()
    for _ in range(30):
        breaker = failed(succeeded(breaker), NIGHT)
    assert breaker.is_up


def test_after_half_a_minute_one_message_tries_it_and_others_still_pass_it_by() -> None:
    later = NIGHT + 30 * SECOND
    assert state(opened(), later - SECOND) is BreakerState.OPEN
    assert state(opened(), later) is BreakerState.HALF_OPEN
    assert state(probing(opened(), later), later) is BreakerState.OPEN


def test_a_trial_whose_process_died_is_repeated() -> None:
    later = NIGHT + 30 * SECOND
    assert state(probing(opened(), later), later + 15 * SECOND) is BreakerState.HALF_OPEN


def test_a_trial_that_succeeds_closes_it_and_its_past_is_forgotten() -> None:
    assert succeeded(probing(opened(), NIGHT + 30 * SECOND)) == CircuitBreaker()


def test_each_trial_that_fails_makes_the_rest_longer_up_to_four_minutes() -> None:
    breaker, at, rests = opened(), NIGHT, []
    for _ in range(6):
        began = at
        while state(breaker, at) is BreakerState.OPEN:
            at += SECOND
        rests.append((at - began).seconds)
        breaker = failed(probing(breaker, at), at)
        assert not breaker.is_up
    assert rests == [30, 60, 120, 240, 240, 240]


def test_messages_that_find_it_last_and_fail_do_not_put_the_trial_off() -> None:
    breaker = failed(opened(), NIGHT + 20 * SECOND)
    assert state(breaker, NIGHT + 30 * SECOND) is BreakerState.HALF_OPEN
