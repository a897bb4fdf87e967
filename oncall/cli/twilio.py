"""``oncall twilio``: what Twilio does with the hotline's number."""

import json

import click
from rich.table import Table
from rich.text import Text

from oncall import outside
from oncall.channels.twilio_numbers import OwnNumber, TwilioNumbers
from oncall.cli.account_settings import account_settings
from oncall.cli.incident_output import rendered
from oncall.cli.number_comparison import changes_of, compared, others_of
from oncall.cli.schedule_reading import configuration_in_force, settings_of
from oncall.core.configuration import Configuration
from oncall.core.number_settings import SettingChange, setting_label, setting_names
from oncall.core.provider import PRIMARY, without_credentials_text
from oncall.errors import SettingsError, SetupError, UsageError
from oncall.settings import Settings


@click.group()
def twilio() -> None:
    """The telephone account: have the hotline's number ask this service."""


@twilio.command()
@click.option("--yes", is_flag=True, help="Set it without asking.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where something is not as it should be.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for a program to read; changes nothing without --yes."
)
@click.option(
    "--provider", default=PRIMARY, help="Of providers: in the schedules; the account of TWILIO_* if left out."
)
def configure(*, yes: bool, dry_run: bool, check: bool, as_json: bool, provider: str) -> None:
    """Set where the hotline's number asks what to do with calls and texts; what would change is shown first."""
    if yes and (dry_run or check):
        raise click.UsageError("--yes sets what --dry-run and --check only look at; leave one of them out")
    settings = account_settings()
    configuration = configuration_in_force(settings_of())
    number = _number_of(provider, configuration)
    numbers = outside.open_numbers(settings, provider)
    if numbers is None:
        raise SettingsError(without_credentials_text(provider))
    own, changes = _compared(numbers, number, configuration, settings)
    _show(own, changes, as_json=as_json)
    if check and changes:
        raise click.exceptions.Exit(1)
    if not changes or dry_run or check or (as_json and not yes):
        return
    if not yes:
        click.confirm("Set this?", abort=True, err=True)
    set_now = numbers.change(own.sid, changes)
    left = changes_of(set_now, configuration.hotline, settings.public_url)
    if left:
        names = ", ".join(change.name for change in left)
        raise SetupError(f"Twilio took it, and still shows something else for {names}; look at the number's page there")
    click.echo(f"{own.number} is set.", err=as_json)


def _number_of(provider: str, configuration: Configuration) -> str:
    names = {each.name: each.number for each in configuration.providers_in_order()}
    if provider not in names:
        raise UsageError(f"The schedules list no provider {provider!r}. There are: {', '.join(names)}.")
    return names[provider]


def _compared(
    numbers: TwilioNumbers, number: str, configuration: Configuration, settings: Settings
) -> tuple[OwnNumber, tuple[SettingChange, ...]]:
    found = compared(numbers, number, configuration.hotline, settings.public_url)
    if found is None:
        is_hotlines = number == configuration.hotline.number
        what = "the hotline's number in the schedules" if is_hotlines else "the provider's number in the schedules"
        raise UsageError(
            f"{number}, {what}, is not a number of the account {numbers.account.account_sid}."
            f" It has: {others_of(numbers)}. Mend it in the schedules, or the account's variables."
        )
    return found


def _show(own: OwnNumber, changes: tuple[SettingChange, ...], *, as_json: bool) -> None:
    differing = {change.name: change.wanted for change in changes}
    rows = [(name, getattr(own.settings, name)) for name in setting_names()]
    if as_json:
        found = [{"name": name, "now": now, "wanted": differing.get(name, now)} for name, now in rows]
        click.echo(json.dumps({"number": own.number, "sid": own.sid, "ok": not changes, "settings": found}, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="dim", title=own.number, title_justify="left")
    for heading in ("Setting", "Now", "To be"):
        table.add_column(heading)
    for name, now in rows:
        to_be = Text(differing[name] or "nothing", style="bold") if name in differing else Text("as it is", style="dim")
        if now or name in differing:
            table.add_row(setting_label(name), Text(now or "nothing"), to_be)
    click.echo(rendered(table), nl=False)
    if not changes:
        click.echo("Nothing is to be changed.")
