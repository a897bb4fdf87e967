"""The order in which rows are locked: an incident before its deliveries, so that nobody waits in a circle."""

from collections.abc import Sequence

from oncall.core.delivery import Delivery
from oncall.core.incident import Incident
from oncall.ports import UnitOfWork


def locked(uow: UnitOfWork, delivery_id: str) -> tuple[Incident | None, Delivery | None]:
    """The delivery and its incident, both locked; (None, None) for an unknown id, no incident for an operator
    message."""
    seen = uow.deliveries.get(delivery_id)
    return (None, None) if seen is None else _locked(uow, seen)


def locked_if_free(uow: UnitOfWork, claimed: Sequence[Delivery]) -> list[tuple[Incident | None, Delivery]]:
    """Claimed deliveries of which each went alone, as they are now, each with its incident, all locked: all incidents
    before all deliveries, lowest number first.

    Left out is what is gone, and what is about an incident that somebody else has just now.
    """
    incidents = uow.incidents.lock_free(one.incident for one in claimed if one.incident is not None)
    free = [one.id for one in claimed if one.incident is None or one.incident in incidents]
    return [(incidents.get(one.incident or 0), one) for one in uow.deliveries.lock_many(free)]


def locked_as_claimed(uow: UnitOfWork, claimed: Delivery) -> list[tuple[Incident | None, Delivery]]:
    """The same as `locked_bundle` for a delivery that was claimed: what it is about is known without asking."""
    if claimed.bundle is not None:
        return locked_bundle(uow, claimed.id)
    incident, current = _locked(uow, claimed)
    return [] if current is None else [(incident, current)]


def locked_bundle(uow: UnitOfWork, delivery_id: str) -> list[tuple[Incident | None, Delivery]]:
    """The delivery, or all that share its call or text, each with its incident, all locked; empty for an unknown id.

    All incidents come before all deliveries, lowest number first: two bundles never wait for each other.
    """
    seen = uow.deliveries.get(delivery_id)
    if seen is None:
        return []
    if seen.bundle is None:
        incident, delivery = _locked(uow, seen)
        return [] if delivery is None else [(incident, delivery)]
    together = uow.deliveries.bundled(seen.bundle)
    numbers = sorted({one.incident for one in together if one.incident is not None})
    incidents = {number: uow.incidents.get(number, lock=True) for number in numbers}
    found = [uow.deliveries.get(one.id, lock=True) for one in together]
    return [(incidents.get(one.incident or 0), one) for one in found if one is not None and one.bundle == seen.bundle]


def _locked(uow: UnitOfWork, seen: Delivery) -> tuple[Incident | None, Delivery | None]:
    """What a delivery is about never changes: that much of what was seen still holds."""
    incident = uow.incidents.get(seen.incident, lock=True) if seen.incident is not None else None
    return incident, uow.deliveries.get(seen.id, lock=True)
