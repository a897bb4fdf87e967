"""Slack's webhooks, all at one address: events, buttons, shortcuts and the slash command.

One that is signed is stored and answered within milliseconds; `engine/slack_desk.py` works on it afterwards. What
cannot be read is answered 200 all the same: what is answered otherwise is sent again. Only while the database is away
it is answered 503.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, request

from oncall.core.slack import Form, challenge
from oncall.errors import RefusedWebhookError
from oncall.web.partner_bodies import body_as_it_came
from oncall.web.runtime import now, runtime
from oncall.web.signatures import refused

blueprint = Blueprint("slack", __name__)
blueprint.register_error_handler(RefusedWebhookError, refused)

SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"
_VERSION = "v0"
_MOST_BYTES = 2 * 1024 * 1024
_MOST_FIELDS = 200
_WINDOW_SECONDS = 300
_MOST_DIGITS = 12
_FORM = "application/x-www-form-urlencoded"


def is_signed(body: bytes, timestamp: str, signature: str, secret: str) -> bool:
    """Whether this secret signed the body as it came, at that second."""
    signed = b":".join((_VERSION.encode(), timestamp.encode(), body))
    expected = f"{_VERSION}={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"
    return hmac.compare_digest(expected.encode(), signature.encode())


@blueprint.post("/webhooks/slack")
def said() -> Response:
    """Somebody said or did something in Slack."""
    body = _signed_body()
    read = _read(body)
    if read is None:
        runtime().log("slack.unreadable", size=len(body))
        return Response(status=200)
    form, fields, text = read
    asked = challenge(fields)
    if asked is not None:
        return jsonify({"challenge": asked})
    retried = request.headers.get("X-Slack-Retry-Num", "")
    if retried:
        why = request.headers.get("X-Slack-Retry-Reason", "")
        runtime().log("slack.sent_again", times=retried[:3], reason=why[:40])
    answer = runtime().slack.received(form, fields, text)
    if not answer:
        return Response(status=200)
    return jsonify({"response_type": "ephemeral", "text": answer})


def _read(body: bytes) -> tuple[Form, Mapping[str, Any], str] | None:
    """What kind it is, its fields, and those as JSON to be kept; None for what cannot be read, or says nothing."""
    try:
        if request.mimetype != _FORM:
            text = body.decode()
            return _fields(Form.EVENT, text)
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        if "payload" in fields:
            return _fields(Form.INTERACTION, fields["payload"])
    except (ValueError, RecursionError):
        return None
    # Slack looks whether we are there.
    if "ssl_check" in fields:
        return None
    return Form.COMMAND, fields, json.dumps(fields)


def _fields(form: Form, text: str) -> tuple[Form, Mapping[str, Any], str] | None:
    """Raises ValueError and RecursionError for what is no JSON."""
    fields = json.loads(text)
    return (form, fields, text) if isinstance(fields, dict) else None


def _signed_body() -> bytes:
    """Raises RefusedWebhookError, with the reason, for what Slack did not send, or sent long ago."""
    secret = runtime().settings.slack_signing_secret
    if not secret:
        raise RefusedWebhookError("SLACK_SIGNING_SECRET is not set")
    signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
    if not signature or not timestamp:
        raise RefusedWebhookError("unsigned")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS):
        raise RefusedWebhookError("signed at no time that can be read")
    body = body_as_it_came(_MOST_BYTES, larger="larger than anything that Slack sends")
    if not is_signed(body, timestamp, signature, secret):
        raise RefusedWebhookError("wrongly signed: is SLACK_SIGNING_SECRET this app's?")
    if abs(now().timestamp() - int(timestamp)) > _WINDOW_SECONDS:
        raise RefusedWebhookError("signed more than five minutes ago, or ahead")
    return body
