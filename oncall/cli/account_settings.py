"""What a command that talks to the telephone account needs, named where it is missing."""

import os
from urllib.parse import urlsplit

from oncall.errors import SettingsError
from oncall.settings import Settings, is_loopback, load_settings

_ACCOUNT = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "ONCALL_PUBLIC_URL")


def account_settings() -> Settings:
    """The environment's settings with an account and a public URL that the provider can reach.

    Raises SettingsError, which names what is missing. A public URL on this machine goes with an exchange on it only.
    """
    settings = load_settings(os.environ, serving=False)
    given = (settings.twilio_account_sid, settings.twilio_auth_token, settings.public_url)
    for name, value in zip(_ACCOUNT, given, strict=True):
        if not value:
            raise SettingsError(f"{name} is missing or empty; set it, or {name}_FILE")
    plain = urlsplit(settings.public_url).scheme != "https"
    if plain and not is_loopback(urlsplit(settings.twilio_api_url).hostname):
        raise SettingsError(
            f"ONCALL_PUBLIC_URL ({settings.public_url}) is on this machine, where Twilio cannot reach it;"
            " set it to the https:// address at which the service answers from outside"
        )
    return settings
