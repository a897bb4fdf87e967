"""Published schedules as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from oncall.errors import ConflictError
from oncall.ports import ScheduleVersion
from oncall.store.inserting import insert_unless_known
from oncall.store.table_parts import columns, writer
from oncall.store.tables import schedule_versions

_row = writer(ScheduleVersion)
_latest = select(*columns(schedule_versions, ScheduleVersion)).order_by(schedule_versions.c.version.desc()).limit(1)
_one = select(*columns(schedule_versions, ScheduleVersion)).where(schedule_versions.c.version == bindparam("wanted"))
_latest_from_folder = (
    select(*columns(schedule_versions, ScheduleVersion))
    .where(schedule_versions.c.rollback_of.is_(None))
    .order_by(schedule_versions.c.version.desc())
    .limit(1)
)
_listing = select(*columns(schedule_versions, ScheduleVersion, without=("files",))).order_by(
    schedule_versions.c.version.desc()
)
_latest_version = select(func.max(schedule_versions.c.version))
_newest = (
    select(schedule_versions.c.version, schedule_versions.c.published_at)
    .order_by(schedule_versions.c.version.desc())
    .limit(1)
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

    def newest(self) -> tuple[int, datetime | None]:
        """The same, and when it was published, None before the first: a number may be given again where a database
        goes back."""
        row = self._connection.execute(_newest).first()
        return (0, None) if row is None else (row[0], row[1])

    def latest_from_folder(self) -> ScheduleVersion | None:
        """The newest version that is no rollback; None before the first."""
        row = self._connection.execute(_latest_from_folder).first()
        return None if row is None else ScheduleVersion(*row)

    def listing(self) -> list[ScheduleVersion]:
        """All of them, newest first, with no ``files``."""
        return [ScheduleVersion(files={}, **row) for row in self._connection.execute(_listing).mappings()]

    def publish(
        self,
        files: Mapping[str, str],
        *,
        fingerprint: str,
        author: str,
        now: datetime,
        onto: int | None = None,
        diff: str | None = None,
        warnings: Sequence[str] = (),
        rollback_of: int | None = None,
    ) -> ScheduleVersion:
        """Put a new version in force. Raises ConflictError where somebody else published meanwhile."""
        before = self.latest_version()
        if onto is not None and onto != before:
            raise self._conflict(before)
        version = ScheduleVersion(
            version=before + 1,
            published_at=now,
            author=author,
            files=dict(files),
            fingerprint=fingerprint,
            diff=diff,
            warnings=tuple(warnings),
            rollback_of=rollback_of,
        )
        if not insert_unless_known(self._connection, schedule_versions, _row(version)):
            raise self._conflict(version.version)
        return version

    def _conflict(self, number: int) -> ConflictError:
        other = self.get(number)
        if other is None:
            return ConflictError("nothing has been published yet: leave out the version to publish onto")
        by = f" by {other.author}" if other.author else ""
        return ConflictError(
            f"nothing was published: version {number} was put in force{by} at {other.published_at:%Y-%m-%d %H:%M} UTC; "
            "look at what that changes (`oncall schedule diff`), and publish again"
        )
