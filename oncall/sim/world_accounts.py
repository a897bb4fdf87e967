"""The telephone accounts of a simulated world, and the environment that opens them."""

from typing import TYPE_CHECKING

from oncall.ports import Clock
from oncall.sim.carrier import Carrier, HotlineNumber
from oncall.sim.github import WEBHOOK_SECRET as GITHUB_WEBHOOK_SECRET
from oncall.sim.in_process import Heard, InProcessAccount
from oncall.sim.network import CarrierSettings
from oncall.sim.pagerduty import WEBHOOK_SECRET
from oncall.sim.slack import SIGNING_SECRET

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PUBLIC_URL = "https://hotline.example"
FALLBACK_URL = "https://elsewhere.example"
API_URL = "https://carrier.example"
ACCOUNT_SID, SECOND_SID = "AC" + "0" * 32, "AC" + "2" * 32
SECOND = "second"
AUTH_TOKEN = "simulated"  # noqa: S105 - it opens nothing

ENVIRONMENT = {
    "SECRET_KEY": "a simulated world has no secrets",
    "ONCALL_PUBLIC_URL": PUBLIC_URL,
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_API_URL": API_URL,
    "PAGERDUTY_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    "GITHUB_WEBHOOK_SECRET": GITHUB_WEBHOOK_SECRET,
}


SECOND_ACCOUNT = {
    "ONCALL_PROVIDER_SECOND_ACCOUNT_SID": SECOND_SID,
    "ONCALL_PROVIDER_SECOND_AUTH_TOKEN": AUTH_TOKEN + " too",
    "ONCALL_PROVIDER_SECOND_API_URL": API_URL,
}


def account_that_takes(per_second: float, account_sid: str = ACCOUNT_SID) -> CarrierSettings:
    """One of the world's accounts, which passes on so many calls, and so many texts, a second."""
    token = AUTH_TOKEN if account_sid == ACCOUNT_SID else AUTH_TOKEN + " too"
    return CarrierSettings(account_sid, token, API_URL, calls_per_second=per_second, messages_per_second=per_second)


def hotline_at(number: str) -> HotlineNumber:
    """Our number at an account, with its webhooks."""
    return HotlineNumber(
        number,
        f"{PUBLIC_URL}/voice/incoming",
        f"{PUBLIC_URL}/voice/status",
        f"{PUBLIC_URL}/sms/incoming",
        voice_fallback_url=f"{FALLBACK_URL}/voice",
    )


def account_at(carrier: Carrier, *, app: "WSGIApplication", clock: Clock, heard: Heard) -> InProcessAccount:
    """Our account at this carrier, whose API is this ``app`` in our own process. ``heard`` is told of every answer."""
    return InProcessAccount(
        carrier.settings.account_sid,
        carrier.settings.auth_token,
        API_URL,
        app=app,
        from_number=lambda: carrier.hotline.number,
        clock=clock,
        heard=heard,
    )
