"""What `oncall run` does with the schedules folder when it starts."""

from datetime import datetime
from pathlib import Path

from oncall import logs, schedule_files
from oncall.errors import ConfigurationError
from oncall.ports import Database


def bring_into_force(database: Database, folder: Path, now: datetime) -> None:
    """Publish the folder where nothing is published yet, or where it changed and holds no error.

    A folder with errors is said so, and what was published last stays in force.
    Raises ConfigurationError where nothing was published before either: there would be nobody to page.
    """
    with database.read() as uow:
        latest = uow.schedule_versions.latest()
    try:
        files = schedule_files.read_folder(folder)
        schedule_files.load(files)
    except ConfigurationError as exc:
        if latest is None:
            raise
        logs.log("schedules.refused", folder=str(folder), version_in_force=latest.version, problem=str(exc))
        return
    fingerprint = schedule_files.fingerprint(files)
    if latest is not None and latest.fingerprint == fingerprint:
        return
    with database.begin() as uow:
        version = uow.schedule_versions.publish(files, fingerprint=fingerprint, author="oncall run", now=now)
    logs.log("schedules.published", folder=str(folder), version=version.version)
