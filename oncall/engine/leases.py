"""How long work is in one pair of hands, though clocks of machines differ by seconds.

A lease ends by the clock of whoever looks. So it is longer than a send by the skew that is allowed for, and some:
an engine whose clock is SKEW_FOR ahead finds it still running when the slowest send has ended. `oncall doctor` says
when clocks differ by more. Then an engine may take over what another is still sending; it asks the provider first.
"""

from dataclasses import replace
from datetime import timedelta

from oncall.core.attempts import repeated
from oncall.core.delivery import Delivery, DeliveryState
from oncall.engine.locking import locked_as_claimed
from oncall.ports import Environment

SEND_FOR = timedelta(seconds=10)  # what a channel promises
SKEW_FOR = timedelta(seconds=5)
LEASE_FOR = SEND_FOR + SKEW_FOR + timedelta(seconds=5)
# To stop a telephone twice does no harm, and one that rings on is to be tried again soon.
STOP_LEASE_FOR = timedelta(seconds=15)


def holds_on(env: Environment, delivery: Delivery, *others: Delivery) -> bool:
    """Whether this claimed delivery may still be sent: its lease outlasts a send, or could be made to.

    ``others`` go in the same call or text. A look-up at the provider, or a machine that stood still, may have used the
    lease up. Where an earlier attempt may have gone, it is recorded here that this one will send. False where another
    engine has taken over meanwhile, or nobody needs any of them any more: then nothing is to be done.
    """
    now = env.clock.now()
    if not delivery.in_doubt and delivery.lease_until is not None and delivery.lease_until - now >= SEND_FOR + SKEW_FOR:
        return True
    ours = {one.id: _hands(one) for one in (delivery, *others)}
    with env.database.begin() as uow:
        still = [
            current
            for _, current in locked_as_claimed(uow, delivery)
            if not current.cancel_wanted and _hands(current) == ours.get(current.id)
        ]
        for current in still:
            uow.deliveries.save(replace(repeated(current), lease_until=now + LEASE_FOR))
    return bool(still)


def _hands(delivery: Delivery) -> tuple[DeliveryState, str, int]:
    return delivery.state, delivery.claimed_by, delivery.attempts
