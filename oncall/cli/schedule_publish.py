"""``oncall schedule publish``: put the folder in force, or an earlier version once more."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import click

from oncall import bootstrap, schedule_files
from oncall.cli.calendar_warnings import all_warnings
from oncall.cli.instants import LARGEST
from oncall.cli.publishing import InForce, in_force, what_changes
from oncall.cli.schedule_reading import contents, count, fetched_now, read_or_exit, report, settings_of
from oncall.core.provider import PRIMARY, variable_prefix, without_credentials_text
from oncall.engine.overrides import retire_published
from oncall.engine.published_calendars import FreshCalendar, keep, worth_keeping
from oncall.errors import ConfigurationError, UsageError
from oncall.ports import Database, ScheduleVersion
from oncall.schedule_files import Loaded
from oncall.system import SystemClock

_THE_ONE_BEFORE = 0


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is about to be put in force, and what it is compared with."""

    files: dict[str, str]
    loaded: Loaded
    before: InForce
    rollback_of: int | None = None


@click.command()
@click.option("--yes", is_flag=True, help="Publish although there are warnings. Errors are never published.")
@click.option("--author", default="", help="Who publishes, as the list of versions will show. Default: $USER.")
@click.option("--onto", metavar="N", type=click.IntRange(0, LARGEST), help="Only if version N is the one in force.")
@click.option(
    "--rollback",
    metavar="[N]",
    is_flag=False,
    flag_value=str(_THE_ONE_BEFORE),
    type=click.IntRange(0, LARGEST),
    help="Not the folder, but version N once more. Default: the one before that which is in force.",
)
def publish(*, yes: bool, author: str, onto: int | None, rollback: int | None) -> None:
    """Put the schedules folder in force, and say what that changes for whom.

    A folder that is as it was when it was last published is not published again: a release undoes no rollback.
    """
    settings = settings_of()
    read = None if rollback is not None else read_or_exit(settings.schedules_dir)
    with closing(bootstrap.open_database(settings)) as database:
        _publish(database, read, yes=yes, author=author, onto=onto, rollback=rollback)


def _publish(
    database: Database,
    read: tuple[dict[str, str], Loaded] | None,
    *,
    yes: bool,
    author: str,
    onto: int | None,
    rollback: int | None,
) -> None:
    before = in_force(database)
    if onto is not None and onto != before.number:
        raise UsageError(f"nothing was published: version {before.number} is in force, not {onto}; {_COMPARE}")
    if read is not None:
        _warn_of_providers(read[1])
        if not _is_known(before, schedule_files.fingerprint(read[0])):
            _put_in_force(database, _Draft(*read, before), yes=yes, author=author)
    elif rollback is not None:
        draft = _earlier(database, before, rollback)
        if draft is not None:
            _put_in_force(database, draft, yes=yes, author=author)


_COMPARE = "`oncall schedule diff` says what changes against that"


def _warn_of_providers(loaded: Loaded) -> None:
    """Said, and no reason not to publish: the variables may be set where the service runs."""
    for name in loaded.configuration.providers:
        variable = f"{variable_prefix(name)}ACCOUNT_SID"
        if name != PRIMARY and not (os.environ.get(variable) or os.environ.get(f"{variable}_FILE")):
            click.echo(f"Warning: {without_credentials_text(name)}", err=True)


def _is_known(before: InForce, fingerprint: str) -> bool:
    """Whether this very folder was the last to be published; then that is said."""
    latest, last = before.latest, before.from_folder
    if latest is None or last is None or last.fingerprint != fingerprint:
        return False
    if latest.version == last.version:
        click.echo(f"Nothing to publish: version {latest.version}, which is in force, says the same.")
    else:
        click.echo(
            f"Nothing to publish: the folder is as it was published as version {last.version}, and version "
            f"{latest.version} has put version {latest.rollback_of} back in force since. Change the folder, or "
            f"say `oncall schedule publish --rollback {last.version}` to have it again."
        )
    return True


def _earlier(database: Database, before: InForce, wanted: int) -> _Draft | None:
    """That version as a draft; None, and that is said, where what is in force is the same already.

    Raises UsageError where there is none, and ScheduleFilesError where this release cannot read it.
    """
    latest = before.latest
    number = wanted or before.number - 1
    with database.read() as uow:
        version = uow.schedule_versions.get(number)
    if version is None or latest is None:
        what = f"version {number}" if number > 0 else "version before the one in force"
        raise UsageError(f"there is no {what} to go back to; `oncall schedule versions` lists them")
    if version.fingerprint == latest.fingerprint:
        click.echo(f"Nothing to do: version {latest.version}, which is in force, says the same as version {number}.")
        return None
    files = dict(version.files)
    return _Draft(files, schedule_files.read(files), before, rollback_of=number)


def _put_in_force(database: Database, draft: _Draft, *, yes: bool, author: str) -> None:
    fetched = fetched_now(draft.loaded.configuration)
    now = SystemClock().now()
    fresh = worth_keeping(draft.loaded.configuration, fetched.answers, draft.before.calendars, now)
    warnings = all_warnings(draft.loaded, fetched, now)
    report((), warnings, as_json=False)
    diff = what_changes(draft.before, draft.files, draft.loaded.configuration, fresh, now)
    click.echo(diff)
    if warnings and not yes:
        raise ConfigurationError(
            f"nothing was published, because of {count(len(warnings), 'warning')}: "
            "mend what they say, or accept them with --yes"
        )
    said = [str(each) for each in warnings]
    author = author or os.environ.get("USER", "") or "oncall schedule publish"
    version = _store(database, draft, fresh, author, now, diff, said)
    of = f", which is version {draft.rollback_of} once more" if draft.rollback_of else ""
    click.echo(f"Version {version.version} is in force{of}: {contents(draft.loaded.configuration)}.")


def _store(
    database: Database,
    draft: _Draft,
    fresh: Sequence[FreshCalendar],
    author: str,
    now: datetime,
    diff: str,
    warnings: list[str],
) -> ScheduleVersion:
    """Onto the version whose diff was printed. Raises ConflictError where somebody else published meanwhile."""
    with database.begin() as uow:
        version = uow.schedule_versions.publish(
            draft.files,
            fingerprint=schedule_files.fingerprint(draft.files),
            author=author,
            now=now,
            onto=draft.before.number,
            diff=diff,
            warnings=warnings,
            rollback_of=draft.rollback_of,
        )
        keep(uow, fresh, now)
        retire_published(uow, version, draft.loaded.configuration, now)
        uow.wake_engine()
    return version
