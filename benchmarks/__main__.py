"""``python -m benchmarks [NAME…]``: measure, show a table, write results/NAME.json; exit 1 where a bound is missed."""

import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from benchmarks import (
    callbacks,
    cancellation,
    deadlines,
    first_page,
    first_pages_at_once,
    idle_ticks,
    incoming_calls,
    reports,
    schedules,
    schedules_folder,
    slow_clients,
    start,
    two_engines,
)
from benchmarks.figures import Figure, save, show

ALL: dict[str, Callable[[Path], list[Figure]]] = {
    "incoming_calls": incoming_calls.measure,
    "callbacks": callbacks.measure,
    "first_page": first_page.measure,
    "first_pages_at_once": first_pages_at_once.measure,
    "two_engines": two_engines.measure,
    "cancellation": cancellation.measure,
    "idle_ticks": idle_ticks.measure,
    "slow_clients": slow_clients.measure,
    "start": start.measure,
    "reports": reports.measure,
    "schedules": schedules.measure,
    "schedules_folder": schedules_folder.measure,
    "deadlines": deadlines.measure,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(ALL)))
def main(names: tuple[str, ...]) -> None:
    """Measure these, or all."""
    # So that the servers that were started end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    figures: list[Figure] = []
    for name in names or ALL:
        click.echo(f"{name} …", err=True)
        with tempfile.TemporaryDirectory(prefix="oncall-bench-") as folder:
            found = ALL[name](Path(folder))
        save(name, found)
        figures += found
    show(figures)
    sys.exit(0 if all(figure.kept for figure in figures) else 1)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
