"""The environment, read once into one frozen Settings. A wrong or missing variable stops the start and is named.

``VARIABLES`` is the whole list, with each variable's default and reason; the reference page is checked against it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from oncall.core.provider import PRIMARY, variable_prefix
from oncall.errors import SettingsError
from oncall.webhook_secrets import webhook_secrets

SHORTEST_SECRET_KEY = 16


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """What opens one telephone account; ``auth_token_secondary`` is "" where no token is being replaced."""

    account_sid: str
    auth_token: str = field(repr=False)
    auth_token_secondary: str = field(default="", repr=False)
    api_url: str = "https://api.twilio.com"

    @property
    def tokens(self) -> tuple[str, ...]:
        """With which its webhooks may be signed."""
        return tuple(token for token in (self.auth_token, self.auth_token_secondary) if token)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operators set. Text is "" where it was left out; what is secret is never in its repr."""

    database_url: str = field(repr=False)
    port: int
    secret_key: str = field(repr=False)
    public_url: str
    schedules_dir: Path
    twiml_dir: Path | None
    heartbeat_url: str = field(repr=False)
    operators_webhook_url: str = field(repr=False)
    dashboard_password: str = field(repr=False)
    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    twilio_auth_token_secondary: str = field(repr=False)
    twilio_api_url: str
    pagerduty_routing_key: str = field(repr=False)
    pagerduty_api_token: str = field(repr=False)
    pagerduty_webhook_secret: str = field(repr=False)
    pagerduty_service_id: str
    pagerduty_events_url: str
    pagerduty_api_url: str
    github_token: str = field(repr=False)
    github_webhook_secret: str = field(repr=False)
    github_api_url: str
    slack_bot_token: str = field(repr=False)
    slack_signing_secret: str = field(repr=False)
    slack_api_url: str
    smtp_url: str = field(repr=False)
    further_providers: Mapping[str, ProviderAccount] = field(default_factory=dict)
    # By the name of the webhook as it stands in the variable; more than one while a secret is rotated.
    webhook_secrets: Mapping[str, tuple[bytes, ...]] = field(repr=False, default_factory=dict)

    def provider_account(self, name: str) -> ProviderAccount | None:
        """What opens the account of the provider with this name in the schedules; None where nothing was set."""
        if name == PRIMARY:
            return ProviderAccount(
                self.twilio_account_sid, self.twilio_auth_token, self.twilio_auth_token_secondary, self.twilio_api_url
            )
        return self.further_providers.get(variable_prefix(name))

    def without_credentials(self, names: Iterable[str]) -> list[str]:
        """Those of the providers with these names in the schedules whose accounts nothing opens."""
        return [name for name in names if self.provider_account(name) is None]

    @property
    def telephone_providers(self) -> tuple[str, ...]:
        """The providers whose accounts these settings open, the first of them first, as their variables name them.

        A name in the schedules may be written otherwise and have the same variables.
        """
        prefix = variable_prefix("")[:-1]
        further = tuple(name.removeprefix(prefix).removesuffix("_").lower() for name in self.further_providers)
        return (PRIMARY, *further) if self.twilio_account_sid else further

    def tokens_of(self, account_sid: str) -> tuple[str, ...]:
        """Tokens with which this account, and no other, signs its webhooks; none for an account that is not ours."""
        return tuple(token for each in self._accounts if each.account_sid == account_sid for token in each.tokens)

    @property
    def all_tokens(self) -> tuple[str, ...]:
        """The tokens of all our accounts: to tell a webhook for a wrong account from a forged one."""
        return tuple(token for each in self._accounts for token in each.tokens)

    @property
    def _accounts(self) -> tuple[ProviderAccount, ...]:
        primary = self.provider_account(PRIMARY)
        return (primary, *self.further_providers.values()) if primary else tuple(self.further_providers.values())

    @property
    def loopback_only(self) -> bool:
        """Whether providers, and so everybody else, reach us on this machine only; False without a public URL."""
        return bool(self.public_url) and is_loopback(urlsplit(self.public_url).hostname)

    @property
    def listens_on(self) -> str:
        """The address of this machine that the web listens on."""
        return "127.0.0.1" if self.loopback_only else "0.0.0.0"  # noqa: S104


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address means this machine; False for None and for names that only DNS could tell."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# ---------------------------------------------------------------- what a value may be; each returns it as it is kept


