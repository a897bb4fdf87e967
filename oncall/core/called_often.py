"""A number that is called again and again: carriers take it for spam, and block it, so other ways go first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod

CALLS_WITHIN = timedelta(hours=1)
FREE_CALLS = 15


def other_way_first(
    call: Delivery, chain: Sequence[Delivery], *, calls_before: int, now: datetime
) -> tuple[Delivery, Delivery] | None:
    """The other way, due now, and the claimed call in its place; None where the number is called all the same.

    ``chain`` is the call's run of notification rules, ``calls_before`` how many calls went to its number within the
    hour. The two change places: as many pages go as before, and one goes now.
    """
    if call.kind is not DeliveryKind.PAGE or call.method is not ContactMethod.CALL:
        return None
    if calls_before < FREE_CALLS or call.in_doubt:
        return None
    others = [other for other in chain if _could_go(other, now)]
    if not others:
        return None
    other = min(others, key=lambda one: (one.due_at, one.position))
    put_off = replace(
        call,
        state=DeliveryState.WAITING,
        attempts=call.attempts - 1,
        due_at=other.due_at,
        position=other.position,
        claimed_by="",
        lease_until=None,
        bundle=None,
    )
    return replace(other, due_at=now, position=call.position), put_off


def _could_go(other: Delivery, now: datetime) -> bool:
    unused = other.state is DeliveryState.WAITING and other.attempts == 0 and other.due_at > now
    return unused and other.method is not ContactMethod.CALL and bool(other.address)
