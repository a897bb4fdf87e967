"""From the 16th call to a number within an hour other ways go first, so that carriers do not take us for spam."""

from collections.abc import Sequence
from datetime import datetime

from oncall.core.called_often import CALLS_WITHIN, FREE_CALLS, other_way_first
from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.core.incident import TimelineEntry, TimelineKind
from oncall.engine.locking import locked_bundle
from oncall.ports import Environment, UnitOfWork


class Courtesy:
    """Asked before a page's call is handed over."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def without_other_way(self, uow: UnitOfWork, claimed: Sequence[Delivery], now: datetime) -> frozenset[str]:
        """The ids of those pages' calls among these, just claimed, in whose place nothing else could go."""
        calls = [one for one in claimed if _is_call_of_page(one)]
        chains = uow.deliveries.chains([one.chain for one in calls])
        return frozenset(one.id for one in calls if not _has_other_way(chains.get(one.chain, ()), one, now))

    def other_ways_first(self, together: Sequence[Delivery], known: frozenset[str] = frozenset()) -> bool:
        """Whether these claimed calls were put off, and other ways brought forward in their place.

        False where the number was not called often, or where one of them has no other way: it is called all the same,
        and the rest goes along. ``known`` is what `without_other_way` found of them.
        """
        lead, now = together[0], self._env.clock.now()
        if not _is_call_of_page(lead) or any(one.id in known for one in together):
            return False
        with self._env.database.read() as uow:
            # As they were claimed; who has no other way is most of all, and their calls need not be counted.
            if any(not _has_other_way(uow.deliveries.chain(one.chain), one, now) for one in together):
                return False
            calls_before = uow.deliveries.calls_since(lead.address, now - CALLS_WITHIN)
        if calls_before < FREE_CALLS:
            return False
        claimed = {one.id: one.attempts for one in together}
        with self._env.database.begin() as uow:
            current = [one for _, one in locked_bundle(uow, lead.id) if claimed.get(one.id) == one.attempts]
            swaps = [
                other_way_first(one, _locked_chain(uow, one), calls_before=calls_before, now=now)
                for one in current
                if not one.finished and not one.cancel_wanted
            ]
            if not swaps or None in swaps:
                return False
            for other, call in (swap for swap in swaps if swap is not None):
                uow.deliveries.save(other)
                uow.deliveries.save(call)
                text = (
                    f"{call.details.get('engineer', call.recipient)} was called {calls_before} times within an hour:"
                    f" {other.method.value} goes before the next call"
                )
                if call.incident is not None:
                    uow.timeline.add(call.incident, [TimelineEntry(now, TimelineKind.PAGE, text)])
            uow.wake_engine()
        return True


def _is_call_of_page(delivery: Delivery) -> bool:
    return delivery.kind is DeliveryKind.PAGE and delivery.method is ContactMethod.CALL


def _has_other_way(chain: Sequence[Delivery], call: Delivery, now: datetime) -> bool:
    return other_way_first(call, chain, calls_before=FREE_CALLS, now=now) is not None


def _locked_chain(uow: UnitOfWork, call: Delivery) -> list[Delivery]:
    """Its run of notification rules as it stands now: an engine whose clock is ahead may have claimed one of them."""
    found = [uow.deliveries.get(one.id, lock=True) for one in uow.deliveries.chain(call.chain)]
    return [one for one in found if one is not None]
