"""What was given on the phone in a request that failed: kept, and stored as soon as it can be, whether they stay or
ring off."""

from flask import request

from oncall.core.bundle_wording import ANSWERS_FOR_ALL
from oncall.core.call import RecordingPart
from oncall.core.voice_menu import PageKey, needs_confirmation, page_key
from oncall.web.asked_digits import asked_digit_of
from oncall.web.call_state import call_state, counted
from oncall.web.runtime import runtime


def keep_answer() -> None:
    """Keep what this request brought."""
    # All of it is read now: it is stored outside of any request.
    call, step, intake = call_state(), request.path.rsplit("/", 1)[-1], runtime().intake
    part = RecordingPart(step) if call.recording and step in set(RecordingPart) else None

    def store() -> None:
        intake.call_arrived(sid=call.sid, from_number=call.from_number, to_number=call.to_number)
        if part is not None:
            intake.recording_arrived(
                call_sid=call.sid, recording_sid=call.recording, part=part, duration_seconds=call.recorded_seconds
            )
        elif step == "number" and call.keys:
            intake.callback_number(sid=call.sid, digits=call.keys)
        # A request without a key counts too: who knows what the caller said while we were not there to hear it.
        intake.caller_is_human(call.sid)

    runtime().unheard.keep(call.sid, step, store)


def keep_key() -> None:
    """Keep an engineer's key on a page, where this request brought one; it counts, if it answers, once it is stored.

    What it means is asked then: the digit that this call asked for is in the rows that could not be read.
    """
    call, delivery, whole = call_state(), (request.view_args or {}).get("delivery_id", ""), runtime()
    together, confirmed = bool(counted("together", 0)), bool(counted("confirm", 0))
    if not call.keys or not request.path.endswith("/keys"):
        return

    def store() -> None:
        key = page_key(call.keys, asked_digit_of(whole, delivery))
        if key is None or key is PageKey.REPEAT or (needs_confirmation(key) and not confirmed):
            return
        if together and key not in ANSWERS_FOR_ALL:
            return
        answers = whole.bundle_answers.key_pressed if together else whole.respond.key_pressed
        answers(delivery_id=delivery, key=key)

    whole.unheard.keep(call.sid, f"key {call.keys}", store)
