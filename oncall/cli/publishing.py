"""What `oncall run` does with the schedules folder when it starts."""

from pathlib import Path

from oncall import schedule_files
from oncall.bootstrap import Runtime
from oncall.engine.overrides import retire_published
from oncall.errors import ConfigurationError


def bring_into_force(runtime: Runtime, folder: Path) -> None:
    """Publish the folder where nothing is published yet, or where it changed and holds no error.

    Of a folder with errors the operators are told, and what was published last stays in force.
    Raises ConfigurationError where nothing was published before either: there would be nobody to page.
    """
    with runtime.database.read() as uow:
        latest = uow.schedule_versions.latest()
    try:
        files = schedule_files.read_folder(folder)
        configuration = schedule_files.load(files)
    except ConfigurationError as exc:
        if latest is None:
            raise
        _tell_of_the_refusal(runtime, f"{folder} was not published; version {latest.version} stays in force. {exc}")
        return
    fingerprint = schedule_files.fingerprint(files)
    if latest is not None and latest.fingerprint == fingerprint:
        return
    with runtime.database.begin() as uow:
        now = runtime.clock.now()
        version = uow.schedule_versions.publish(files, fingerprint=fingerprint, author="oncall run", now=now)
        retire_published(uow, version, configuration, now)
    runtime.log("schedules.published", folder=str(folder), version=version.version)


def _tell_of_the_refusal(runtime: Runtime, text: str) -> None:
    runtime.log("schedules.refused", problem=text)
    runtime.configuration.refresh()
    with runtime.database.begin() as uow:
        runtime.operators.tell(uow, "schedules refused", text, runtime.clock.now())
