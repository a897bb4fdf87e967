"""Which of the calls or texts that Twilio knows is the one whose sending we did not record."""

from collections.abc import Callable, Sequence
from datetime import datetime

from oncall.channels.twilio import Sent
from oncall.core.accounted import CLOCKS_DIFFER_BY, Accounted
from oncall.errors import ChannelError
from oncall.ports import Message, Receipt

# These reached nobody and never will: sending again is no repetition.
_CAME_TO_NOTHING = frozenset({"failed", "undelivered", "canceled", "busy", "no-answer"})


def the_one_not_recorded(found: Sequence[Sent], since: datetime, known: Accounted) -> Receipt | None:
    """The oldest one since then that belongs to no other delivery and may still arrive; None where there is none, or
    all may belong to others.

    ``found`` are those to the right address with the right words, newest first.
    """
    earliest = since - CLOCKS_DIFFER_BY
    candidates = [
        one
        for one in found
        if one.sid not in known.ids
        and one.status not in _CAME_TO_NOTHING
        and (one.created_at is None or one.created_at >= earliest)
    ]
    # Others in doubt may own as many: then ours may never have gone, and rather goes twice.
    if len(candidates) <= known.unknown:
        return None
    return Receipt(provider_id=candidates[-1].sid, status=candidates[-1].status)


def with_these_words(found: Sequence[Sent], message: Message) -> list[Sent]:
    """Those that say the same. A trial account puts a sentence of Twilio's before ours."""
    words = message.text.strip()
    return [one for one in found if one.body.strip().endswith(words)]


def known_by_its_parts(found: Sequence[Sent], message: Message) -> list[Sent]:
    """Those that hold what never changes of it: the caller's name, or what is wrong, may have come in since it went."""
    return [one for one in found if message.known_by and _holds(one.body.strip(), message.known_by)]


def _holds(text: str, parts: Sequence[str]) -> bool:
    for part in parts:
        _, found, text = text.partition(part)
        if not found:
            return False
    return not text


def asked(look: Callable[[], Sequence[Sent]], log: Callable[..., None], delivery_id: str) -> Sequence[Sent]:
    """What Twilio knows; nothing where it cannot be asked, as a look-up that cannot tell repeats."""
    try:
        return look()
    except ChannelError as exc:
        log("lookup_failed", delivery=delivery_id, error=str(exc), code=exc.code)
        return ()
