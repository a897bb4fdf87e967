"""``oncall schedule show``: the coming weeks, drawn, listed, as JSON or as a page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import click

from oncall.cli.instants import instant
from oncall.cli.schedule_page import page
from oncall.cli.schedule_reading import configuration_in_force, schedule_of, settings_of
from oncall.cli.schedule_terminal import drawing, terminal
from oncall.cli.schedule_times import shift_json
from oncall.core.configuration import Configuration
from oncall.core.local_time import to_utc, to_wall
from oncall.core.schedule import Schedule, shifts
from oncall.errors import UsageError
from oncall.system import SystemClock

WEEKS = 2
MOST_WEEKS = 104


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show: from when until when, in the time of each schedule. Empty texts: from now on, for ``weeks``."""

    since: str
    until: str
    weeks: int

    def span(self, timezone: str, now: datetime) -> tuple[datetime, datetime]:
        """The two instants. Raises click.BadParameter."""
        first = instant(timezone, self.since, "--from") if self.since else now.replace(microsecond=0)
        last = instant(timezone, self.until, "--until") if self.until else first + timedelta(weeks=self.weeks)
        if last <= first:
            raise click.BadParameter("must be later than --from", param_hint="--until")
        return first, last

    def days(self, timezone: str, now: datetime) -> tuple[datetime, datetime]:
        """The same for a drawing: where no end was asked for, it is the end of a day, so that whole weeks are drawn."""
        first, last = self.span(timezone, now.replace(second=0))
        if not self.until:
            midnight = datetime.combine(to_wall(timezone, first).date() + timedelta(weeks=self.weeks), time())
            last = to_utc(timezone, midnight)
        return first, last


@click.command()
@click.argument("name", required=False)
@click.option("--from", "since", metavar="TIME", default="", help="From then, in the schedule's time. Default: now.")
@click.option("--until", metavar="TIME", default="", help="Until then. Default: --weeks later.")
@click.option("--weeks", type=click.IntRange(1, MOST_WEEKS), help=f"For so long. Default: {WEEKS}.")
@click.option("--html", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write a page with a picture.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of the shifts of NAME.")
def show(name: str | None, *, since: str, until: str, weeks: int | None, target: Path | None, as_json: bool) -> None:
    """Draw the coming weeks of the schedule NAME, or of all: every rotation, the overrides, and who is on call.

    With --html as a page of its own, that can be sent and printed. With --json every shift in order, coverage gaps
    too.
    """
    if as_json and name is None:
        raise click.UsageError("name the schedule whose shifts are to be printed: oncall schedule show NAME --json")
    if until and weeks:
        raise click.UsageError("say --until or --weeks, not both: each says where it ends")
    configuration = configuration_in_force(settings_of())
    asked = [schedule_of(configuration, name)] if name is not None else list(configuration.schedules.values())
    wanted, now = Asked(since, until, weeks or WEEKS), SystemClock().now()
    if as_json:
        found = shifts(asked[0], *wanted.span(asked[0].timezone, now))
        click.echo(json.dumps([shift_json(shift) for shift in found], indent=2, ensure_ascii=False))
    elif target is not None:
        _write(target, page(configuration, [(each, *wanted.days(each.timezone, now)) for each in asked], now))
    else:
        _draw(configuration, asked, wanted, now)


def _draw(configuration: Configuration, asked: Sequence[Schedule], wanted: Asked, now: datetime) -> None:
    console = terminal()
    names = {key: engineer.name for key, engineer in configuration.engineers.items()}
    parts = [drawing(console, each, names, *wanted.days(each.timezone, now), now) for each in asked]
    # What rich takes for a terminal is one, also where somebody forces colours into a pager.
    click.echo("\n".join(parts), nl=False, color=console.is_terminal)


def _write(target: Path, text: str) -> None:
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror}): name another file") from error
    click.echo(f"Written to {target}.", err=True)
