"""``oncall calendar``: the secret addresses at which shifts are subscribed to."""

import json
import logging
import os

import click

from oncall import bootstrap, logs
from oncall.bootstrap import Runtime
from oncall.errors import SettingsError, UsageError
from oncall.settings import load_settings

_name = click.argument("name")


@click.group()
def calendar() -> None:
    """Calendars of shifts, to subscribe to with a telephone: show an address, revoke it, list them."""


@calendar.command()
@_name
def url(name: str) -> None:
    """Print the secret address of the engineer or the schedule NAME; it is made where there is none."""
    runtime = _runtime()
    click.echo(runtime.calendar_addresses.url(runtime.calendar_addresses.make(name)))


@calendar.command()
@_name
def revoke(name: str) -> None:
    """Make the address of the engineer or the schedule NAME lead nowhere; `url` then makes another."""
    if not _runtime().calendar_addresses.revoke(name):
        raise UsageError(f"`{name}` has no calendar address; `oncall calendar list` shows those that there are")
    click.echo(f"Revoked: the address of {name} shows nothing any more.")


@calendar.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program to read.")
def list_(*, as_json: bool) -> None:
    """List all addresses. They are secret: whoever knows one sees the shifts."""
    runtime = _runtime()
    with runtime.database.read() as uow:
        found = [
            (each.engineer or each.schedule, runtime.calendar_addresses.url(each))
            for each in uow.calendar_feeds.listing()
        ]
    if as_json:
        click.echo(json.dumps([{"name": name, "url": address} for name, address in found], indent=2))
        return
    for name, address in found:
        click.echo(f"{name}\t{address}")
    if not found:
        click.echo("There is no address yet: `oncall calendar url NAME` makes one.")


def _runtime() -> Runtime:
    logs.configure(logging.ERROR)
    settings = load_settings(os.environ, serving=False)
    if not settings.public_url:
        raise SettingsError("ONCALL_PUBLIC_URL is missing; set it as the service has it: addresses begin with it")
    return bootstrap.build(settings)
