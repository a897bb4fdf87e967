"""A call that nobody makes: the webhooks of one, signed as the provider signs them, sent to our public URL.

It goes the way of a customer's call, through name server, proxy, web and engine, and costs nothing but the pages.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from twilio.request_validator import RequestValidator

from oncall.channels.timely_answers import TimelyAdapter, timely_content
from oncall.errors import ConfigurationError, TransientError, UsageError
from oncall.ports import Clock
from oncall.settings import Settings, is_loopback
from oncall.twiml import action_of

# As long as the provider waits for a webhook: what is slower fails customers too.
_CONNECT_SECONDS, _ANSWER_SECONDS, _BODY_SECONDS = 5.0, 15.0, 5.0
_MOST_BYTES = 1_000_000
_WITHHELD = "anonymous"
_SAME_WAY = "customers' calls fail in the same way"


class DrillCallToPublicUrl:
    """`ports.DrillCaller`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def call(self, sid: str, to_number: str) -> None:
        """Somebody who withholds their number calls, presses 1, and hangs up."""
        public_url = self._settings.public_url
        base = {
            "CallSid": sid,
            "AccountSid": self._settings.twilio_account_sid,
            "From": _WITHHELD,
            "To": to_number,
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "Drill": "1",
        }
        incoming = f"{public_url}/voice/incoming"
        asked = _asked(incoming, self._post(incoming, {**base, "CallStatus": "ringing"}))
        if not asked.startswith(f"{public_url}/"):
            raise UsageError(
                f"{incoming} asks for no key that leads back to it ({asked or 'no action'});"
                " is ONCALL_PUBLIC_URL the same here as where the service runs?"
            )
        self._post(asked, {**base, "CallStatus": "in-progress", "Digits": "1"})
        self._post(f"{public_url}/voice/status", {**base, "CallStatus": "completed"})

    def _post(self, url: str, fields: Mapping[str, str]) -> str:
        signature = RequestValidator(self._settings.twilio_auth_token).compute_signature(url, dict(fields))
        try:
            with requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, TimelyAdapter(self._clock))
                session.trust_env = not is_loopback(urlsplit(url).hostname)
                with session.post(
                    url,
                    data=dict(fields),
                    headers={"X-Twilio-Signature": signature},
                    timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    _judge(url, answer)
                    return timely_content(answer, self._clock, _MOST_BYTES, _BODY_SECONDS).decode(errors="replace")
        except (requests.RequestException, ValueError) as exc:
            raise TransientError(f"{url} does not answer ({type(exc).__name__}): {_SAME_WAY}") from exc


def _judge(url: str, answer: requests.Response) -> None:
    if answer.status_code == requests.codes.forbidden:
        raise UsageError(f"{url} refuses our signature: are TWILIO_AUTH_TOKEN and ONCALL_PUBLIC_URL the service's?")
    if answer.status_code not in (requests.codes.ok, requests.codes.no_content):
        raise TransientError(f"{url} answered HTTP {answer.status_code}: {_SAME_WAY}")


def _asked(url: str, document: str) -> str:
    try:
        return action_of(document)
    except ConfigurationError as exc:
        raise TransientError(f"{url} answered something else than a hotline would ({exc}): {_SAME_WAY}") from exc