def _split(value: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError as exc:
        raise SettingsError(f"is not a URL; write it like {example}") from exc
    if not (parts.scheme and parts.hostname and port_is_readable) or re.search(r"\s", value):
        raise SettingsError(f"is not a URL; write it like {example}")
    return parts


def _text(value: str) -> str:
    return value


def _port(value: str) -> str:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise SettingsError("is not a port; write a number from 1 to 65535, such as 8080")
    return str(int(value))


def _secret_key(value: str) -> str:
    if len(value) < SHORTEST_SECRET_KEY:
        raise SettingsError(f"is shorter than {SHORTEST_SECRET_KEY} characters; make one with: openssl rand -hex 32")
    return value


def _web_url(value: str) -> str:
    """Without a trailing slash, because paths are appended to it."""
    parts = _split(value, "https://hotline.example.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise SettingsError("must begin with https:// (plain http:// only for this machine, such as 127.0.0.1)")
    return value.rstrip("/")


def _plain_url(value: str) -> str:
    url = _web_url(value)
    parts = urlsplit(url)
    if parts.query or parts.fragment or "?" in url or "#" in url or parts.username is not None:
        raise SettingsError("must have no user, query or fragment; write it like https://hotline.example.com")
    return url


def _database_url(value: str) -> str:
    """As SQLAlchemy names the drivers: SQLite, or PostgreSQL through psycopg 3."""
    scheme, separator, rest = value.partition("://")
    # Heroku and others write postgres://, which SQLAlchemy no longer knows.
    if separator and scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if value.startswith("sqlite:///") and rest.lstrip("/") not in ("", ":memory:"):
        return value
    if scheme == "sqlite":
        raise SettingsError("names no file, and all processes must share one; write sqlite:///oncall.db")
    raise SettingsError(
        "is neither SQLite nor PostgreSQL; write sqlite:///oncall.db or postgresql://user:password@host/name"
    )


def _account_sid(value: str) -> str:
    if not re.fullmatch(r"AC[0-9a-f]{32}", value):
        raise SettingsError("is not an account SID: AC and 32 hexadecimal digits, from the first page of the console")
    return value


def _smtp_url(value: str) -> str:
    if _split(value, "smtp://user:password@mail.example.com:587").scheme not in ("smtp", "smtps"):
        raise SettingsError("must begin with smtp:// or smtps://")
    return value


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, why there is one, and what it is where it was left out."""

    name: str
    reason: str
    default: str = ""
    required_to_serve: bool = False
    accept: Callable[[str], str] = _text

    @property
    def attribute(self) -> str:
        """The field of Settings that holds it."""
        return self.name.removeprefix("ONCALL_").lower()


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "DATABASE_URL",
        "Where incidents are kept: a SQLite file, or PostgreSQL for several machines.",
        "sqlite:///oncall.db",
        accept=_database_url,
    ),
    Variable("PORT", "The port that the web listens on.", "8080", accept=_port),
    Variable(
        "SECRET_KEY",
        "Signs links to recordings and browser sessions; at least 16 characters, the same on every machine.",
        required_to_serve=True,
        accept=_secret_key,
    ),
    Variable(
        "ONCALL_PUBLIC_URL",
        "The address that providers call and sign, and that tracking links begin with.",
        required_to_serve=True,
        accept=_plain_url,
    ),
    Variable("ONCALL_SCHEDULES_DIR", "The folder with the YAML that people edit.", "schedules"),
    Variable("ONCALL_TWIML_DIR", "A folder of TwiML templates in the place of the shipped ones."),
    Variable(
        "ONCALL_HEARTBEAT_URL",
        "Called while every open incident has a next action; whoever watches it tells you when it falls silent.",
        accept=_web_url,
    ),
    Variable(
        "ONCALL_OPERATORS_WEBHOOK_URL",
        'Takes a POST of {"text": …} when the pager itself is ill, such as a Slack incoming webhook.',
        accept=_web_url,
    ),
    Variable(
        "ONCALL_DASHBOARD_PASSWORD", "Opens the dashboard; without it the dashboard answers on this machine only."
    ),
    Variable(
        "TWILIO_ACCOUNT_SID",
        "The telephone account that calls and texts go through.",
        required_to_serve=True,
        accept=_account_sid,
    ),
    Variable(
        "TWILIO_AUTH_TOKEN", "Proves that a webhook is Twilio's, and that a request is ours.", required_to_serve=True
    ),
    Variable(
        "TWILIO_AUTH_TOKEN_SECONDARY",
        "The other token while the first is being replaced; webhooks signed with either get in.",
    ),
    Variable(
        "TWILIO_API_URL",
        "Where Twilio's API is; anything that speaks its wire format can stand in.",
        "https://api.twilio.com",
        accept=_plain_url,
    ),
    Variable("PAGERDUTY_ROUTING_KEY", "Tells PagerDuty of incidents: the integration key of the service there."),
    Variable("PAGERDUTY_API_TOKEN", "Reads who acknowledged at PagerDuty, and who is on call there."),
    Variable("PAGERDUTY_WEBHOOK_SECRET", "Proves that a webhook is PagerDuty's."),
    Variable("PAGERDUTY_SERVICE_ID", "Whose webhooks count, where the subscription tells of other services too."),
    Variable(
        "PAGERDUTY_EVENTS_URL", "Where PagerDuty takes events.", "https://events.pagerduty.com", accept=_plain_url
    ),
    Variable("PAGERDUTY_API_URL", "Where PagerDuty's REST API is.", "https://api.pagerduty.com", accept=_plain_url),
    Variable("GITHUB_TOKEN", "Reads and answers issues of customers' repositories."),
    Variable(
        "GITHUB_WEBHOOK_SECRET",
        "Proves that a webhook is GitHub's, of all repositories: never in a customer's hands.",
    ),
    Variable(
        "GITHUB_API_URL",
        "Where GitHub's API is; your own server's, if you have one.",
        "https://api.github.com",
        accept=_web_url,
    ),
    Variable("SLACK_BOT_TOKEN", "Answers in customers' channels."),
    Variable("SLACK_SIGNING_SECRET", "Proves that a webhook is Slack's."),
    Variable("SLACK_API_URL", "Where Slack's API is.", "https://slack.com/api", accept=_web_url),
    Variable(
        "SMTP_URL",
        "Sends email; the second way to reach the operators when the telephone provider is ill.",
        accept=_smtp_url,
    ),
)


# The variables of a further telephone account; each name follows ONCALL_PROVIDER_<NAME>_.
PROVIDER_VARIABLES: dict[str, Variable] = {
    each.name: each
    for each in (
        Variable("ACCOUNT_SID", "The account of that provider.", accept=_account_sid),
        Variable("AUTH_TOKEN", "Proves that a webhook is that provider's, and that a request is ours."),
        Variable("AUTH_TOKEN_SECONDARY", "The other token while the first is being replaced."),
        Variable(
            "API_URL", "Where that provider's API is, if not at Twilio.", "https://api.twilio.com", accept=_plain_url
        ),
    )
}
_OF_A_PROVIDER = re.compile(
    r"(?P<prefix>ONCALL_PROVIDER_[A-Z0-9_]+?_)(?P<what>ACCOUNT_SID|AUTH_TOKEN_SECONDARY|AUTH_TOKEN|API_URL)(_FILE)?"
)


def load_settings(environ: Mapping[str, str], *, serving: bool) -> Settings:
    """The settings that this environment says. ``serving`` demands what web and engine cannot do without.

    Raises SettingsError, which names the variable.
    """
    values = {variable.attribute: _value(variable, environ, serving=serving) for variable in VARIABLES}
    texts = {name: values[name] for name in _text_fields()}
    return Settings(
        further_providers=_further_providers(environ),
        port=int(values["port"]),
        schedules_dir=Path(values["schedules_dir"]),
        twiml_dir=Path(values["twiml_dir"]) if values["twiml_dir"] else None,
        webhook_secrets=webhook_secrets(environ, _given),
        **texts,
    )


def _text_fields() -> list[str]:
    others = ("port", "schedules_dir", "twiml_dir", "further_providers", "webhook_secrets")
    return [each.name for each in fields(Settings) if each.name not in others]


def _further_providers(environ: Mapping[str, str]) -> dict[str, ProviderAccount]:
    """Accounts by what the names of their variables begin with. Raises SettingsError where one is not whole."""
    found: dict[str, dict[str, str]] = {}
    for name in sorted(environ):
        if (match := _OF_A_PROVIDER.fullmatch(name)) and environ[name].strip():
            prefix, what = match["prefix"], match["what"]
            given, value = _given(prefix + what, environ)
            try:
                found.setdefault(prefix, {})[what.lower()] = PROVIDER_VARIABLES[what].accept(value)
            except SettingsError as exc:
                raise SettingsError(f"{given} {exc}") from exc
    for prefix, values in found.items():
        for what in ("ACCOUNT_SID", "AUTH_TOKEN"):
            if not values.get(what.lower()):
                raise SettingsError(f"{prefix}{what} is missing or empty, and other variables of that account are set")
    return {prefix: ProviderAccount(**values) for prefix, values in found.items()}


def _value(variable: Variable, environ: Mapping[str, str], *, serving: bool) -> str:
    name, given = _given(variable.name, environ)
    if given == "":
        if serving and variable.required_to_serve:
            raise SettingsError(
                f"{variable.name} is missing or empty; set it, or {variable.name}_FILE. {variable.reason}"
            )
        given = variable.default
        if given == "":
            return ""
    try:
        return variable.accept(given)
    except SettingsError as exc:
        raise SettingsError(f"{name} {exc}") from exc


def _given(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable that was set (the name, or the name with _FILE) and its value, "" where neither was."""
    value = environ.get(name, "").strip()
    file_name = f"{name}_FILE"
    path = environ.get(file_name, "").strip()
    if not path:
        return name, value
    if value:
        raise SettingsError(f"{name} and {file_name} are both set; keep one of them")
    try:
        return file_name, Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{file_name} names {path}, which cannot be read: {exc}") from exc
