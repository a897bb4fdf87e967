"""What is known of each attempt to send a delivery: whether it may have gone, and was not recorded.

A claim counts as an attempt before it sends anything, so that one whose worker dies is in doubt, and not forgotten.
"""

from dataclasses import replace
from datetime import datetime

from oncall.core.delivery import Delivery, DeliveryState


def claimed(delivery: Delivery, *, worker: str, lease_until: datetime) -> Delivery:
    """This worker has it now, to send it.

    Where an earlier attempt may have gone the worker looks for that one first, and has sent nothing until ``repeated``.
    """
    looks_first = delivery.attempts != delivery.settled
    return replace(
        delivery,
        state=DeliveryState.CLAIMED,
        attempts=delivery.attempts + 1,
        unsent=delivery.unsent + 1 if looks_first else delivery.unsent,
        claimed_by=worker,
        lease_until=lease_until,
    )


def repeated(delivery: Delivery) -> Delivery:
    """It is about to be sent although an earlier attempt may have gone: the provider knows of none, or cannot tell."""
    return replace(delivery, unsent=delivery.unsent - 1) if delivery.in_doubt else delivery


def refused(delivery: Delivery, as_claimed: Delivery) -> Delivery:
    """This attempt did not go, for sure.

    An earlier doubt stays: a look-up that found nothing may not have been able to tell. ``as_claimed`` is how the
    delivery was then, before it was ``repeated``.
    """
    if delivery.in_doubt:
        return replace(delivery, unsent=as_claimed.unsent)
    return replace(delivery, settled=delivery.attempts, unsent=delivery.attempts)


def perhaps_gone(delivery: Delivery, times: int) -> Delivery:
    """This attempt may have gone so many times, at least once: once to each of several providers."""
    return replace(delivery, attempts=delivery.attempts + times - 1)
