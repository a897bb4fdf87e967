"""The telephone accounts of a simulated world, and the environment that opens them."""

from oncall.sim.network import CarrierSettings
from oncall.sim.pagerduty import WEBHOOK_SECRET
from oncall.sim.slack import SIGNING_SECRET

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
