"""What engineers were told of their shifts, as far as the invariants must know."""

from oncall.core.delivery import Delivery
from oncall.core.engineer import ContactMethod


class ToldShifts:
    """Everybody in simulated worlds can be texted, so no telephone rings for it; and nobody is told the same twice."""

    def __init__(self) -> None:
        self._told: set[tuple[str, ...]] = set()

    def wrong_with(self, delivery: Delivery) -> str:
        """What is wrong with a delivery that was just enqueued; "" for nothing."""
        facts = [delivery.details[fact] for fact in ("about", "schedule", "starts_at", "text")]
        about = (delivery.recipient, *facts)
        if delivery.method is ContactMethod.CALL:
            return f"{delivery.recipient} is called for a notice about shifts"
        if about in self._told:
            return f"{delivery.recipient} is told twice of a shift: {delivery.details['text']}"
        self._told.add(about)
        return ""
