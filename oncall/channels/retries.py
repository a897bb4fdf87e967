"""A second try at a channel's edge. Later ones are rows: the engine keeps them."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from oncall.errors import OutcomeUnknownError, TransientError
from oncall.ports import Clock, Rng

T = TypeVar("T")

# A second try is only worth while if both together stay within the ten seconds that the engine was promised.
_FIRST_TRY_AT_MOST_FOR = timedelta(seconds=3)


def retried(work: Callable[[], T], *, clock: Clock, rng: Rng) -> T:
    """What ``work`` returns, tried once more where it surely did not go and failed quickly."""
    started_at = clock.now()
    try:
        return work()
    except OutcomeUnknownError:
        raise
    except TransientError:
        if clock.now() - started_at > _FIRST_TRY_AT_MOST_FOR:
            raise
    clock.sleep(0.2 + 0.3 * rng.random())
    return work()
