"""``oncall simulate``: a night at the hotline, in virtual time, with the real service and a simulated carrier."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click
import pytz
from rich.console import Console
from rich.table import Table

from oncall.sim.invariants import BrokenPromiseError
from oncall.sim.mishaps import Happening
from oncall.sim.random_world import Summary, run_random_world
from oncall.sim.story import play_story
from oncall.web import create_app

_ZONE = pytz.timezone("Europe/Brussels")
_COLOURS = {
    "presses": "green",
    "dials": "bold",
    "telephone": "yellow",
    "says": "cyan",
    "gets": "blue",
    "crashed": "red",
}


@click.command()
@click.option("--seed", type=int, help="Play the random world of this seed instead of the story.")
@click.option(
    "--incidents", type=click.IntRange(1, 50), default=3, show_default=True, help="Callers in a random world."
)
@click.option("--faults", is_flag=True, help="Crashes, outages, and lost, late and doubled callbacks.")
@click.option("--timeline", is_flag=True, help="Print everything that happened in a random world.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def simulate(seed: int | None, incidents: int, *, faults: bool, timeline: bool, as_json: bool) -> None:
    """Play a call from the first ring to the last text; or, with --seed, a random world against every promise.

    Nothing is configured, opened or called: no account, no database, no network. Exits 1, and
    says how to see it again, where a promise was broken.
    """
    try:
        if seed is None:
            _print_story(play_story(create_app).story, as_json=as_json)
            return
        world, summary = run_random_world(create_app, seed=seed, incidents=incidents, faults=faults)
    except BrokenPromiseError as broken:
        if as_json:
            click.echo(json.dumps({"seed": seed, "broken": [str(broken)]}, ensure_ascii=False))
        raise
    if as_json:
        lines = {"timeline": _as_objects(world.story)} if timeline else {}
        click.echo(json.dumps({**asdict(summary), "broken": [], **lines}, ensure_ascii=False))
        return
    if timeline:
        _print_table(world.story)
    _print_summary(summary)


def _print_story(story: Sequence[Happening], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"timeline": _as_objects(story)}, ensure_ascii=False))
        return
    _print_table(story)
    click.echo("Every promise held. For random worlds: oncall simulate --seed 1 --faults")


def _as_objects(story: Sequence[Happening]) -> list[dict[str, str]]:
    return [{"at": f"{line.at:%Y-%m-%dT%H:%M:%S.%fZ}", "who": line.who, "what": line.what} for line in story]


def _print_table(story: Sequence[Happening]) -> None:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("after", justify="right", style="dim", no_wrap=True)
    table.add_column("in Brussels", style="dim", no_wrap=True)
    table.add_column("who", no_wrap=True)
    table.add_column("what")
    for line in story:
        style = _COLOURS.get(line.what.split(" ", 1)[0], "")
        table.add_row(
            _after(story[0].at, line.at), f"{line.at.astimezone(_ZONE):%H:%M:%S}", line.who, line.what, style=style
        )
    Console(markup=False, highlight=False).print(table)


def _after(began_at: datetime, at: datetime) -> str:
    minutes, seconds = divmod(int((at - began_at).total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"


def _print_summary(summary: Summary) -> None:
    click.echo(
        f"Seed {summary.seed}: {summary.incidents} incidents ({summary.screened} screened), {summary.pages} pages, "
        f"{summary.notices} notices, {summary.webhooks} webhooks, {summary.crashes} crashes, "
        f"{summary.simulated_minutes} minutes. Every promise held."
    )
