"""Recordings at signed, expiring URLs of our own, so that the provider can play them and a leaked link soon cannot."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request
from itsdangerous import BadData, URLSafeSerializer

from oncall.errors import ChannelError
from oncall.web.call_state import our_url
from oncall.web.runtime import now, runtime

GOOD_FOR = timedelta(hours=2)
NOT_READY = Path(__file__).with_name("static") / "recording-not-ready.wav"

blueprint = Blueprint("recording_urls", __name__)


def recording_url(sid: str) -> str:
    """Where the provider fetches this recording, for the next hour at least."""
    # Whole hours: a duplicate webhook gets the same answer.
    expires_at = (now() + GOOD_FOR).replace(minute=0, second=0, microsecond=0)
    return our_url(f"/voice/recordings/{sid}", sig=_serializer().dumps([sid, int(expires_at.timestamp())]))


@blueprint.get("/voice/recordings/<sid>")
def play(sid: str) -> Response:
    """The audio, or a spoken sentence where it is not here yet: a page that is silent in the middle is hung up on."""
    if not _allowed(sid, request.args.get("sig", "")):
        runtime().log("recording.refused", recording=sid, reason="the link is wrong or has expired")
        return Response("Forbidden\n", status=403, mimetype="text/plain")
    content, content_type = audio(sid) or (not_ready(), "audio/wav")
    return Response(content, mimetype=content_type, headers={"Cache-Control": "private, no-store"})


def audio(sid: str) -> tuple[bytes, str] | None:
    """A recording and its type; None while it is not here."""
    try:
        return runtime().recordings.audio(sid)
    except ChannelError as error:
        runtime().log("recording.not_fetched", recording=sid, problem=str(error))
        return None


@cache
def not_ready() -> bytes:
    """ "The recording is not ready yet", spoken."""
    return NOT_READY.read_bytes()


def _allowed(sid: str, signature: str) -> bool:
    try:
        signed_sid, expires_at = _serializer().loads(signature)
    except (BadData, ValueError, TypeError):
        return False
    return signed_sid == sid and now() < datetime.fromtimestamp(expires_at, UTC)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(runtime().settings.secret_key, salt="recording-url")
