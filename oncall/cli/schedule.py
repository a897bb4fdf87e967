"""``oncall schedule``: check the schedules folder, publish it, and say who is on call."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from oncall import bootstrap, schedule_files
from oncall.calendars import with_calendars
from oncall.cli.calendar_warnings import all_warnings
from oncall.cli.instants import instant, z
from oncall.cli.schedule_who import how_it_was_read
from oncall.core.configuration import Configuration
from oncall.core.entered_override import with_entered
from oncall.core.explanation import explain
from oncall.core.local_time import to_local
from oncall.core.schedule import Schedule, Shift, on_call, shifts
from oncall.engine.calendar_texts import CalendarsInForce
from oncall.engine.overrides import retire_published
from oncall.errors import ConfigurationError, StoreError, UsageError
from oncall.ports import Database
from oncall.schedule_files import Loaded, Problem, ScheduleFilesError
from oncall.settings import Settings, load_settings
from oncall.system import SystemClock

SHOWN_FOR = timedelta(days=14)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_FOLDER = "ONCALL_SCHEDULES_DIR"


@click.group()
def schedule() -> None:
    """Who is on call when: the folder of YAML, and what of it is in force."""


# ---------------------------------------------------------------- check


@schedule.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(folder: Path | None, *, as_json: bool) -> None:
    """Say everything that is wrong or doubtful in FOLDER, by file, line and column. Exits 1 where something is wrong.

    FOLDER is ONCALL_SCHEDULES_DIR, or `schedules`, where it is left out. Nothing else is needed, and nothing changes.
    """
    _, loaded = _read_or_exit(folder or _folder(), as_json=as_json)
    warnings = all_warnings(loaded, SystemClock().now())
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
    warnings = all_warnings(loaded, now)
    _report((), warnings, as_json=False)
    if warnings and not yes:
        raise ConfigurationError(
            f"nothing was published, because of {_count(len(warnings), 'warning')}: "
            "mend what they say, or accept them with --yes"
        )
    author = author or os.environ.get("USER", "") or "oncall schedule publish"
    with database.begin() as uow:
        version = uow.schedule_versions.publish(files, fingerprint=fingerprint, author=author, now=now)
        retire_published(uow, version, loaded.configuration, now)
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
    asked_for = instant(asked.timezone, at, "--at") if at else SystemClock().now()
    shift = on_call(asked, asked_for)
    if as_json:
        click.echo(json.dumps(_shift_json(shift), ensure_ascii=False))
        return
    for line in (_sentence(asked, shift), *how_it_was_read(asked, at or ""), *explain(asked, asked_for)):
        click.echo(line)


@schedule.command()
@click.argument("name")
@click.option("--from", "since", metavar="TIME", help="From then, in the schedule's own time. Default: now.")
@click.option("--until", metavar="TIME", help=f"Until then. Default: {SHOWN_FOR.days} days later.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def show(name: str, since: str | None, until: str | None, *, as_json: bool) -> None:
    """List every shift of the schedule NAME in order, coverage gaps too."""
    asked = _schedule_named(name)
    first = instant(asked.timezone, since, "--from") if since else SystemClock().now().replace(microsecond=0)
    last = instant(asked.timezone, until, "--until") if until else first + SHOWN_FOR
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
    """What is in force, overrides beside it too; where nothing is, what the folder says, and then stderr says so."""
    calendars = CalendarsInForce(lambda *_words, **_fields: None)
    try:
        with bootstrap.open_database(settings).read() as uow:
            latest = uow.schedule_versions.latest()
            entered = uow.overrides.active(_EVER)
            read = schedule_files.load(latest.files) if latest is not None else None
            if latest is not None and read is not None:
                calendars.look(uow, read, latest.files)
        reason = "nothing has been published yet"
    except StoreError as error:
        read, entered, reason = None, [], str(error)
    if read is not None:
        return with_entered(calendars.fill(read, SystemClock().now()), entered)
    click.echo(f"From the folder {settings.schedules_dir}, not from what is in force: {reason}.", err=True)
    loaded = _read_or_exit(settings.schedules_dir)[1]
    return with_calendars(loaded.configuration, loaded.calendars, SystemClock().now())[0]


def _shift_json(shift: Shift) -> dict[str, Any]:
    return {
        "engineer": shift.engineer,
        "from": z(shift.starts_at),
        "until": z(shift.ends_at),
        "rotation": shift.rotation or None,
        "why": shift.why,
    }


def _sentence(asked: Schedule, shift: Shift) -> str:
    since = f" from {_wall(asked, shift.starts_at)}" if shift.starts_at else ""
    until = f" until {_wall(asked, shift.ends_at)}" if shift.ends_at else ", with no end in sight"
    return f"{shift.engineer or 'nobody'}{since}{until} ({shift.why})"


def _wall(asked: Schedule, at: datetime) -> str:
    return to_local(asked.timezone, at).strftime("%a %Y-%m-%d %H:%M %Z")
