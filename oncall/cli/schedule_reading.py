"""What the schedule commands read: the folder, with everything that is wrong with it, and what is in force."""

import json
import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from oncall import bootstrap, schedule_files
from oncall.calendars import calendar_rotations, with_calendars
from oncall.core.calendar_rotation import pagerduty_schedule
from oncall.core.configuration import Configuration
from oncall.core.entered_override import with_entered
from oncall.core.schedule import Schedule
from oncall.engine.calendar_texts import CalendarsInForce
from oncall.engine.fetched_calendars import FetchedCalendars, fetch_calendars
from oncall.errors import StoreError, UsageError
from oncall.schedule_files import Loaded, Problem, ScheduleFilesError
from oncall.settings import Settings, load_settings
from oncall.system import SystemClock

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEEDED = ("ONCALL_SCHEDULES_DIR", "DATABASE_URL")
_PAGERDUTY = ("PAGERDUTY_API_TOKEN", "PAGERDUTY_API_URL")


def read_or_exit(folder: Path, *, as_json: bool = False) -> tuple[dict[str, str], Loaded]:
    """The texts and what they say; where they say nothing sound, all their errors are printed and we exit with 1."""
    try:
        files = schedule_files.read_folder(folder)
        return files, schedule_files.read(files)
    except ScheduleFilesError as error:
        report(error.problems, (), as_json=as_json)
        raise click.exceptions.Exit(1) from error


def folder_or_default(folder: Path | None) -> Path:
    """The folder that was named, or ONCALL_SCHEDULES_DIR."""
    return folder or settings_of(_NEEDED[:1]).schedules_dir


def settings_of(names: Sequence[str] = _NEEDED) -> Settings:
    """These settings alone: a mistake in any other must not keep anybody from looking at schedules."""
    only = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") in names}
    return load_settings(only, serving=False)


def fetched_now(configuration: Configuration) -> FetchedCalendars:
    """The calendars that it names, and what PagerDuty says; without PAGERDUTY_API_TOKEN only that it was not asked."""
    asks_pagerduty = any(pagerduty_schedule(source.name) for source in calendar_rotations(configuration))
    settings = settings_of(_PAGERDUTY if asks_pagerduty else ())
    return fetch_calendars(configuration, bootstrap.open_calendars(settings))


def report(errors: Sequence[Problem], warnings: Sequence[Problem], *, as_json: bool) -> None:
    """Say what is wrong on stderr and what is doubtful on stdout, or both as one JSON object."""
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
            f"{count(len(errors), 'error')}: nothing of this folder can be published before that is mended.", err=True
        )


def _problem_json(problem: Problem) -> dict[str, str | int]:
    return {"file": problem.file, "line": problem.line, "column": problem.column, "message": problem.message}


def contents(configuration: Configuration) -> str:
    """How much there is of everything, in words."""
    counts = {
        "engineer": len(configuration.engineers),
        "schedule": len(configuration.schedules),
        "escalation policy": len(configuration.policies),
        "customer": len(configuration.customers),
    }
    return ", ".join(count(number, noun) for noun, number in counts.items())


def count(number: int, noun: str) -> str:
    """So many of these, in words."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{number} {noun}s"


def schedule_named(name: str) -> Schedule:
    """The schedule of that name in force. Raises UsageError, which names those that there are."""
    return schedule_of(configuration_in_force(settings_of()), name)


def schedule_of(configuration: Configuration, name: str) -> Schedule:
    """The schedule of that name. Raises UsageError, which names those that there are."""
    if name not in configuration.schedules:
        raise UsageError(f"there is no schedule `{name}`; there are {', '.join(configuration.schedules) or 'none'}")
    return configuration.schedules[name]


def configuration_in_force(settings: Settings) -> Configuration:
    """What is in force, with the calendars that it names and the overrides beside it; where nothing is, what the folder
    says, and then stderr says so."""
    calendars = CalendarsInForce(lambda *_words, **_fields: None)
    try:
        with closing(bootstrap.open_database(settings)) as database, database.read() as uow:
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
    loaded = read_or_exit(settings.schedules_dir)[1]
    return with_calendars(loaded.configuration, loaded.calendars, SystemClock().now())[0]
