"""What is set up of the ways to reach somebody, and of what we ask outside: made from the settings."""

from collections.abc import Callable
from urllib.parse import urlsplit

from oncall.channels.calendars import CalendarFetcher
from oncall.channels.crowded_account import CrowdedAccount
from oncall.channels.drill_call import DrillCallToPublicUrl
from oncall.channels.email import EmailChannel
from oncall.channels.failover import Elsewhere, FailoverChannel, Recorded
from oncall.channels.github import GitHubApi
from oncall.channels.mail_server import mail_server
from oncall.channels.pagerduty import PagerDutyChannel, PagerDutyEvents, PagerDutyUsers
from oncall.channels.pagerduty_oncalls import AnySource, PagerDutyOncalls
from oncall.channels.providers import OpenAccount, Providers
from oncall.channels.recordings import ProvidersRecordings
from oncall.channels.sending_process import SendingProcess
from oncall.channels.slack import SlackChannel, SlackWebApi
from oncall.channels.sms import SmsChannel
from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_log import TwilioLog
from oncall.channels.twilio_numbers import TwilioNumbers
from oncall.channels.voice import VoiceChannel
from oncall.channels.webhook import WebhookSender
from oncall.core.configuration import Configuration
from oncall.core.engineer import ContactMethod
from oncall.core.provider import PRIMARY
from oncall.ports import (
    CalendarSource,
    Channel,
    Clock,
    DrillCaller,
    GitHub,
    Message,
    PartnerSender,
    ProviderLog,
    ProviderLogs,
    RecordingSource,
    Rng,
)
from oncall.settings import ProviderAccount, Settings


def build_providers(
    settings: Settings,
    clock: Clock,
    current: Callable[[], Configuration],
    sending: SendingProcess,
    open_account: OpenAccount | None = None,
) -> Providers:
    """The accounts that the environment opens, in the order that the schedules say; all share ``sending``.

    ``open_account`` stands in for the real accounts in a simulation.
    """

    def number_of(name: str) -> str:
        providers = current().providers_in_order()
        return next((each.number for each in providers if each.name == name), current().hotline.number)

    def account(name: str) -> TwilioAccount | None:
        opens = settings.provider_account(name)
        if opens is None:
            return None
        return CrowdedAccount(
            opens.account_sid,
            opens.auth_token,
            opens.api_url,
            from_number=lambda: number_of(name),
            clock=clock,
            sending=sending,
        )

    return Providers(open_account or account, lambda: [each.name for each in current().providers_in_order()], clock)


def only(account: TwilioAccount, clock: Clock) -> Providers:
    """One account, and no other."""
    return Providers(lambda name: account if name == PRIMARY else None, lambda: [PRIMARY], clock)


def build_numbers(opens: ProviderAccount, clock: Clock) -> TwilioNumbers:
    """The numbers of this account, and what is set for each. It is asked about itself, and calls from no number."""
    return TwilioNumbers(
        TwilioAccount(opens.account_sid, opens.auth_token, opens.api_url, from_number=str, clock=clock)
    )


def build_recordings(providers: Providers) -> RecordingSource:
    """Where what callers said is fetched from."""
    return ProvidersRecordings(providers)


def build_provider_logs(providers: Providers) -> ProviderLogs:
    """What each provider wrote down by itself of calls and texts to our number there."""

    def logs() -> dict[str, ProviderLog]:
        accounts = {name: providers.account(name) for name in providers.usable()}
        return {name: TwilioLog(account) for name, account in accounts.items() if account is not None}

    return logs


def build_calendars(settings: Settings, clock: Clock) -> CalendarSource:
    """Where the calendars that rotations name are fetched from, and who is on call at PagerDuty is asked."""
    oncalls = PagerDutyOncalls(settings.pagerduty_api_token, settings.pagerduty_api_url, clock)
    return AnySource(CalendarFetcher(clock), oncalls)


def build_hosted(clock: Clock) -> Callable[[str], str]:
    """A function that fetches a document that is hosted elsewhere. It raises ChannelError."""
    fetcher = CalendarFetcher(clock, "fallback")

    def fetch(url: str) -> str:
        answer = fetcher.fetch(url, etag="", last_modified="")
        return answer.text if answer is not None else ""

    return fetch


