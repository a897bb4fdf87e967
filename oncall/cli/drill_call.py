"""A call that nobody makes: the webhooks of one, signed as the provider signs them, sent to our public URL.

It goes the way of a customer's call, through name server, proxy, web and engine, and costs nothing but the pages.
"""

from collections.abc import Mapping

import requests
from twilio.request_validator import RequestValidator

from oncall.errors import TransientError, UsageError
from oncall.settings import Settings
from oncall.twiml import action_of

_SECONDS = (5.0, 15.0)
_WITHHELD = "anonymous"


def make_call(settings: Settings, sid: str, to_number: str) -> None:
    """Somebody who withholds their number calls, presses 1, and hangs up.

    Raises TransientError where the service does not answer, and UsageError where it answers something else than a
    hotline of this account would.
    """
    base = {
        "CallSid": sid,
        "AccountSid": settings.twilio_account_sid,
        "From": _WITHHELD,
        "To": to_number,
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "Drill": "1",
    }
    greeting = _post(settings, f"{settings.public_url}/voice/incoming", {**base, "CallStatus": "ringing"})
    asked = action_of(greeting)
    if not asked.startswith(f"{settings.public_url}/"):
        raise UsageError(
            f"{settings.public_url}/voice/incoming asks for no key that leads back to it ({asked or 'no action'});"
            " is ONCALL_PUBLIC_URL the same here as where the service runs?"
        )
    _post(settings, asked, {**base, "CallStatus": "in-progress", "Digits": "1"})
    _post(settings, f"{settings.public_url}/voice/status", {**base, "CallStatus": "completed"})


def _post(settings: Settings, url: str, fields: Mapping[str, str]) -> str:
    signature = RequestValidator(settings.twilio_auth_token).compute_signature(url, dict(fields))
    try:
        response = requests.post(
            url,
            data=dict(fields),
            headers={"X-Twilio-Signature": signature},
            timeout=_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as exc:
        raise TransientError(
            f"{url} does not answer ({type(exc).__name__}): customers' calls fail in the same way"
        ) from exc
    if response.status_code == requests.codes.forbidden:
        raise UsageError(f"{url} refuses our signature: are TWILIO_AUTH_TOKEN and ONCALL_PUBLIC_URL the service's?")
    if response.status_code not in (requests.codes.ok, requests.codes.no_content):
        raise TransientError(f"{url} answered HTTP {response.status_code}: customers' calls fail in the same way")
    return response.text
