"""Which of the calls or texts that Twilio knows is the one whose sending we did not record."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from oncall.channels.twilio import Sent
from oncall.errors import ChannelError
from oncall.ports import Receipt

# Twilio's clock and ours differ a little, and its times have whole seconds.
_CLOCKS_DIFFER_BY = timedelta(seconds=30)
# These reached nobody and never will: sending again is no repetition.
_CAME_TO_NOTHING = frozenset({"failed", "undelivered", "canceled", "busy", "no-answer"})


def the_one_not_recorded(found: Sequence[Sent], since: datetime, known: frozenset[str]) -> Receipt | None:
    """The oldest one since then that belongs to no other delivery and may still arrive, or None.

    ``found`` are those to the right address with the right words, newest first.
    """
    earliest = since - _CLOCKS_DIFFER_BY
    candidates = [
        one
        for one in found
        if one.sid not in known
        and one.status not in _CAME_TO_NOTHING
        and (one.created_at is None or one.created_at >= earliest)
    ]
    return Receipt(provider_id=candidates[-1].sid, status=candidates[-1].status) if candidates else None


def asked(look: Callable[[], Sequence[Sent]], log: Callable[..., None], delivery_id: str) -> Sequence[Sent]:
    """What Twilio knows; nothing where it cannot be asked, as a look-up that cannot tell repeats."""
    try:
        return look()
    except ChannelError as exc:
        log("lookup_failed", delivery=delivery_id, error=str(exc), code=exc.code)
        return ()
