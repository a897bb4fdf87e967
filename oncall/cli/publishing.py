"""What a publication consists of: the folder, read and checked, and what it changes against what is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from oncall import schedule_files
from oncall.bootstrap import Runtime
from oncall.calendars import with_calendars
from oncall.cli.calendar_warnings import all_warnings
from oncall.core.configuration import Configuration
from oncall.core.configuration_diff import compare, diff_lines
from oncall.engine.fetch_pace import pace_of
from oncall.engine.fetched_calendars import fetch_calendars
from oncall.engine.overrides import retire_published
from oncall.engine.published_calendars import FreshCalendar, keep, worth_keeping
from oncall.errors import ConfigurationError
from oncall.ports import Alarm, Database, ImportedCalendar, ScheduleVersion, UnitOfWork
from oncall.schedule_files import Loaded

COMPARED_FOR = timedelta(weeks=4)
AUTHOR = "oncall run"
_FIRST = "Nothing was in force before: everything in it is new."
_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class InForce:
    """What the rows said when they were looked at: the newest version, and the newest that came from the folder.

    Both are None before the first publication. ``imported`` are the calendars that were fetched, by their URLs.
    """

    latest: ScheduleVersion | None
    from_folder: ScheduleVersion | None
    imported: Mapping[str, ImportedCalendar]

    @property
    def number(self) -> int:
        """Of the version in force; 0 where there is none."""
        return 0 if self.latest is None else self.latest.version

    @property
    def calendars(self) -> dict[str, str]:
        """The texts of those calendars that were ever fetched well, by their URLs."""
        return {url: calendar.text for url, calendar in self.imported.items() if calendar.text}

    def followed(self, now: datetime) -> set[str]:
        """The URLs of calendars that an engine keeps up with: what they said last need not be asked for again."""
        return {
            url for url, each in self.imported.items() if each.text and now < each.due_at + pace_of(url).fetch_every
        }


def fetched_calendars(uow: UnitOfWork) -> dict[str, str]:
    """Calendars that rotations name, as they were last fetched well, by their URLs."""
    return {url: calendar.text for url, calendar in _imported(uow).items() if calendar.text}


def _imported(uow: UnitOfWork) -> dict[str, ImportedCalendar]:
    kept = (uow.imported_calendars.get(each.source) for each in uow.imported_calendars.listing())
    return {calendar.source: calendar for calendar in kept if calendar is not None}


def in_force(database: Database) -> InForce:
    """What is in force now."""
    with database.read() as uow:
        versions = uow.schedule_versions
        return InForce(versions.latest(), versions.latest_from_folder(), _imported(uow))


def what_changes(
    in_force: InForce,
    files: Mapping[str, str],
    configuration: Configuration,
    fresh: Sequence[FreshCalendar],
    now: datetime,
) -> str:
    """What putting these files in force, with these calendars, changes for people in the next four weeks, in lines."""
    latest = in_force.latest
    if latest is None:
        return _FIRST
    try:
        before = schedule_files.load(latest.files)
    except ConfigurationError:
        return f"Version {latest.version} cannot be read by this release: what changes against it is not known."
    was = with_calendars(before, {**in_force.calendars, **latest.files}, now)[0]
    texts = {**in_force.calendars, **{each.source: each.answer.text for each in fresh}, **files}
    will_be = with_calendars(configuration, texts, now)[0]
    return "\n".join(diff_lines(compare(was, will_be, now, now + COMPARED_FOR)))


def bring_into_force(runtime: Runtime, folder: Path) -> None:
    """Publish the folder where nothing is published yet, or where it changed since it was last published and holds
    no error.

    Calendars that no engine keeps up with yet are fetched first, and in force with it: that may take half a minute.

    Of a folder with errors the operators are told, once of each, and what was published last stays in force.
    Raises ConfigurationError where nothing was published before either: there would be nobody to page. Raises
    StoreError where the database is away, or somebody else publishes at the same time: try again.
    """
    before = in_force(runtime.database)
    try:
        files = schedule_files.read_folder(folder)
        loaded = schedule_files.read(files)
    except ConfigurationError as exc:
        if before.latest is None:
            raise
        _refuse(runtime, f"{folder} was not published; version {before.number} stays in force. {exc}")
        return
    _forget_the_refusal(runtime)
    fingerprint = schedule_files.fingerprint(files)
    if before.from_folder is None or before.from_folder.fingerprint != fingerprint:
        _publish(runtime, folder, files, loaded, before)
    _tell_of_providers_without_credentials(runtime, loaded.configuration)


def _publish(runtime: Runtime, folder: Path, files: dict[str, str], loaded: Loaded, before: InForce) -> None:
    configuration, followed = loaded.configuration, before.followed(runtime.clock.now())
    fetched = fetch_calendars(configuration, runtime.calendars, without=followed)
    now = runtime.clock.now()
    fresh = worth_keeping(configuration, fetched.answers, before.calendars, now)
    warnings = [str(each) for each in all_warnings(loaded, fetched, now)]
    diff = what_changes(before, files, configuration, fresh, now)
    with runtime.database.begin() as uow:
        version = uow.schedule_versions.publish(
            files,
            fingerprint=schedule_files.fingerprint(files),
            author=AUTHOR,
            now=now,
            onto=before.number,
            diff=diff,
            warnings=warnings,
        )
        keep(uow, fresh, now)
        retire_published(uow, version, configuration, now)
        uow.wake_engine()
    for warning in warnings:
        runtime.log("schedules.doubtful", version=version.version, problem=warning)
    runtime.log("schedules.published", folder=str(folder), version=version.version, warnings=len(warnings))


def _tell_of_providers_without_credentials(runtime: Runtime, configuration: Configuration) -> None:
    runtime.configuration.refresh()
    for name in runtime.settings.without_credentials(configuration.providers):
        with runtime.database.begin() as uow:
            runtime.provider_news.lacks_credentials(uow, name, runtime.clock.now())


def _refuse(runtime: Runtime, text: str) -> None:
    runtime.log("schedules.refused", problem=text)
    runtime.configuration.refresh()
    with runtime.database.begin() as uow:
        told = uow.alarms.get("schedules refused")
        if told is None or told.text != text:
            # Another mistake than the last one is news, however soon it comes.
            runtime.operators.tell(uow, "schedules refused", text, runtime.clock.now(), quiet_for=_AT_ONCE)


def _forget_the_refusal(runtime: Runtime) -> None:
    """The folder is sound: the same mistake, made again one day, is told again."""
    with runtime.database.read() as uow:
        told = uow.alarms.get("schedules refused")
    if told is not None and told.text:
        with runtime.database.begin() as uow:
            uow.alarms.put(Alarm("schedules refused", told.raised_at, ""))
