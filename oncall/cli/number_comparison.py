"""What a number of an account is set to at the provider, compared with what the hotline needs."""

from oncall.channels.twilio_numbers import OwnNumber, TwilioNumbers
from oncall.core.hotline import Hotline
from oncall.core.number_settings import NumberSettings, SettingChange, setting_changes, wanted_settings


def changes_of(now: NumberSettings, hotline: Hotline, public_url: str) -> tuple[SettingChange, ...]:
    """What is to be changed; empty where all is as it should be."""
    wanted = wanted_settings(
        now, public_url=public_url, fallback_url=hotline.fallback_url, sms_fallback_url=hotline.sms_fallback_url
    )
    return setting_changes(now, wanted)


def others_of(numbers: TwilioNumbers) -> str:
    """The numbers that the account does have, to be named where the one looked for is not among them.

    Raises ChannelError.
    """
    return ", ".join(numbers.numbers()) or "none at all"


def compared(
    numbers: TwilioNumbers, number: str, hotline: Hotline, public_url: str
) -> tuple[OwnNumber, tuple[SettingChange, ...]] | None:
    """The account's number and what is to be changed there; None where the account has no such number.

    Raises ChannelError.
    """
    own = numbers.find(number)
    return None if own is None else (own, changes_of(own.settings, hotline, public_url))
