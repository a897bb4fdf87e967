"""What our rows account for of all that went to an address, so that one message in doubt is not taken for another.

A provider's list tells that a call went to a number, and not what it was about: two calls in doubt to one number look
alike there, and one of them may never have gone. Only where the list shows more than all others can account for, one of
them is surely ours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.delivery import Delivery
from oncall.core.engineer import ContactMethod

# The provider's clock and ours differ a little, and its times have whole seconds: so much earlier than an instant of
# ours its list is looked at.
CLOCKS_DIFFER_BY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Attempted:
    """As much of a delivery that was claimed as is needed here; all as a delivery has it."""

    id: str
    incident: int | None
    method: ContactMethod
    attempts: int
    settled: int
    unsent: int
    provider_id: str
    bundle: str | None

    @property
    def message(self) -> str:
        """What went together was one call or text."""
        return self.bundle or self.id

    @property
    def unknown(self) -> int:
        """How many of its attempts may have gone without an id of theirs being known."""
        # A release that knows nothing of ``unsent`` leaves it as it was; of what was sent it says that all is settled.
        unsent = self.unsent if self.provider_id else max(self.unsent, self.settled)
        return max(0, self.attempts - unsent - (1 if self.provider_id else 0))


@dataclass(frozen=True, slots=True)
class Accounted:
    """``ids`` at the provider are known; of others, that could be mistaken for this one, ``unknown`` may have gone."""

    ids: frozenset[str] = frozenset()
    unknown: int = 0


# Asked only after the provider's list was read: nothing in that is then of an attempt that is not accounted for.
AskAccounted = Callable[[], Accounted]


def accounted_since(since: datetime) -> datetime:
    """Since when our rows must be known, so that nothing in the provider's list that is looked at from ``since`` on is
    another's and counts as nobody's."""
    return since - 2 * CLOCKS_DIFFER_BY


def accounted(attempted: Iterable[Attempted], delivery: Delivery) -> Accounted:
    """What all but ``delivery`` account for, given what was attempted to its address (`accounted_since`)."""
    owners: dict[str, set[str]] = {}
    unknown: dict[str, int] = {}
    for one in attempted:
        if one.provider_id:
            owners.setdefault(one.provider_id, set()).add(one.message)
        if one.message != (delivery.bundle or delivery.id) and _is_mistaken(one, delivery):
            unknown[one.message] = max(unknown.get(one.message, 0), one.unknown)
    # Two that were looked up at the same instant may have found the same one. Both had gone: the other's id is open.
    taken_for_each_other = sum(len(messages) - 1 for messages in owners.values())
    return Accounted(frozenset(owners), sum(unknown.values()) + taken_for_each_other)


def _is_mistaken(other: Attempted, delivery: Delivery) -> bool:
    """Calls carry no words. Texts of other incidents say which they are about."""
    if other.method is not delivery.method:
        return False
    return delivery.method is not ContactMethod.SMS or other.incident == delivery.incident
