"""``oncall schedule``: check the schedules folder, publish it, and say who is on call."""

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytz

from oncall import bootstrap, schedule_files
from oncall.cli.schedule_import import import_
from oncall.cli.schedule_who import how_it_was_read
from oncall.core.configuration import Configuration
from oncall.core.explanation import explain
from oncall.core.local_time import to_local, to_utc
from oncall.core.schedule import Schedule, Shift, on_call, shifts
from oncall.errors import ConfigurationError, StoreError, UsageError
from oncall.ports import Database
from oncall.schedule_files import Loaded, Problem, ScheduleFilesError
from oncall.settings import Settings, load_settings
from oncall.system import SystemClock

SHOWN_FOR = timedelta(days=14)
_YEARS = range(1970, 2200)
_FOLDER = "ONCALL_SCHEDULES_DIR"


@click.group()
def schedule() -> None:
    """Who is on call when: the folder of YAML, and what of it is in force."""


schedule.add_command(import_)


# ---------------------------------------------------------------- check


@schedule.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(folder: Path | None, *, as_json: bool) -> None:
    """Say everything that is wrong or doubtful in FOLDER, by file, line and column. Exits 1 where something is wrong.

    FOLDER is ONCALL_SCHEDULES_DIR, or `schedules`, where it is left out. Nothing else is needed, and nothing changes.
    """
    _, loaded = _read_or_exit(folder or _folder(), as_json=as_json)
    warnings = schedule_files.warnings(loaded, SystemClock().now())
    _report((), warnings, as_json=as_json)
    if not as_json:
        click.echo(f"{_contents(loaded.configuration)}: no errors, {_count(len(warnings), 'warning')}.")


def _read_or_exit(folder: Path, *, as_json: bool = False) -> tuple[dict[str, str], Loaded]:
    """The texts and what they say; where they say nothing sound, all their errors are printed and we exit with 1."""
    try:
        files = schedule_files.read_folder(folder)
        return files, schedule_files.read(files)
    except ScheduleFilesError as error:
        _report(error.problems, (), as_json=as_json)
        raise click.exceptions.Exit(1) from error


def _folder() -> Path:
    """The folder by its own variable: a mistake in any other must not keep anybody from checking."""
    only = {name: value for name, value in os.environ.items() if name.startswith(_FOLDER)}
    return load_settings(only, serving=False).schedules_dir


