"""``oncall schedule who``: who is on call at an instant, and why."""

import json
from collections.abc import Iterator
from datetime import datetime

import click

from oncall.cli.instants import instant
from oncall.cli.schedule_reading import schedule_named
from oncall.cli.schedule_times import shift_json, shift_sentence
from oncall.core.explanation import explain
from oncall.core.local_time import read_local, to_local
from oncall.core.schedule import Schedule, on_call
from oncall.system import SystemClock


@click.command()
@click.argument("name")
@click.option("--at", metavar="TIME", help="Then, in the schedule's own time unless it has an offset. Default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def who(name: str, at: str | None, *, as_json: bool) -> None:
    """Say who is on call in the schedule NAME, since when, until when, and why."""
    asked = schedule_named(name)
    asked_at = instant(asked.timezone, at, "--at") if at else SystemClock().now()
    shift = on_call(asked, asked_at)
    if as_json:
        click.echo(json.dumps(shift_json(shift), ensure_ascii=False))
        return
    for line in (shift_sentence(asked, shift), *how_it_was_read(asked, at or ""), *explain(asked, asked_at)):
        click.echo(line)


def how_it_was_read(asked: Schedule, written: str) -> Iterator[str]:
    """A sentence where ``written``, a time in ISO 8601 or "", is local and the clock skips or repeats it; else none."""
    wall = datetime.fromisoformat(written) if written else None
    if wall is None or wall.tzinfo is not None:
        return
    reading, day = read_local(asked.timezone, wall), f"{wall:%Y-%m-%d}"
    shown = to_local(asked.timezone, reading.at)
    if reading.is_skipped:
        yield (
            f"{wall:%H:%M} does not exist in {asked.timezone} on {day}, because the clocks go forward then. "
            f"It was taken to mean {shown:%H:%M %Z}, the first instant after the gap ({reading.at:%H:%M} UTC)."
        )
    elif reading.again_at is not None:
        again = to_local(asked.timezone, reading.again_at)
        yield (
            f"{wall:%H:%M} comes twice in {asked.timezone} on {day}, because the clocks go back then. "
            f"It was taken to mean the first, {shown:%H:%M %Z} ({reading.at:%H:%M} UTC); "
            f"for the second, ask with --at {again.isoformat(timespec='minutes')}."
        )
