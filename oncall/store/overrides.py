"""Overrides that people entered, as rows. A row is never deleted: it says who did what, and when."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection, bindparam, func, insert, or_, select, text, update

from oncall.core.entered_override import EnteredOverride
from oncall.errors import ConflictError
from oncall.store.inserting import PreparedInsert
from oncall.store.table_parts import columns, writer
from oncall.store.tables import counts, overrides

_row = writer(EnteredOverride, without=("id",))
_insert = PreparedInsert(insert(overrides), key=overrides.c.id)
_all = select(*columns(overrides, EnteredOverride))
# Sorted here: asked for in the order of ids, SQLite would read the whole table along them.
_active = _all.where(counts, overrides.c.ends_at > bindparam("since"))
_published = _all.where(overrides.c.published_in.is_not(None), overrides.c.ends_at > bindparam("since"))
_one = _all.where(overrides.c.id == bindparam("wanted"))
_history = (
    _all.where(or_(overrides.c.ends_at > bindparam("since"), overrides.c.removed_at > bindparam("since")))
    .order_by(overrides.c.id.desc())
    .limit(bindparam("most"))
)
_remove = (
    update(overrides)
    .where(overrides.c.id == bindparam("wanted"), overrides.c.removed_at.is_(None))
    .values(removed_at=bindparam("at"), removed_by=bindparam("by"), removed_channel=bindparam("channel_used"))
)
_mark_published = (
    update(overrides).where(overrides.c.id == bindparam("wanted")).values(published_in=bindparam("version"))
)
_changed_at = select(func.max(overrides.c.created_at), func.max(overrides.c.removed_at))
_in_order = attrgetter("id")
_lock = text("LOCK TABLE overrides IN SHARE ROW EXCLUSIVE MODE")


class SqlOverrides:
    """`ports.Overrides`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Let nobody else enter or remove one until this transaction ends; readers go on."""
        if self._connection.dialect.name == "postgresql":  # on SQLite a transaction that writes is alone anyway
            self._connection.execute(_lock)

    def add(self, entered: EnteredOverride) -> EnteredOverride:
        """Store a new one; it comes back with its id."""
        found = self.get(_insert.key(self._connection, _row(entered)))
        assert found is not None
        return found

    def get(self, number: int) -> EnteredOverride | None:
        """One, or None."""
        row = self._connection.execute(_one, {"wanted": number}).first()
        return None if row is None else EnteredOverride(*row)

    def changed_at(self) -> datetime | None:
        """When one was last entered or removed; None before the first."""
        found = self._connection.execute(_changed_at).one()
        return max((at for at in found if at is not None), default=None)

    def active(self, since: datetime) -> list[EnteredOverride]:
        """Those that count and end after ``since``, in the order in which they were entered."""
        rows = self._connection.execute(_active, {"since": since})
        return sorted((EnteredOverride(*row) for row in rows), key=_in_order)

    def published(self, since: datetime) -> list[EnteredOverride]:
        """Those that the schedules folder has come to say, and that end after ``since``."""
        rows = self._connection.execute(_published, {"since": since})
        return sorted((EnteredOverride(*row) for row in rows), key=_in_order)

    def history(self, since: datetime, limit: int = 500) -> list[EnteredOverride]:
        """All that end, or were removed, after ``since``, whatever became of them, newest first."""
        rows = self._connection.execute(_history, {"since": since, "most": limit})
        return [EnteredOverride(*row) for row in rows]

    def remove(self, number: int, *, by: str, channel: str, now: datetime) -> EnteredOverride:
        """Take one back. Raises ConflictError where somebody else has removed it already."""
        values = {"wanted": number, "at": now, "by": by, "channel_used": channel}
        if self._connection.execute(_remove, values).rowcount != 1:
            raise ConflictError(f"override {number} has been removed already")
        found = self.get(number)
        assert found is not None
        return found

    def mark_published(self, numbers: Sequence[int], version: int | None) -> None:
        """Say of these that this version of the schedules folder says them, or, with None, that none does."""
        for number in numbers:
            self._connection.execute(_mark_published, {"wanted": number, "version": version})
