"""PagerDuty's webhooks (v3). `engine/pagerduty_answers.py` decides what becomes of them.

One that is signed is stored and answered 202, whatever is in it: what is answered otherwise is dropped there, and three
of those end the subscription. Only while the database is away it is answered 503, which PagerDuty repeats for two days.
"""

import hmac
import json

from flask import Blueprint, Response, request

from oncall.core.pagerduty import read_event
from oncall.errors import RefusedWebhookError
from oncall.web.partner_bodies import body_as_it_came
from oncall.web.runtime import runtime
from oncall.web.signatures import refused

blueprint = Blueprint("pagerduty", __name__)
blueprint.register_error_handler(RefusedWebhookError, refused)

SIGNATURE = "X-PagerDuty-Signature"
_VERSION = "v1="
_MOST_BYTES = 2 * 1024 * 1024
_MOST_SIGNATURES = 10


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether one of the signatures, which a comma separates, is by this secret over the body as it came."""
    expected = (_VERSION + hmac.new(secret.encode(), body, "sha256").hexdigest()).encode()
    given = [each.strip().encode() for each in header.split(",")[:_MOST_SIGNATURES]]
    return any(hmac.compare_digest(expected, each) for each in given)


@blueprint.post("/webhooks/pagerduty")
def said() -> Response:
    """Somebody did something at PagerDuty, or a program did."""
    body = _signed_body()
    try:
        event = read_event(json.loads(body))
    except (ValueError, RecursionError):
        event = None
    if event is None:
        runtime().log("pagerduty.unreadable", size=len(body))
    else:
        runtime().pagerduty.received(event)
    return Response(status=202)


def _signed_body() -> bytes:
    """Raises RefusedWebhookError, with the reason, for what PagerDuty did not send."""
    secret = runtime().settings.pagerduty_webhook_secret
    if not secret:
        raise RefusedWebhookError("PAGERDUTY_WEBHOOK_SECRET is not set")
    header = request.headers.get(SIGNATURE, "")
    if not header:
        raise RefusedWebhookError("unsigned")
    body = body_as_it_came(_MOST_BYTES, larger="larger than anything that PagerDuty sends")
    if not is_signed(body, header, secret):
        raise RefusedWebhookError("wrongly signed: is PAGERDUTY_WEBHOOK_SECRET this subscription's?")
    return body
