"""``oncall report``: what was brought to us in a period and what became of it, for a customer or for the team."""

import shutil
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import click

from oncall.bootstrap import Runtime
from oncall.cli.opening import open_runtime
from oncall.errors import UsageError
from oncall.support.report_files import ReportFiles, ReportFormat

_FORMATS = [kind.value for kind in ReportFormat]


@click.command()
@click.option("--customer", metavar="CUSTOMER", help="For this customer: the key in the YAML.")
@click.option("--team", is_flag=True, help="For the team: who was paged, in how many nights, and how quickly it went.")
@click.option("--from", "first", metavar="DATE", help="The first day: 2026-10-01. Default: the last whole month.")
@click.option("--to", "until", metavar="DATE", help="The first day that is not part of it, such as 2026-11-01.")
@click.option("--format", "kind", type=click.Choice(_FORMATS), help="Default: what --output ends with, else md.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, not to stdout.")
def report(
    *, customer: str | None, team: bool, first: str | None, until: str | None, kind: str | None, output: Path | None
) -> None:
    """Report on a period, for a CUSTOMER or for the team, as HTML, Markdown, PDF, JSON or CSV.

    Days are those of the zone of business_hours. Drills and screened calls are left out.
    """
    if (customer is not None) == team:
        raise click.UsageError("say for whom: --customer CUSTOMER, or --team")
    if (first is None) != (until is None):
        raise click.UsageError("give both --from and --to, or neither for the last whole month")
    wanted = _format(kind, output)
    if wanted is ReportFormat.PDF and output is None and sys.stdout.isatty():
        raise click.UsageError("a PDF cannot be shown in a terminal: give --output report.pdf")
    runtime = open_runtime()
    # Aside first: a report that fails leaves no half of itself, and a slow reader keeps no transaction open.
    with closing(runtime.database), TemporaryFile() as aside:
        _make(runtime, aside, wanted, customer, _days(runtime, first, until))
        aside.seek(0)
        _put(aside, output)


def _make(runtime: Runtime, to: BinaryIO, wanted: ReportFormat, customer: str | None, days: tuple[date, date]) -> None:
    files = ReportFiles(runtime.reports)
    if customer is None:
        files.team(to, wanted, *days)
    else:
        files.customer(to, wanted, customer, *days, due=runtime.status_meetings.due(customer))


def _put(made: BinaryIO, output: Path | None) -> None:
    if output is None:
        shutil.copyfileobj(made, sys.stdout.buffer)
        return
    try:
        with output.open("wb") as file:
            shutil.copyfileobj(made, file)
    except OSError as error:
        raise UsageError(f"the report cannot be written to {output}: {error.strerror}; choose another file") from error
    click.echo(f"Written: {output}", err=True)


def _format(kind: str | None, output: Path | None) -> ReportFormat:
    if kind is not None:
        return ReportFormat(kind)
    ending = output.suffix.removeprefix(".").lower() if output else ReportFormat.MARKDOWN.value
    if ending not in _FORMATS:
        raise click.UsageError(f"{output} does not say what it is to be: give --format {', '.join(_FORMATS)}")
    return ReportFormat(ending)


def _days(runtime: Runtime, first: str | None, until: str | None) -> tuple[date, date]:
    if first is None or until is None:
        return runtime.reports.last_month()
    return _day(first, "--from"), _day(until, "--to")


def _day(written: str, option: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        message = f"`{written}` is not a day; write one such as 2026-10-01"
        raise click.BadParameter(message, param_hint=option) from error
