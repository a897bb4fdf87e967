"""Whether a provider is worth asking first: a circuit breaker as a value. Time is passed in; nothing here waits.

CLOSED, it is asked in its place. OPEN, it is asked after all others, and never left out. HALF_OPEN, one message goes
to it in its place, to see whether it works again, with the next provider at hand.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

IN_A_ROW = 3
OF_THE_LAST = 20
AT_LEAST = 10
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=4)
# Longer than any bounded send: a probe whose process died holds up no other for ever.
_PROBE_FOR = timedelta(seconds=15)


class BreakerState(StrEnum):
    """Whether a provider is asked first, last, or once for a trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """What became of the latest requests to one provider.

    ``recent`` are the last outcomes, True for those that failed. ``opened_at`` is None while it is closed; ``rests``
    counts how often it was opened in a row. ``probed_until`` says that a message is out on trial.
    """

    in_a_row: int = 0
    recent: tuple[bool, ...] = ()
    opened_at: datetime | None = None
    rests: int = 0
    probed_until: datetime | None = None

    @property
    def is_up(self) -> bool:
        """Whether it has not been found ill; one that is on trial still counts as ill."""
        return self.opened_at is None


def state(breaker: CircuitBreaker, now: datetime) -> BreakerState:
    """How it stands at this instant."""
    if breaker.opened_at is None:
        return BreakerState.CLOSED
    on_trial = breaker.probed_until is not None and now < breaker.probed_until
    return BreakerState.OPEN if on_trial or now < breaker.opened_at + _rest(breaker) else BreakerState.HALF_OPEN


def probing(breaker: CircuitBreaker, now: datetime) -> CircuitBreaker:
    """A message is out on trial: until it is back, others see the breaker open."""
    return replace(breaker, probed_until=now + _PROBE_FOR)


def succeeded(breaker: CircuitBreaker) -> CircuitBreaker:
    """The provider answered. What was open is closed, and its past forgotten."""
    if breaker.opened_at is not None:
        return CircuitBreaker()
    recent = _with(breaker, failed=False)
    # With every message that goes: nothing is new where none has failed lately.
    return breaker if not breaker.in_a_row and recent == breaker.recent else replace(breaker, in_a_row=0, recent=recent)


def failed(breaker: CircuitBreaker, now: datetime) -> CircuitBreaker:
    """The provider did not do its part, by no fault of ours or the recipient's."""
    in_a_row, recent = breaker.in_a_row + 1, _with(breaker, failed=True)
    if breaker.opened_at is not None:
        was_trial = breaker.probed_until is not None or now >= breaker.opened_at + _rest(breaker)
        if not was_trial:
            return replace(breaker, in_a_row=in_a_row, recent=recent)
        return CircuitBreaker(in_a_row, recent, opened_at=now, rests=breaker.rests + 1)
    too_many = len(recent) >= AT_LEAST and 2 * sum(recent) > len(recent)
    if in_a_row < IN_A_ROW and not too_many:
        return replace(breaker, in_a_row=in_a_row, recent=recent)
    return CircuitBreaker(in_a_row, recent, opened_at=now)


def _with(breaker: CircuitBreaker, *, failed: bool) -> tuple[bool, ...]:
    return (*breaker.recent, failed)[-OF_THE_LAST:]


def _rest(breaker: CircuitBreaker) -> timedelta:
    rest: timedelta = min(_FIRST_REST * 2 ** min(breaker.rests, 10), _LONGEST_REST)
    return rest