def _report(errors: Sequence[Problem], warnings: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        found = {
            "ok": not errors,
            "errors": [_problem_json(each) for each in errors],
            "warnings": [_problem_json(each) for each in warnings],
        }
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in errors:
        click.echo(str(each), err=True)
    for each in warnings:
        click.echo(f"{each.place}: warning: {each.message}")
    if errors:
        click.echo(
            f"{_count(len(errors), 'error')}: nothing of this folder can be published before that is mended.", err=True
        )


def _problem_json(problem: Problem) -> dict[str, str | int]:
    return {"file": problem.file, "line": problem.line, "column": problem.column, "message": problem.message}


def _contents(configuration: Configuration) -> str:
    counts = {
        "engineer": len(configuration.engineers),
        "schedule": len(configuration.schedules),
        "escalation policy": len(configuration.policies),
        "customer": len(configuration.customers),
    }
    return ", ".join(_count(count, noun) for noun, count in counts.items())


def _count(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{count} {noun}s"


# ---------------------------------------------------------------- publish


@schedule.command()
@click.option("--yes", is_flag=True, help="Publish although there are warnings. Errors are never published.")
@click.option("--author", default="", help="Who publishes, as the list of versions will show. Default: $USER.")
def publish(*, yes: bool, author: str) -> None:
    """Put the schedules folder in force. An unchanged folder is not published again."""
    settings = load_settings(os.environ, serving=False)
    files, loaded = _read_or_exit(settings.schedules_dir)
    database = bootstrap.open_database(settings)
    fingerprint = schedule_files.fingerprint(files)
    if _is_in_force(database, fingerprint):
        return
    now = SystemClock().now()
    warnings = schedule_files.warnings(loaded, now)
    _report((), warnings, as_json=False)
    if warnings and not yes:
        raise ConfigurationError(
            f"nothing was published, because of {_count(len(warnings), 'warning')}: "
            "mend what they say, or accept them with --yes"
        )
    author = author or os.environ.get("USER", "") or "oncall schedule publish"
    with database.begin() as uow:
        version = uow.schedule_versions.publish(files, fingerprint=fingerprint, author=author, now=now)
        uow.wake_engine()
    click.echo(f"Version {version.version} is in force: {_contents(loaded.configuration)}.")


def _is_in_force(database: Database, fingerprint: str) -> bool:
    with database.read() as uow:
        latest = uow.schedule_versions.latest()
    if latest is None or latest.fingerprint != fingerprint:
        return False
    click.echo(f"Nothing to publish: version {latest.version}, which is in force, says the same.")
    return True


# ---------------------------------------------------------------- who, show


@schedule.command()
@click.argument("name")
@click.option("--at", metavar="TIME", help="Then, in the schedule's own time unless it has an offset. Default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def who(name: str, at: str | None, *, as_json: bool) -> None:
    """Say who is on call in the schedule NAME, since when, until when, and why."""
    asked = _schedule_named(name)
    instant = _instant(asked, at, "--at") if at else SystemClock().now()
    shift = on_call(asked, instant)
    if as_json:
        click.echo(json.dumps(_shift_json(shift), ensure_ascii=False))
        return
    for line in (_sentence(asked, shift), *how_it_was_read(asked, at or ""), *explain(asked, instant)):
        click.echo(line)


@schedule.command()
@click.argument("name")
@click.option("--from", "since", metavar="TIME", help="From then, in the schedule's own time. Default: now.")
@click.option("--until", metavar="TIME", help=f"Until then. Default: {SHOWN_FOR.days} days later.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def show(name: str, since: str | None, until: str | None, *, as_json: bool) -> None:
    """List every shift of the schedule NAME in order, coverage gaps too."""
    asked = _schedule_named(name)
    first = _instant(asked, since, "--from") if since else SystemClock().now().replace(microsecond=0)
    last = _instant(asked, until, "--until") if until else first + SHOWN_FOR
    if last <= first:
        raise click.BadParameter("must be later than --from", param_hint="--until")
    found = shifts(asked, first, last)
    if as_json:
        click.echo(json.dumps([_shift_json(shift) for shift in found], indent=2, ensure_ascii=False))
        return
    for shift in found:
        click.echo(_sentence(asked, shift))


def _schedule_named(name: str) -> Schedule:
    configuration = _configuration(load_settings(os.environ, serving=False))
    if name not in configuration.schedules:
        raise UsageError(f"there is no schedule `{name}`; there are {', '.join(configuration.schedules) or 'none'}")
    return configuration.schedules[name]


def _configuration(settings: Settings) -> Configuration:
    """What is in force; where nothing is, what the folder says, and then stderr says so."""
    try:
        with bootstrap.open_database(settings).read() as uow:
            latest = uow.schedule_versions.latest()
        reason = "nothing has been published yet"
    except StoreError as error:
        latest, reason = None, str(error)
    if latest is not None:
        return schedule_files.load(latest.files)
    click.echo(f"From the folder {settings.schedules_dir}, not from what is in force: {reason}.", err=True)
    return _read_or_exit(settings.schedules_dir)[1].configuration


def _instant(asked: Schedule, written: str, option: str) -> datetime:
    """The instant that somebody wrote; without an offset it is the wall clock of the schedule's zone."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"`{written}` is not a time; write one such as 2026-01-05T09:00 or 2026-01-05T08:00Z"
        raise click.BadParameter(message, param_hint=option) from error
    if at.year not in _YEARS:
        raise click.BadParameter(f"write a year from {_YEARS.start} to {_YEARS.stop - 1}", param_hint=option)
    return at.astimezone(pytz.utc) if at.tzinfo else to_utc(asked.timezone, at)


def _shift_json(shift: Shift) -> dict[str, Any]:
    return {
        "engineer": shift.engineer,
        "from": _z(shift.starts_at),
        "until": _z(shift.ends_at),
        "rotation": shift.rotation or None,
        "why": shift.why,
    }


def _z(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(pytz.utc).replace(tzinfo=None).isoformat() + "Z"


def _sentence(asked: Schedule, shift: Shift) -> str:
    since = f" from {_wall(asked, shift.starts_at)}" if shift.starts_at else ""
    until = f" until {_wall(asked, shift.ends_at)}" if shift.ends_at else ", with no end in sight"
    return f"{shift.engineer or 'nobody'}{since}{until} ({shift.why})"


def _wall(asked: Schedule, at: datetime) -> str:
    return to_local(asked.timezone, at).strftime("%a %Y-%m-%d %H:%M %Z")
