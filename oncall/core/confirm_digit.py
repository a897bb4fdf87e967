"""The digit that acknowledges one call, for engineers whose voicemail may echo keys."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from oncall.core.delivery import Delivery

DETAIL = "confirm"
# Not those that the menu has or keeps for itself (1, 2, 3, 6), which an echo is most likely to send.
DIGITS = "457890"


def digit_for(delivery_id: str) -> str:
    """Ids are random, and so is this; but whoever asks for the same delivery gets the same digit."""
    return DIGITS[int.from_bytes(sha256(delivery_id.encode()).digest()[:8]) % len(DIGITS)]


def frozen_digit(details: Mapping[str, str]) -> str:
    """The digit that was chosen when the page was made; "" where it is acknowledged as always."""
    digit = details.get(DETAIL, "")
    return digit if digit in tuple(DIGITS) else ""


def digit_of_call(together: Iterable[Delivery]) -> str:
    """The digit that acknowledges a call which is about all of these pages, the one that leads it first.

    Some may be from before the digit was switched on: what any of them asks for holds for the whole call. "" where
    none of them asks for one.
    """
    lead_first = sorted(together, key=lambda one: (one.id != one.bundle, one.incident or 0, one.id))
    return next((digit for digit in (frozen_digit(one.details) for one in lead_first) if digit), "")
