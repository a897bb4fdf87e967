"""What commands ask of the world outside without the running whole: hosted documents, the account, calendars."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from oncall.channels.building import (
    build_calendars,
    build_email,
    build_github,
    build_hosted,
    build_numbers,
    build_slack_api,
)
from oncall.channels.twilio_numbers import TwilioNumbers
from oncall.ports import CalendarSource, GitHub
from oncall.settings import Settings
from oncall.system import SystemClock, SystemRng


@dataclass(frozen=True, slots=True)
class Outside:
    """What can be asked outside without sending anything, for `oncall doctor`.

    ``numbers_of`` gives the account of the provider with this name, None without credentials.
    """

    numbers_of: Callable[[str], TwilioNumbers | None]
    mail_reached: Callable[[], None]
    github: GitHub | None = None
    slack_whoami: Callable[[], str] | None = None


def build_outside(settings: Settings) -> Outside:
    """The providers, to be asked whether they know us. ``mail_reached`` raises SettingsError for a wrong SMTP_URL.

    ``github`` is None where GITHUB_TOKEN is not set, ``slack_whoami`` where Slack is not connected.
    """
    clock = SystemClock()
    slack = build_slack_api(settings)
    return Outside(
        partial(open_numbers, settings),
        lambda: build_email(settings, clock, SystemRng()).reach(),
        build_github(settings, clock),
        slack.whoami if slack is not None else None,
    )


def fetch_hosted(url: str) -> str:
    """A document that is hosted elsewhere. Raises ChannelError."""
    return build_hosted(SystemClock())(url)


def open_numbers(settings: Settings, provider: str) -> TwilioNumbers | None:
    """The numbers of this provider's account; None where the settings hold no credentials of it."""
    opens = settings.provider_account(provider)
    return build_numbers(opens, SystemClock()) if opens is not None and opens.account_sid else None


def open_calendars(settings: Settings) -> CalendarSource:
    """Where the calendars that rotations name are fetched from, and PagerDuty by the settings' key."""
    return build_calendars(settings, SystemClock())
