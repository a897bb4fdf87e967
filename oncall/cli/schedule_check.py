"""``oncall schedule check``: what is wrong or doubtful in the folder."""

from pathlib import Path

import click

from oncall.cli.calendar_warnings import all_warnings
from oncall.cli.schedule_reading import contents, count, fetched_now, folder_or_default, read_or_exit, report
from oncall.system import SystemClock


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(folder: Path | None, *, as_json: bool) -> None:
    """Say everything that is wrong or doubtful in FOLDER, by file, line and column. Exits 1 where something is wrong.

    FOLDER is ONCALL_SCHEDULES_DIR, or `schedules`, where it is left out. Nothing else is needed, and nothing changes.
    """
    _, loaded = read_or_exit(folder_or_default(folder), as_json=as_json)
    fetched = fetched_now(loaded.configuration)
    warnings = all_warnings(loaded, fetched, SystemClock().now())
    report((), warnings, as_json=as_json)
    if not as_json:
        click.echo(f"{contents(loaded.configuration)}: no errors, {count(len(warnings), 'warning')}.")
