"""GitHub's webhooks. `engine/github_events.py` decides what becomes of them.

One that is signed is stored and answered 202; what it asks for is done afterwards. GitHub sends each once: one that
finds the database away is answered 503, and the sweep finds what it said.
"""

import hmac
import json
import re
from typing import Any

from flask import Blueprint, Response, request

from oncall.core.github import HEEDED, action_of, subject_of
from oncall.core.inbound import Platform
from oncall.errors import RefusedWebhookError
from oncall.web.partner_bodies import body_as_it_came
from oncall.web.runtime import runtime
from oncall.web.signatures import refused

blueprint = Blueprint("github", __name__)
blueprint.register_error_handler(RefusedWebhookError, refused)

SIGNATURE = "X-Hub-Signature-256"
_VERSION = "sha256="
_MOST_BYTES = 2 * 1024 * 1024
_DELIVERY = re.compile(r"[0-9A-Za-z-]{1,100}")
_EVENT = re.compile(r"[a-z_0-9]{1,60}")


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether this secret signed the body as it came."""
    expected = _VERSION + hmac.new(secret.encode(), body, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), header.strip().encode())


@blueprint.post("/webhooks/github")
def said() -> Response:
    """Somebody did something at GitHub, or a program did."""
    body = _signed_body()
    name, kind = request.headers.get("X-GitHub-Delivery", ""), request.headers.get("X-GitHub-Event", "")
    if not (_DELIVERY.fullmatch(name) and _EVENT.fullmatch(kind)):
        runtime().log("github.unreadable", size=len(body), problem="no name of a delivery, or of an event")
        return Response("X-GitHub-Delivery or X-GitHub-Event is missing\n", status=400, mimetype="text/plain")
    read = _read(body)
    if read is None:
        runtime().log("github.unreadable", size=len(body), delivery=name, problem="no JSON object")
        return Response(status=202)
    payload, text = read
    action = action_of(payload)
    heeded = kind in HEEDED
    new = runtime().inbound.received(
        Platform.GITHUB,
        name,
        type=f"{kind}.{action}" if action else kind,
        # What nobody heeds waits for nothing, and nobody reads it.
        subject=(subject_of(payload) if heeded else "") or name,
        body=text if heeded else "",
    )
    if not new:
        runtime().log("github.known_already", delivery=name)
    return Response(status=202)


def _read(body: bytes) -> tuple[dict[str, Any], str] | None:
    """The payload, and its text; None for what is no JSON object."""
    try:
        text = body.decode()
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (payload, text) if isinstance(payload, dict) else None


def _signed_body() -> bytes:
    """Raises RefusedWebhookError, with the reason, for what GitHub did not send."""
    secret = runtime().settings.github_webhook_secret
    if not secret:
        raise RefusedWebhookError("GITHUB_WEBHOOK_SECRET is not set")
    header = request.headers.get(SIGNATURE, "")
    if not header:
        raise RefusedWebhookError("unsigned")
    body = body_as_it_came(_MOST_BYTES, larger="larger than anything that is read")
    if not is_signed(body, header, secret):
        raise RefusedWebhookError("wrongly signed: is GITHUB_WEBHOOK_SECRET this webhook's?")
    return body
