"""``oncall twilio``: what Twilio does with the hotline's number."""

import json

import click
from rich.table import Table
from rich.text import Text

from oncall import outside
from oncall.channels import OwnNumber, TwilioNumbers
from oncall.cli.account_settings import account_settings
from oncall.cli.incident_output import rendered
from oncall.cli.schedule_reading import configuration_in_force, settings_of
from oncall.core.hotline import Hotline
from oncall.core.number_settings import (
    NumberSettings,
    SettingChange,
    setting_changes,
    setting_label,
    setting_names,
    wanted_settings,
)
from oncall.errors import SetupError, UsageError
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
def configure(*, yes: bool, dry_run: bool, check: bool, as_json: bool) -> None:
    """Set where the hotline's number asks what to do with calls and texts; what would change is shown first."""
    if yes and (dry_run or check):
        raise click.UsageError("--yes sets what --dry-run and --check only look at; leave one of them out")
    settings = account_settings()
    hotline = configuration_in_force(settings_of()).hotline
    numbers = outside.open_numbers(settings)
    own, changes = _compared(numbers, hotline, settings)
    _show(own, changes, as_json=as_json)
    if check and changes:
        raise click.exceptions.Exit(1)
    if not changes or dry_run or check or (as_json and not yes):
        return
    if not yes:
        click.confirm("Set this?", abort=True, err=True)
    set_now = numbers.change(own.sid, changes)
    left = setting_changes(set_now, _wanted(set_now, hotline, settings))
    if left:
        names = ", ".join(change.name for change in left)
        raise SetupError(f"Twilio took it, and still shows something else for {names}; look at the number's page there")
    click.echo(f"{own.number} is set.", err=as_json)


def _wanted(now: NumberSettings, hotline: Hotline, settings: Settings) -> NumberSettings:
    return wanted_settings(
        now,
        public_url=settings.public_url,
        fallback_url=hotline.fallback_url,
        sms_fallback_url=hotline.sms_fallback_url,
    )


def _compared(
    numbers: TwilioNumbers, hotline: Hotline, settings: Settings
) -> tuple[OwnNumber, tuple[SettingChange, ...]]:
    own = numbers.find(hotline.number)
    if own is None:
        others = ", ".join(numbers.numbers()) or "none at all"
        raise UsageError(
            f"{hotline.number}, the hotline's number in the schedules, is not a number of the account"
            f" {settings.twilio_account_sid}. It has: {others}. Mend hotline.number, or TWILIO_ACCOUNT_SID."
        )
    return own, setting_changes(own.settings, _wanted(own.settings, hotline, settings))


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
