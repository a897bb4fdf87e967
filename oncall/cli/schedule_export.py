"""``oncall schedule export``: overrides that were entered, written back into the schedules folder."""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from oncall import schedule_files
from oncall.cli.opening import open_runtime
from oncall.core.entered_override import EnteredOverride
from oncall.core.local_time import to_local
from oncall.core.schedule import Schedule
from oncall.errors import ConfigurationError
from oncall.schedule_files import Export

_BOM = b"\xef\xbb\xbf"


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--print", "print_only", is_flag=True, help="Print the changed files instead of writing them.")
def export(folder: Path | None, *, print_only: bool) -> None:
    """Write present and coming overrides of the database into FOLDER's YAML, where their schedules stand.

    Comments and layout stay as they are. Once the folder is published, what it says counts, and the database's copies
    do not any more. FOLDER is ONCALL_SCHEDULES_DIR, or `schedules`, where it is left out.
    Exits 1 where an override cannot be written; the others are.
    """
    runtime = open_runtime()
    folder = folder or runtime.settings.schedules_dir
    with runtime.database.read() as uow:
        entered = uow.overrides.active(runtime.clock.now())
    files = schedule_files.read_folder(folder)
    found = schedule_files.export(files, entered)
    if print_only:
        _print(found)
    else:
        for name, text in found.files.items():
            _write(folder / name, files[name], text)
        _say(found, schedule_files.load({**files, **found.files}).schedules, folder)
    for one, why in found.refused:
        click.echo(f"override {one.id} of {one.engineer} in {one.schedule} was not exported: {why}", err=True)
    if found.refused:
        raise click.exceptions.Exit(1)


def _print(found: Export) -> None:
    for name, text in found.files.items():
        if len(found.files) > 1:
            click.echo(f"# {name}")
        click.echo(text, nl=not text.endswith("\n"))


def _say(found: Export, schedules: Mapping[str, Schedule], folder: Path) -> None:
    for one in found.written:
        click.echo(f"Exported override {one.id}: {_described(one, schedules[one.schedule].timezone)}.")
    for one in found.already:
        click.echo(f"Override {one.id} is in the folder already.")
    if found.written:
        click.echo(f"Look at {', '.join(found.files)} in {folder}, and publish it: from then on the folder's count.")
    elif not found.refused:
        click.echo("There is nothing to export.")


def _described(one: EnteredOverride, timezone: str) -> str:
    since, until = (to_local(timezone, at).strftime("%Y-%m-%d %H:%M %Z") for at in (one.starts_at, one.ends_at))
    return f"{one.engineer} in {one.schedule} from {since} until {until}"


def _write(path: Path, before: str, text: str) -> None:
    """Replace the file at once and whole, unless somebody has changed it meanwhile. Raises ConfigurationError."""
    path = path.resolve()
    draft = path.with_name(f".{path.name}.exporting")
    try:
        old = path.read_bytes()
        mark = _BOM if old.startswith(_BOM) else b""
        if old[len(mark) :] != before.encode():
            raise ConfigurationError(f"{path} has been changed while it was exported to: look at it, and export again")
        draft.write_bytes(mark + text.encode())
        shutil.copymode(path, draft)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}): check its permissions") from error
