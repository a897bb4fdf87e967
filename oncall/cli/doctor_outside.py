"""What `oncall doctor` looks at outside: the telephone provider, the mail server, our own address, the watchers."""

from collections.abc import Iterator

from oncall.channels.own_address import ask_ourselves
from oncall.cli.doctor_telephone import look_at_providers
from oncall.core.configuration import Configuration
from oncall.core.finding import Finding, fail, ok, warn
from oncall.errors import ChannelError, SettingsError
from oncall.outside import Outside
from oncall.settings import Settings


def look_outside(settings: Settings, outside: Outside, configuration: Configuration | None) -> Iterator[Finding]:
    """One finding for each thing; nothing is sent, and nothing costs money.

    ``configuration`` is None where none can be read.
    """
    yield from look_at_providers(settings, outside, configuration)
    if settings.public_url:
        yield _own_address(settings)
    yield _mail(settings, outside)
    yield from _github(settings, outside)
    if settings.slack_bot_token or settings.slack_signing_secret:
        yield _slack(settings, outside)
    if settings.heartbeat_url:
        yield ok("heartbeat", "a watcher outside is called while all is well")
    else:
        yield warn(
            "heartbeat",
            "nobody outside notices when this machine is gone",
            "set ONCALL_HEARTBEAT_URL to a dead man's switch",
        )
    if not (settings.smtp_url or settings.operators_webhook_url):
        yield warn(
            "distress",
            "when the telephone provider or the database is ill, operators cannot be told",
            "set SMTP_URL, or ONCALL_OPERATORS_WEBHOOK_URL",
        )


def _own_address(settings: Settings) -> Finding:
    do = "does the name lead here, and does the proxy pass requests on to PORT?"
    try:
        answered, text = ask_ourselves(f"{settings.public_url}/healthz")
    except ChannelError as error:
        return fail("public address", f"{error}", do)
    if not answered or text != "ok\n":
        return fail("public address", f"somebody else answers at {settings.public_url}", do)
    return ok("public address", f"{settings.public_url} leads to the hotline")


def _mail(settings: Settings, outside: Outside) -> Finding:
    if not settings.smtp_url:
        return warn("mail", "SMTP_URL is not set: nobody is reached by email", "set SMTP_URL")
    try:
        outside.mail_reached()
    except (ChannelError, SettingsError) as error:
        return fail("mail", f"{error}", "check SMTP_URL")
    return ok("mail", "the mail server takes our mail")


def _github(settings: Settings, outside: Outside) -> Iterator[Finding]:
    """Nothing where nobody has begun to connect it."""
    if outside.github is None:
        if settings.github_webhook_secret:
            text = "its webhooks are heeded, but nobody is answered there, and lost ones are not found"
            yield warn("github", text, "set GITHUB_TOKEN")
        return
    try:
        login = outside.github.login()
    except ChannelError as error:
        yield fail("github", f"{error}", "check GITHUB_TOKEN and GITHUB_API_URL")
        return
    if not settings.github_webhook_secret:
        yield warn("github", "its webhooks are refused", "set GITHUB_WEBHOOK_SECRET to the webhook's secret")
        return
    yield ok("github", f"it knows us as {login}" if login else "it knows us as an app")


def _slack(settings: Settings, outside: Outside) -> Finding:
    if outside.slack_whoami is None:
        return warn("slack", "what is said in Slack is heard, and never answered", "set SLACK_BOT_TOKEN")
    try:
        us = outside.slack_whoami()
    except ChannelError as error:
        return fail("slack", f"{error}", "check SLACK_BOT_TOKEN and SLACK_API_URL")
    if not settings.slack_signing_secret:
        return warn("slack", f"Slack knows us as {us}, and nothing it says is heard", "set SLACK_SIGNING_SECRET")
    return ok("slack", f"Slack knows us as {us}")
