"""When a delivery that was refused is tried again, and when it is given up."""

from datetime import timedelta

from oncall.core.delivery import Delivery, DeliveryKind

_ZERO = timedelta(0)
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(seconds=60)
_TRIES = {DeliveryKind.PAGE: 8, DeliveryKind.OPERATOR: 8, DeliveryKind.NOTICE: 20}


def retry_in(delivery: Delivery, chance: float, wait_for: timedelta = _ZERO) -> timedelta | None:
    """How long a refused delivery waits for its next try: 5, 10, 20, 40, 60, 60 … s, shortened by up to a fifth by
    ``chance``, and not less than the provider asks for (``wait_for``, of which a minute is heeded: people wait).

    None when it is given up: a page after eight tries (the escalation goes on anyway), a notice after twenty.
    """
    kind = DeliveryKind.NOTICE if delivery.unhurried else delivery.kind
    if delivery.attempts >= _TRIES[kind]:
        return None
    full: timedelta = min(_FIRST_RETRY * 2 ** min(delivery.attempts - 1, 10), _LONGEST_RETRY)
    return max(full - full * (0.2 * chance), min(wait_for, _LONGEST_RETRY))
