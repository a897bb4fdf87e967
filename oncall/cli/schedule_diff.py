"""``oncall schedule diff``: what publishing the folder would change for whom."""

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from oncall import bootstrap, schedule_files
from oncall.calendars import with_calendars
from oncall.cli.instants import NUMBER, z
from oncall.cli.publishing import fetched_calendars
from oncall.cli.schedule_reading import folder_or_default, read_or_exit, settings_of
from oncall.core.configuration import Configuration
from oncall.core.configuration_diff import ConfigurationDiff, compare, diff_lines
from oncall.core.schedule_diff import Change
from oncall.errors import ConfigurationError, UsageError
from oncall.ports import ScheduleVersion
from oncall.system import SystemClock

MOST_WEEKS = 104


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--from", "number", metavar="N", type=NUMBER, help="Against version N.")
@click.option("--weeks", default=4, show_default=True, type=click.IntRange(1, MOST_WEEKS), help="Look so far ahead.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def diff(folder: Path | None, *, number: int | None, weeks: int, as_json: bool) -> None:
    """Say what FOLDER would change for whom in the next weeks against what is in force, and what else is another.

    It needs the folder and DATABASE_URL, and changes nothing.
    """
    files, loaded = read_or_exit(folder_or_default(folder))
    version, fetched = _version(number)
    now = SystemClock().now().replace(second=0, microsecond=0)
    before = None if version is None else with_calendars(_loaded(version), {**fetched, **version.files}, now)[0]
    after = with_calendars(loaded.configuration, {**fetched, **files}, now)[0]
    found = compare(before, after, now, now + timedelta(weeks=weeks))
    if as_json:
        click.echo(json.dumps(_diff_json(version, found), indent=2, ensure_ascii=False))
    elif version is None:
        click.echo("Nothing is in force: this would be the first version.")
    else:
        click.echo(f"Against version {version.version} of {version.published_at:%Y-%m-%d %H:%M} UTC{_by(version)}:")
        click.echo("\n".join(diff_lines(found)))


def _version(number: int | None) -> tuple[ScheduleVersion | None, dict[str, str]]:
    """The version to compare with, and the calendars that were fetched; None where nothing was published yet.

    Raises UsageError where there is no such version.
    """
    with closing(bootstrap.open_database(settings_of())) as database, database.read() as uow:
        found = uow.schedule_versions.latest() if number is None else uow.schedule_versions.get(number)
        fetched = fetched_calendars(uow)
    if found is None and number is not None:
        raise UsageError(f"there is no version {number}; `oncall schedule versions` lists them")
    return found, fetched


def _loaded(version: ScheduleVersion) -> Configuration:
    try:
        return schedule_files.load(version.files)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"version {version.version} cannot be read by this release, so that nothing can be compared with it; "
            f"name another with --from. {error}"
        ) from error


def _by(version: ScheduleVersion) -> str:
    return f" by {version.author}" if version.author else ""


def _diff_json(version: ScheduleVersion | None, found: ConfigurationDiff) -> dict[str, Any]:
    return {
        "version": None if version is None else version.version,
        "from": z(found.since),
        "until": z(found.until),
        "same": found.is_empty and version is not None,
        "changes": [_change_json(change) for change in found.changes],
        "besides": list(found.sentences),
    }


def _change_json(change: Change) -> dict[str, str | None]:
    return {
        "schedule": change.schedule,
        "from": z(change.starts_at),
        "until": z(change.ends_at),
        "before": change.before,
        "after": change.after,
    }
