"""Ways to reach somebody. One module is one way; twilio.py is the only one that talks to Twilio's API."""

from collections.abc import Callable
from urllib.parse import urlsplit

from oncall.channels.calendars import CalendarFetcher
from oncall.channels.email import EmailChannel
from oncall.channels.mail_server import mail_server
from oncall.channels.recordings import TwilioRecordings
from oncall.channels.sms import SmsChannel
from oncall.channels.twilio import TwilioAccount
from oncall.channels.voice import VoiceChannel
from oncall.core.engineer import ContactMethod
from oncall.ports import CalendarSource, Channel, Clock, RecordingSource, Rng
from oncall.settings import Settings

__all__ = ["build_account", "build_calendars", "build_channels", "build_email", "build_recordings"]


def build_account(settings: Settings, clock: Clock, from_number: Callable[[], str]) -> TwilioAccount:
    """Our account at Twilio. Call its ``warm`` before the first page has to leave quickly."""
    return TwilioAccount(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_api_url,
        from_number=from_number,
        clock=clock,
    )


def build_recordings(account: TwilioAccount) -> RecordingSource:
    """Where what callers said is fetched from."""
    return TwilioRecordings(account)


def build_calendars(clock: Clock) -> CalendarSource:
    """Where the calendars that rotations name are fetched from."""
    return CalendarFetcher(clock)


def build_channels(
    settings: Settings,
    clock: Clock,
    rng: Rng,
    from_number: Callable[[], str],
    log: Callable[..., None],
    *,
    account: TwilioAccount | None = None,
) -> dict[ContactMethod, Channel]:
    """Every way that is set up: calls and texts always, email where SMTP_URL is set.

    Raises SettingsError where SMTP_URL cannot be understood.
    """
    twilio = account or build_account(settings, clock, from_number)
    channels: dict[ContactMethod, Channel] = {
        ContactMethod.SMS: SmsChannel(twilio, settings.public_url, clock=clock, rng=rng, log=log),
        ContactMethod.CALL: VoiceChannel(twilio, settings.public_url, clock=clock, rng=rng, log=log),
    }
    if settings.smtp_url:
        channels[ContactMethod.EMAIL] = build_email(settings, clock, rng)
    return channels


def build_email(settings: Settings, clock: Clock, rng: Rng) -> EmailChannel:
    """Email, where SMTP_URL is set. Raises SettingsError where it cannot be understood."""
    server = mail_server(settings.smtp_url, default_sender=f"oncall@{_domain(settings.public_url)}")
    return EmailChannel(server, clock=clock, rng=rng)


def _domain(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    return "localhost" if ":" in host else host
