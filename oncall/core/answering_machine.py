"""What the provider guesses of who answered a call: right in two cases out of three, and never an acknowledgement."""

from dataclasses import replace

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState

_DETAIL = "answered_by"
_MACHINES = frozenset({"machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax"})


def may_be_a_machine(delivery: Delivery, *, provider_id: str, answered_by: str) -> Delivery | None:
    """The page, with the guess in it; None where the guess changes nothing.

    That is a human or an unknown word, another call, a repeated guess, and a page that somebody answered with a key.
    """
    foreign = bool(delivery.provider_id) and provider_id != delivery.provider_id
    human = delivery.state in (DeliveryState.DELIVERED, DeliveryState.CANCELLED)
    if answered_by not in _MACHINES or foreign or human or delivery.kind is not DeliveryKind.PAGE:
        return None
    if _DETAIL in delivery.details:
        return None
    return replace(delivery, details={**delivery.details, _DETAIL: answered_by})


def machine_fact(delivery: Delivery) -> str:
    """The guess, for the timeline."""
    whom = delivery.details.get("engineer", "") or delivery.recipient
    return f"Call to {whom}: an answering machine may have answered"
