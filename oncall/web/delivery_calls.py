"""Our own calls: a page read to an engineer and the keys that answer it, a notice read to a customer.

"Acknowledged" is spoken only after `respond` has returned, which is after its commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response

from oncall.core import wording
from oncall.core.call import Recording
from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.incident import Incident, IncidentState
from oncall.core.languages import Language
from oncall.core.local_time import to_local
from oncall.core.notice import NoticePurpose, true_now
from oncall.core.voice_menu import PageKey, needs_confirmation, page_key, spoken_acknowledge, spoken_menu
from oncall.core.wording import Spoken
from oncall.web.asked_digits import asked_digit
from oncall.web.bundle_calls import LOOPS, answered_for_all, bundle_page, waiting_in
from oncall.web.call_state import call_state, counted, our_url
from oncall.web.kept_answers import keep_key
from oncall.web.recording_urls import recording_url
from oncall.web.runtime import runtime
from oncall.web.signatures import guard
from oncall.web.spoken_answers import answer, keep_the_line


def _english(*texts: str) -> list[Spoken]:
    return [Spoken(text, Language.ENGLISH) for text in texts if text]


blueprint = Blueprint("delivery_calls", __name__, url_prefix="/voice/deliveries")
guard(blueprint)
keep_the_line(
    blueprint,
    trouble=lambda: _english(wording.TROUBLE_SPEECH),
    given_up=lambda: _english(wording.CALL_FAILED_SPEECH),
    keep=keep_key,
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A delivery, with what its call is about."""

    delivery: Delivery
    incident: Incident | None
    recordings: Sequence[Recording]


@blueprint.post("/<delivery_id>")
def answered(delivery_id: str) -> Response:
    """Somebody, or something, picked up: what the call says."""
    call, loop = call_state(), counted("loop")
    found = _find(delivery_id)
    if found is None:
        return _last_words(wording.UNKNOWN_PAGE_SPEECH)
    if found.delivery.kind is DeliveryKind.PAGE and found.incident is not None:
        if loop == 1:
            runtime().deliveries.call_answered(delivery_id, call.sid)
        return _read_out(found, loop)
    if loop == 1:
        return answer("notice", things=_notice(found), again=our_url(f"/voice/deliveries/{delivery_id}", loop=2))
    runtime().deliveries.call_answered(delivery_id, call.sid)
    return answer("notice", things=_notice(found), again="")


@blueprint.post("/<delivery_id>/keys")
def keys(delivery_id: str) -> Response:
    """A key was pressed on a page."""
    key = page_key(call_state().keys, asked_digit(delivery_id))
    if counted("together", 0):
        return answered_for_all(delivery_id, key) or _read_again(delivery_id, useless=key is not PageKey.REPEAT)
    if key is None or key is PageKey.REPEAT:
        return _read_again(delivery_id, useless=key is None)
    if needs_confirmation(key) and not counted("confirm", 0):
        return _ask_to_confirm(delivery_id)
    outcome = runtime().respond.key_pressed(delivery_id=delivery_id, key=key)
    return _last_words(wording.outcome_speech(outcome) if outcome else wording.UNKNOWN_PAGE_SPEECH)


def _find(delivery_id: str) -> _Found | None:
    with runtime().database.read() as uow:
        delivery = uow.deliveries.get(delivery_id)
        if delivery is None:
            return None
        number = delivery.incident
        incident = uow.incidents.get(number) if number is not None else None
        recordings = uow.recordings.of(number) if number is not None else []
    return _Found(delivery, incident, recordings)


def _read_out(found: _Found, loop: int, *first: str) -> Response:
    """A page, or all that share its call; the one that is left of those."""
    waiting = waiting_in(found.delivery)
    if len(waiting) > 1:
        return bundle_page(found.delivery, [incident for _, incident in waiting], loop, *first)
    if waiting:
        found = _find(waiting[0][0].id) or found
    assert found.incident is not None
    return _page(found.delivery, found.incident, found.recordings, loop, *first)


def _page(delivery: Delivery, incident: Incident, recordings: Sequence[Recording], loop: int, *first: str) -> Response:
    if incident.state is not IncidentState.TRIGGERED:
        return _last_words(wording.page_over_speech(incident, by=_holder(incident)))
    if incident.is_with(delivery.recipient):
        return _last_words(wording.page_of_yours_speech(incident))
    if loop > LOOPS:
        return _last_words(wording.NOBODY_ACKNOWLEDGED_SPEECH)
    place = f"/voice/deliveries/{delivery.id}"
    code = asked_digit(delivery.id)
    written = "" if recordings else wording.page_summary_speech(incident)
    return answer(
        "page",
        opening=_english(*first, wording.page_speech(incident), spoken_acknowledge(code), written),
        recordings=[recording_url(recording.sid) for recording in recordings],
        menu=_english(spoken_menu(code)),
        action=our_url(f"{place}/keys", loop=loop),
        otherwise=our_url(place, loop=loop + 1),
    )


def _read_again(delivery_id: str, *, useless: bool) -> Response:
    """A human is there: a key that does nothing uses up one loop, asking for a repeat does not."""
    found = _find(delivery_id)
    if found is None or found.incident is None:
        return _last_words(wording.UNKNOWN_PAGE_SPEECH)
    loop = counted("loop") + (1 if useless else 0)
    first = (wording.USELESS_KEY_SPEECH,) if useless else ()
    return _read_out(found, loop, *first)


def _ask_to_confirm(delivery_id: str) -> Response:
    found = _find(delivery_id)
    if found is None or found.incident is None:
        return _last_words(wording.UNKNOWN_PAGE_SPEECH)
    place, loop = f"/voice/deliveries/{found.delivery.id}", counted("loop")
    return answer(
        "confirm_resolve",
        prompts=_english(wording.confirm_resolve_speech(found.incident.number)),
        action=our_url(f"{place}/keys", loop=loop, confirm=1),
        otherwise=our_url(place, loop=loop + 1),
    )


def _notice(found: _Found) -> list[Spoken]:
    delivery, incident = found.delivery, found.incident
    if delivery.kind is DeliveryKind.NOTICE and incident is not None:
        configuration = runtime().configuration.current()
        since = ""
        if incident.acknowledged_at is not None:
            since = to_local(configuration.business_hours.timezone, incident.acknowledged_at).strftime("%H:%M")
        # It was true when the call was placed; the telephone may have rung for a minute since.
        purpose, details = true_now(
            NoticePurpose(delivery.purpose), incident, delivery.details, holder=_holder(incident), since=since
        )
        return [wording.notice_speech(purpose, incident, details, configuration.hotline.language)]
    speech = delivery.details.get("speech", "")
    if delivery.about_shifts:
        # The telephone may have rung for a minute, and somebody may have answered meanwhile.
        words = runtime().quiet_words.words(delivery, runtime().clock.now())
        speech = words.speech if words is not None else wording.NOTHING_TO_DO_SPEECH
    return _english(speech or wording.operator_text(delivery.details))


def _holder(incident: Incident) -> str:
    """The name of whoever has it, or their key where they are not in the schedules folder any more; "" for nobody."""
    engineer = runtime().configuration.current().engineers.get(incident.acknowledged_by)
    return engineer.name if engineer else incident.acknowledged_by


def _last_words(text: str) -> Response:
    return answer("outcome", things=_english(text))
