"""``oncall schedule versions``: what was in force when, by whom, and what it changed."""

import json
from contextlib import closing
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from oncall import bootstrap
from oncall.cli.incident_output import rendered
from oncall.cli.instants import NUMBER, z
from oncall.cli.schedule_reading import settings_of
from oncall.errors import UsageError
from oncall.ports import ScheduleVersion


@click.command()
@click.argument("number", required=False, type=NUMBER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program to read.")
def versions(number: int | None, *, as_json: bool) -> None:
    """List every version that was published, newest first; or show version NUMBER with its diff and its text."""
    with closing(bootstrap.open_database(settings_of())) as database, database.read() as uow:
        latest = uow.schedule_versions.latest_version()
        found = uow.schedule_versions.listing() if number is None else []
        one = None if number is None else uow.schedule_versions.get(number)
    if number is not None and one is None:
        raise UsageError(f"there is no version {number}; `oncall schedule versions` lists them")
    if as_json:
        shown = [_version_json(each, latest) for each in found]
        whole = None if one is None else {**_version_json(one, latest), "files": dict(one.files)}
        click.echo(json.dumps(shown if whole is None else whole, indent=2, ensure_ascii=False))
    elif one is not None:
        click.echo(_page(one, latest))
    elif found:
        click.echo(_table(found), nl=False)
    else:
        click.echo("Nothing has been published yet.")


def _version_json(version: ScheduleVersion, latest: int) -> dict[str, Any]:
    return {
        "version": version.version,
        "published_at": z(version.published_at),
        "author": version.author or None,
        "in_force": version.version == latest,
        "rollback_of": version.rollback_of,
        "warnings": list(version.warnings),
        "diff": version.diff,
    }


def _table(found: list[ScheduleVersion]) -> str:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("Version", "Published (UTC)", "Author", "What it changed"):
        table.add_column(heading)
    for index, version in enumerate(found):
        table.add_row(
            Text(f"{version.version}{' in force' if index == 0 else ''}", style="bold green" if index == 0 else ""),
            f"{version.published_at:%Y-%m-%d %H:%M}",
            Text(version.author),
            Text(_summary(version)),
        )
    return rendered(table)


def _summary(version: ScheduleVersion) -> str:
    """Half a line: the first thing that it changed, and how many more."""
    back = f"version {version.rollback_of} once more; " if version.rollback_of else ""
    if version.diff is None:
        return f"{back}not kept"
    # What changes is indented below the schedule that it belongs to.
    indented = [line.strip() for line in version.diff.splitlines() if line.startswith("  ")]
    lines = [line for line in indented if not line.startswith("Together: ")]
    if not lines:
        return back + version.diff.partition("\n")[0]
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return f"{back}{lines[0]}{more}"


def _page(version: ScheduleVersion, latest: int) -> str:
    state = ", in force" if version.version == latest else ""
    back = f", version {version.rollback_of} once more" if version.rollback_of else ""
    by = f" by {version.author}" if version.author else ""
    parts = [f"Version {version.version}{back}{state}, published {version.published_at:%Y-%m-%d %H:%M} UTC{by}"]
    parts += ["", "What it changed was not kept." if version.diff is None else f"What it changed:\n{version.diff}"]
    if version.warnings:
        parts += ["", "Accepted with it:", *version.warnings]
    for name, text in version.files.items():
        parts += ["", f"# ---- {name}", text.rstrip("\n")]
    return "\n".join(parts)
