"""Short retries at a channel's edge. Long ones are rows: the engine keeps them."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from tenacity import RetryCallState, Retrying

from oncall.errors import BusyError, OutcomeUnknownError, TransientError
from oncall.ports import Clock, Rng

T = TypeVar("T")

_TRIES = 2
# A second try is only worth while if both together stay within the ten seconds that the engine was promised.
_FIRST_TRY_AT_MOST_FOR = timedelta(seconds=3)
# As much as the pause before it.
_ASKED_TO_WAIT_AT_MOST_FOR = timedelta(seconds=0.2)


def retried(work: Callable[[], T], *, clock: Clock, rng: Rng) -> T:
    """What ``work`` returns, tried once more where it surely did not go and failed quickly."""
    started_at = clock.now()

    def give_up(state: RetryCallState) -> bool:
        return state.attempt_number >= _TRIES or clock.now() - started_at > _FIRST_TRY_AT_MOST_FOR

    def worth_while(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, BusyError) and error.wait_for > _ASKED_TO_WAIT_AT_MOST_FOR:
            return False
        return isinstance(error, TransientError) and not isinstance(error, OutcomeUnknownError)

    retrying = Retrying(
        stop=give_up,
        retry=worth_while,
        wait=lambda _state: 0.2 + 0.3 * rng.random(),
        sleep=clock.sleep,
        reraise=True,
    )
    return retrying(work)
