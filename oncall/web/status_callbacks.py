"""What the provider tells us afterwards: late, twice, out of order, or never. None of it is waited for.

They are answered 204, and 503 while the database is away, since a provider that is told so asks again.
"""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Request

from oncall.core.call import RecordingPart
from oncall.core.plain_text import clean
from oncall.web.call_state import whole_number
from oncall.web.runtime import calling_provider, runtime
from oncall.web.signatures import guard

blueprint = Blueprint("status_callbacks", __name__)
guard(blueprint)


@blueprint.after_request
def _remember_failures(response: Response) -> Response:
    """It may have been a caller's words that could not be stored: calls of that moment are not screened."""
    if response.status_code >= 500:
        runtime().unheard.missed()
    return response


_LONGEST = 120


def field_of(incoming: Request, name: str) -> str:
    """A field of a callback, "" where there is none; as much of it as anything of the provider's is long."""
    return clean(incoming.form.get(name, "")[:_LONGEST])


def _field(name: str) -> str:
    return field_of(request, name)


def _done() -> Response:
    return Response(status=204)


@blueprint.post("/voice/status")
def call_status() -> Response:
    """How a call to the hotline goes; an ended one pages now, or is screened."""
    if _field("CallSid"):
        runtime().intake.call_status(
            sid=_field("CallSid"), status=_field("CallStatus"), from_number=_field("From"), to_number=_field("To")
        )
    return _done()


@blueprint.post("/voice/recording-status")
def recording_status() -> Response:
    """A recording is ready: it may be the first that we hear of it."""
    part, seconds = request.args.get("part", ""), _field("RecordingDuration")
    sid, call = _field("RecordingSid"), _field("CallSid")
    said_something = _field("RecordingStatus") == "completed" and seconds != "0"
    if said_something and sid.isalnum() and sid.isascii() and call and part in set(RecordingPart):
        runtime().intake.recording_arrived(
            call_sid=call,
            recording_sid=sid,
            part=RecordingPart(part),
            duration_seconds=whole_number(seconds, 0),
        )
    return _done()


@blueprint.post("/voice/transcript")
def transcript() -> Response:
    """What the provider thinks was said, sometimes hours later."""
    if _field("TranscriptionStatus") == "completed":
        runtime().intake.transcript_arrived(
            call_sid=_field("CallSid"),
            recording_sid=_field("RecordingSid"),
            text=request.form.get("TranscriptionText", ""),
        )
    return _done()


@blueprint.post("/voice/deliveries/<delivery_id>/status")
def delivery_call_status(delivery_id: str) -> Response:
    """How one of our own calls goes."""
    runtime().deliveries.provider_said(
        delivery_id=delivery_id,
        provider_id=_field("CallSid"),
        status=_field("CallStatus"),
        error_code=_field("ErrorCode"),
        provider=calling_provider(),
        answered_by=_field("AnsweredBy"),
    )
    return _done()


@blueprint.post("/voice/deliveries/<delivery_id>/machine")
def delivery_call_machine(delivery_id: str) -> Response:
    """Whom the provider takes to have answered one of our own calls: a guess that answers nothing."""
    runtime().deliveries.provider_guessed(
        delivery_id=delivery_id, provider_id=_field("CallSid"), answered_by=_field("AnsweredBy")
    )
    return _done()


@blueprint.post("/sms/deliveries/<delivery_id>/status")
def delivery_message_status(delivery_id: str) -> Response:
    """How one of our own messages goes."""
    runtime().deliveries.provider_said(
        delivery_id=delivery_id,
        provider_id=_field("MessageSid"),
        status=_field("MessageStatus"),
        error_code=_field("ErrorCode"),
        provider=calling_provider(),
    )
    return _done()
