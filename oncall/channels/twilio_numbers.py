"""The numbers of our account at Twilio, and what it does with each."""

from dataclasses import dataclass

from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_http import provider_errors_as_ours
from oncall.core.number_settings import NumberSettings, SettingChange, setting_names

_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number of the account: ``sid`` is its id there."""

    sid: str
    number: str
    settings: NumberSettings


@dataclass(frozen=True, slots=True)
class TwilioNumbers:
    """The numbers of one account, over Twilio's API."""

    account: TwilioAccount

    def find(self, number: str) -> OwnNumber | None:
        """This number of the account; None where it is not one. Raises ChannelError."""
        with provider_errors_as_ours("looking up our number"):
            found = self.account.client().incoming_phone_numbers.list(phone_number=number, limit=_MOST_LISTED)
            # The filter matches parts of numbers too.
            return next((_own(one) for one in found if one.phone_number == number), None)

    def numbers(self) -> list[str]:
        """The numbers that the account has, the first fifty. Raises ChannelError."""
        with provider_errors_as_ours("listing our numbers"):
            found = self.account.client().incoming_phone_numbers.list(limit=_MOST_LISTED)
            return [str(one.phone_number) for one in found]

    def change(self, sid: str, changes: tuple[SettingChange, ...]) -> NumberSettings:
        """Set these; what the provider says is set afterwards. Raises ChannelError."""
        with provider_errors_as_ours("setting our number's URLs"):
            changed = self.account.client().incoming_phone_numbers(sid)
            return _settings(changed.update(**{change.name: change.wanted for change in changes}))


def _own(found: object) -> OwnNumber:
    return OwnNumber(str(getattr(found, "sid", "")), str(getattr(found, "phone_number", "")), _settings(found))


def _settings(found: object) -> NumberSettings:
    return NumberSettings(**{name: str(getattr(found, name, None) or "") for name in setting_names()})
