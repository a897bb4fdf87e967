"""A call about several incidents: how it is read out, and the keys that answer for all of them."""

from collections.abc import Sequence

from flask import Response

from oncall.core import wording
from oncall.core.bundle_wording import ANSWERS_FOR_ALL, bundle_menu, bundle_outcome_speech, bundle_speech
from oncall.core.delivery import Delivery
from oncall.core.incident import Incident
from oncall.core.languages import Language
from oncall.core.voice_menu import PageKey
from oncall.core.wording import Spoken
from oncall.engine.bundles import still_open
from oncall.web.asked_digits import asked_digit
from oncall.web.call_state import our_url
from oncall.web.runtime import runtime
from oncall.web.spoken_answers import answer

LOOPS = 3


def waiting_in(delivery: Delivery) -> list[tuple[Delivery, Incident]]:
    """The incidents of this call that nobody has yet, each with its page; empty where the call is about one only."""
    if delivery.bundle is None:
        return []
    with runtime().database.read() as uow:
        return still_open(uow, delivery)


def bundle_page(delivery: Delivery, incidents: Sequence[Incident], loop: int, *first: str) -> Response:
    """Count, numbers, the key that matters, then each incident and the menu."""
    if loop > LOOPS:
        return answer("outcome", things=_english(wording.NOBODY_ACKNOWLEDGED_SPEECH))
    place, code = f"/voice/deliveries/{delivery.id}", asked_digit(delivery.id)
    return answer(
        "page",
        opening=_english(*first, *bundle_speech(incidents, code)),
        recordings=[],
        menu=_english(bundle_menu(code)),
        action=our_url(f"{place}/keys", loop=loop, together=1),
        otherwise=our_url(place, loop=loop + 1),
    )


def answered_for_all(delivery_id: str, key: PageKey | None) -> Response | None:
    """What a key of a call about several has done; None where it answers nothing, and all is to be read again."""
    if key is None or key not in ANSWERS_FOR_ALL:
        return None
    outcomes = runtime().bundle_answers.key_pressed(delivery_id=delivery_id, key=key)
    return answer("outcome", things=_english(bundle_outcome_speech(outcomes)))


def _english(*texts: str) -> list[Spoken]:
    return [Spoken(text, Language.ENGLISH) for text in texts if text]
