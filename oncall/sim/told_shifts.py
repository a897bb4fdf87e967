"""What engineers were told of their shifts and of promises, as far as the invariants must know."""

from oncall.core.delivery import Delivery
from oncall.core.engineer import ContactMethod, ShiftPurpose
from oncall.core.local_time import to_wall

_DAY = range(7, 22)


class ToldShifts:
    """No telephone rings for it at night but for a handoff, and nobody is told the same twice. What is owed and late is
    told again each day, in the same words; and a shift that was taken over and given back begins again.

    Simulated engineers live in Brussels.
    """

    def __init__(self) -> None:
        self._told: set[tuple[str, ...]] = set()

    def wrong_with(self, delivery: Delivery) -> str:
        """What is wrong with a delivery that was just enqueued; "" for nothing."""
        facts = [delivery.details.get(fact, "") for fact in ("about", "schedule", "starts_at", "text")]
        day = delivery.due_at.date().isoformat() if facts[0] == "promise" else ""
        about = (delivery.recipient, day, *facts)
        can_wait = delivery.method is ContactMethod.CALL and facts[0] != ShiftPurpose.HANDOFF
        if can_wait and to_wall("Europe/Brussels", delivery.due_at).hour not in _DAY:
            return f"{delivery.recipient} is called at night for a notice about shifts"
        if about in self._told:
            return f"{delivery.recipient} is told twice of a shift: {delivery.details['text']}"
        if facts[0] == ShiftPurpose.CHANGES:
            begun = (delivery.recipient, "", ShiftPurpose.HANDOFF.value, facts[1])
            self._told = {told for told in self._told if told[:4] != begun}
        self._told.add(about)
        return ""
