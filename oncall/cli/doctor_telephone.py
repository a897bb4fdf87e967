"""What `oncall doctor` asks of the telephone providers: each account that is set up, and what its number does."""

from collections.abc import Iterator

from oncall.channels.twilio_numbers import TwilioNumbers
from oncall.cli.number_comparison import compared, others_of
from oncall.core.configuration import Configuration
from oncall.core.finding import Finding, Outcome, fail, ok, warn
from oncall.core.provider import PRIMARY, variable_prefix
from oncall.errors import ChannelError
from oncall.outside import Outside
from oncall.settings import Settings

_ACTIVE = "active"


def look_at_providers(settings: Settings, outside: Outside, configuration: Configuration | None) -> Iterator[Finding]:
    """Two findings for each provider, its account and its number; without a ``configuration`` the accounts alone.

    Those that the schedules list come first, in their order, then accounts that only the environment knows.
    """
    listed = {each.name: each.number for each in configuration.providers_in_order()} if configuration else {}
    for name, number in listed.items():
        numbers = outside.numbers_of(name)
        if numbers is not None:
            yield from _provider(name, numbers, number, settings, configuration)
        elif name != PRIMARY:
            prefix = variable_prefix(name)
            text = f"nothing in the environment opens the account of {name}, so it is passed by"
            yield warn(_check(name), text, f"set {prefix}ACCOUNT_SID and {prefix}AUTH_TOKEN, and start again")
    unlisted = {variable_prefix(name): name for name in settings.telephone_providers if name not in listed}
    for prefix in {variable_prefix(name) for name in listed}:
        unlisted.pop(prefix, None)
    for name in unlisted.values():
        yield from _unlisted(name, outside.numbers_of(name), is_known=configuration is None)


def _provider(
    name: str, numbers: TwilioNumbers, number: str, settings: Settings, configuration: Configuration | None
) -> Iterator[Finding]:
    account = _account(name, numbers)
    yield account
    # What the account does not let us see needs no second line; what the number should ask, nobody has said yet.
    if account.outcome is Outcome.OK and settings.public_url and configuration is not None:
        yield _number(name, numbers, number, settings, configuration)


def _unlisted(name: str, numbers: TwilioNumbers | None, *, is_known: bool) -> Iterator[Finding]:
    if numbers is None:
        return
    yield _account(name, numbers)
    if not is_known:
        yield warn(
            _check(name, "number"),
            f"no provider of the schedules has the account of {variable_prefix(name)}ACCOUNT_SID: nothing goes there",
            f"list it under providers: in the schedules (as {name}, with its number), or take the variables away",
        )


def _account(name: str, numbers: TwilioNumbers) -> Finding:
    prefix = "TWILIO_" if name == PRIMARY else variable_prefix(name)
    try:
        status = numbers.account.status()
    except ChannelError as error:
        return fail(_check(name), f"{error}", f"check {prefix}ACCOUNT_SID, {prefix}AUTH_TOKEN and {prefix}API_URL")
    if status != _ACTIVE:
        return fail(_check(name), f"our account is {status}", "look at the account's page: is its balance used up?")
    return ok(_check(name), "the provider knows us, and our account is active")


def _number(
    name: str, numbers: TwilioNumbers, number: str, settings: Settings, configuration: Configuration
) -> Finding:
    check = _check(name, "number")
    command = "oncall twilio configure" + ("" if name == PRIMARY else f" --provider {name}")
    try:
        found = compared(numbers, number, configuration.hotline, settings.public_url)
        if found is None:
            has = others_of(numbers)
            where = "hotline.number" if name == PRIMARY else f"providers.{name}.number"
            return fail(check, f"{number} is no number of the account, which has: {has}", f"mend {where}")
    except ChannelError as error:
        return warn(check, f"{error}", f"run: {command} --check")
    changes = found[1]
    if changes:
        differs = "; ".join(
            f"{each.label}: {each.now or 'nothing'}, to be {each.wanted or 'nothing'}" for each in changes
        )
        return warn(check, f"{number} is not set as it should be: {differs}", f"run: {command}")
    return ok(check, f"{number} asks this service")


def _check(name: str, what: str = "telephone") -> str:
    return what if name == PRIMARY else f"{what} of {name}"
