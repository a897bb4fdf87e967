"""The order in which rows are locked: an incident before its deliveries, so that nobody waits in a circle."""

from oncall.core.delivery import Delivery
from oncall.core.incident import Incident
from oncall.ports import UnitOfWork


def locked(uow: UnitOfWork, delivery_id: str) -> tuple[Incident | None, Delivery | None]:
    """The delivery and its incident, both locked; (None, None) for an unknown id, no incident for an operator
    message."""
    seen = uow.deliveries.get(delivery_id)
    if seen is None:
        return None, None
    incident = uow.incidents.get(seen.incident, lock=True) if seen.incident is not None else None
    return incident, uow.deliveries.get(delivery_id, lock=True)
