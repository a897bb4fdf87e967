"""``oncall schedule who``: who is on call at an instant, and why."""

import json

import click

from oncall.cli.schedule_reading import schedule_named
from oncall.cli.schedule_times import instant, shift_json, shift_sentence
from oncall.core.schedule import on_call
from oncall.system import SystemClock


@click.command()
@click.argument("name")
@click.option("--at", metavar="TIME", help="Then, in the schedule's own time unless it has an offset. Default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def who(name: str, at: str | None, *, as_json: bool) -> None:
    """Say who is on call in the schedule NAME, since when, until when, and why."""
    asked = schedule_named(name)
    shift = on_call(asked, instant(asked.timezone, at, "--at") if at else SystemClock().now())
    click.echo(json.dumps(shift_json(shift), ensure_ascii=False) if as_json else shift_sentence(asked, shift))
