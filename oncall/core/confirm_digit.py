"""The digit that acknowledges one call, for engineers whose voicemail may echo keys."""

from collections.abc import Mapping
from hashlib import sha256

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
