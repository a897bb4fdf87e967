"""When the provider is asked about what it has said nothing final of: callbacks get lost, and nobody says so."""

from datetime import datetime, timedelta

from oncall.core.engineer import ContactMethod

# A call rings for half a minute, and a text is mostly delivered within seconds.
_FIRST = timedelta(seconds=60)
_LONGEST = timedelta(minutes=30)
# With the pauses between them that is two hours: longer than a provider is away, or a text is kept.
MOST_ASKS = 8
# An email is over once it is handed over; what others keep no record of cannot be asked about.
_ASKED_ABOUT = frozenset({ContactMethod.CALL, ContactMethod.SMS})


def ask_at(method: ContactMethod, asks: int, since: datetime) -> datetime | None:
    """When the provider is asked, having said its last word (or been asked ``asks`` times) at ``since``.

    After 60 s, then 2, 4, 8 … 30 minutes; None where this way cannot be asked about.
    """
    if method not in _ASKED_ABOUT:
        return None
    pause: timedelta = min(_FIRST * 2 ** min(asks, 10), _LONGEST)
    return since + pause
