"""When the provider is asked about what it has said nothing final of: callbacks get lost, and nobody says so."""

from datetime import datetime, timedelta

from oncall.core.engineer import ContactMethod

_ZERO = timedelta(0)
# A call rings for half a minute, and a text is mostly delivered within seconds.
_FIRST = timedelta(seconds=60)
_LONGEST = timedelta(minutes=30)
# With the pauses between them that is two hours: longer than a provider is away, or a text is kept.
MOST_ASKS = 8
# While the provider cannot be asked, the pause is this part of the time since it took the message, within these bounds.
_OF_IT = 8
_SOONEST_AGAIN = timedelta(seconds=5)
_LATEST_AGAIN = timedelta(seconds=60)
# What a provider asks for beyond it would leave whoever waits for news to themselves.
_HEEDED_AT_MOST = timedelta(minutes=5)
_GIVEN_UP_AFTER = timedelta(hours=2)
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


def ask_again_at(sent_at: datetime, now: datetime, wait_for: timedelta = _ZERO) -> datetime | None:
    """When the provider is asked again that was too busy, or away, to be asked ``now``: within seconds at first, then
    up to every minute, and not before it asks for itself (``wait_for``, five minutes at most).

    None once it has been so for two hours: it is given up.
    """
    since = now - sent_at
    if since >= _GIVEN_UP_AFTER:
        return None
    pause = min(max(since / _OF_IT, _SOONEST_AGAIN), _LATEST_AGAIN)
    return now + max(pause, min(wait_for, _HEEDED_AT_MOST))
