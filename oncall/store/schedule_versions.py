"""Published schedules as rows."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from oncall.errors import ConflictError
from oncall.ports import ScheduleVersion
from oncall.store.inserting import insert_unless_known
from oncall.store.tables import columns, schedule_versions, writer

_row = writer(ScheduleVersion)
_latest = select(*columns(schedule_versions, ScheduleVersion)).order_by(schedule_versions.c.version.desc()).limit(1)
_one = select(*columns(schedule_versions, ScheduleVersion)).where(schedule_versions.c.version == bindparam("wanted"))
_latest_version = select(func.max(schedule_versions.c.version))
_same = select(func.max(schedule_versions.c.version)).where(
    schedule_versions.c.fingerprint == bindparam("print"), schedule_versions.c.version < bindparam("before")
)


class SqlScheduleVersions:
    """`ports.ScheduleVersions`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def latest(self) -> ScheduleVersion | None:
        """The version in force; None before the first was published."""
        row = self._connection.execute(_latest).first()
        return None if row is None else ScheduleVersion(*row)

    def get(self, version: int) -> ScheduleVersion | None:
        """One version, or None."""
        row = self._connection.execute(_one, {"wanted": version}).first()
        return None if row is None else ScheduleVersion(*row)

    def latest_version(self) -> int:
        """The number of the version in force, 0 before the first: cheap, asked often."""
        return self._connection.execute(_latest_version).scalar() or 0

    def same_as(self, version: ScheduleVersion) -> int | None:
        """The number of the newest earlier version with the very same texts; None where there is none."""
        asked = {"print": version.fingerprint, "before": version.version}
        return self._connection.execute(_same, asked).scalar()

    def publish(self, files: Mapping[str, str], *, fingerprint: str, author: str, now: datetime) -> ScheduleVersion:
        """Put a new version in force. Raises ConflictError where somebody else published meanwhile."""
        version = ScheduleVersion(
            version=self.latest_version() + 1,
            published_at=now,
            author=author,
            files=dict(files),
            fingerprint=fingerprint,
        )
        if not insert_unless_known(self._connection, schedule_versions, _row(version)):
            raise ConflictError(
                f"somebody else published version {version.version} just now: compare, and publish again"
            )
        return version