def build_drill_caller(settings: Settings, clock: Clock) -> DrillCaller:
    """Who calls our own public URL for practice."""
    return DrillCallToPublicUrl(settings, clock)


def _nobody_counts(_method: ContactMethod, _provider: str, _message: Message) -> None:
    """Where no pace is kept."""


def build_channels(
    settings: Settings,
    providers: Providers,
    clock: Clock,
    rng: Rng,
    log: Callable[..., None],
    *,
    recorded: Recorded,
    elsewhere: Elsewhere = _nobody_counts,
) -> dict[ContactMethod, Channel]:
    """Every way that is set up: calls and texts always, the others where what opens them is set.

    ``recorded`` says what our rows know of a message, ``elsewhere`` counts what goes to another account than was meant.
    Raises SettingsError where SMTP_URL cannot be understood.
    """

    def texts(account: TwilioAccount) -> Channel:
        return SmsChannel(account, settings.public_url, clock=clock, rng=rng, log=log)

    def calls(account: TwilioAccount) -> Channel:
        return VoiceChannel(account, settings.public_url, clock=clock, rng=rng, log=log)

    channels: dict[ContactMethod, Channel] = {
        method: FailoverChannel(method, providers, make, recorded, clock, log, elsewhere)
        for method, make in ((ContactMethod.SMS, texts), (ContactMethod.CALL, calls))
    }
    if settings.smtp_url:
        channels[ContactMethod.EMAIL] = build_email(settings, clock, rng)
    if settings.pagerduty_routing_key:
        channels[ContactMethod.PAGERDUTY] = PagerDutyChannel(_events(settings), settings.public_url)
    slack = build_slack_api(settings)
    if slack is not None:
        channels[ContactMethod.SLACK] = SlackChannel(slack, clock=clock, rng=rng)
    return channels


def _events(settings: Settings) -> PagerDutyEvents:
    return PagerDutyEvents(settings.pagerduty_routing_key, settings.pagerduty_events_url)


def build_pagerduty(settings: Settings) -> PartnerSender | None:
    """The way to PagerDuty; None where PAGERDUTY_ROUTING_KEY is not set."""
    return _events(settings) if settings.pagerduty_routing_key else None


def build_slack_api(settings: Settings) -> SlackWebApi | None:
    """The way to Slack; None where SLACK_BOT_TOKEN is not set."""
    return SlackWebApi(settings.slack_bot_token, settings.slack_api_url) if settings.slack_bot_token else None


def build_users(settings: Settings) -> PagerDutyUsers | None:
    """Who PagerDuty's users are; None where PAGERDUTY_API_TOKEN is not set."""
    if not settings.pagerduty_api_token:
        return None
    return PagerDutyUsers(settings.pagerduty_api_token, settings.pagerduty_api_url)


def build_github(settings: Settings, clock: Clock) -> GitHub | None:
    """The way to issues; None where GITHUB_TOKEN is not set."""
    return GitHubApi(settings.github_token, settings.github_api_url, clock) if settings.github_token else None


def build_webhooks(settings: Settings, clock: Clock) -> PartnerSender:
    """The way to whoever listens to our webhooks."""
    return WebhookSender(settings.webhook_secrets, clock)


def mail_sender(settings: Settings) -> str:
    """The address that our mail is from; "" where SMTP_URL is not set. Raises SettingsError."""
    if not settings.smtp_url:
        return ""
    return mail_server(settings.smtp_url, default_sender=f"oncall@{_domain(settings.public_url)}").sender


def build_email(settings: Settings, clock: Clock, rng: Rng) -> EmailChannel:
    """Email, where SMTP_URL is set. Raises SettingsError where it cannot be understood."""
    server = mail_server(settings.smtp_url, default_sender=f"oncall@{_domain(settings.public_url)}")
    return EmailChannel(server, clock=clock, rng=rng)


def _domain(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    return "localhost" if ":" in host else host
