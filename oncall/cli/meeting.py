"""``oncall meeting``: the status meetings that come."""

import json
from contextlib import closing

import click

from oncall.cli.instants import z
from oncall.cli.opening import open_runtime
from oncall.core.local_time import to_local
from oncall.core.plain_text import one_line
from oncall.engine.meetings import addresses_of, without_address


@click.group()
def meeting() -> None:
    """Status meetings with customers, as the schedules folder names them."""


@meeting.command("list")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def list_(*, as_json: bool) -> None:
    """The next of each meeting, soonest first, and whom its invitation reaches."""
    runtime = open_runtime()
    with closing(runtime.database):
        configuration, now = runtime.configuration.current(), runtime.clock.now()
        following = [(each.next_after(now), each) for each in configuration.meetings.values()]
        following.sort(key=lambda pair: (pair[0].begins_at, pair[1].key))
        if as_json:
            rows = [
                {
                    "meeting": each.key,
                    "customer": each.customer,
                    "begins_at": z(occurrence.begins_at),
                    "ends_at": z(occurrence.ends_at),
                    "agenda_at": z(occurrence.agenda_at),
                    "invited": list(addresses_of(each, configuration)),
                }
                for occurrence, each in following
            ]
            click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        for occurrence, each in following:
            here = to_local(each.timezone, occurrence.begins_at)
            invited = ", ".join(addresses_of(each, configuration)) or "nobody who can be mailed"
            click.echo(f"{here:%a %Y-%m-%d %H:%M %Z}  {each.key}, {each.rhythm}: {invited}")
            if missing := without_address(each, configuration):
                click.echo(f"  no invitation reaches {', '.join(map(one_line, missing))}: they have no email")
        if not following:
            click.echo("The schedules name no meeting.")
        elif not runtime.settings.smtp_url:
            click.echo("SMTP_URL is not set: nobody is invited.", err=True)
