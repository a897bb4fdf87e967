"""A call that went out twice: the second is kept in the rows like any other, in the transaction that finds it."""

from datetime import datetime

from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.incident import TimelineEntry, TimelineKind
from oncall.core.second_call import Together, second_call, second_call_fact
from oncall.ports import UnitOfWork


def note_second_call(
    uow: UnitOfWork, together: Together, *, provider_id: str, provider: str, status: str, now: datetime
) -> Delivery | None:
    """Keep the second call of these, locked by this transaction, and have it stopped where it is not needed.

    None where this is no second call, or one that is kept already.
    """
    second = second_call(together, provider_id=provider_id, provider=provider, status=status, now=now)
    if second is None or uow.deliveries.get(second.id) is not None:
        return None
    uow.deliveries.add([second])
    if second.incident is not None:
        kind = TimelineKind.NOTICE if second.kind is DeliveryKind.NOTICE else TimelineKind.PAGE
        uow.timeline.add(second.incident, [TimelineEntry(now, kind, second_call_fact(second))])
    uow.wake_engine()
    return second
