"""How far the provider's own lists were compared with our rows: one small row for each list."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from oncall.ports import LogMark
from oncall.store.inserting import insert_unless_known
from oncall.store.table_parts import columns, writer
from oncall.store.tables import provider_log_marks

_row = writer(LogMark)
_due = (
    select(*columns(provider_log_marks, LogMark))
    .where(
        provider_log_marks.c.log == bindparam("wanted"),
        # Further off than anybody puts it: it was written by a clock that was ahead.
        or_(provider_log_marks.c.due_at <= bindparam("now"), provider_log_marks.c.due_at > bindparam("later")),
    )
    .with_for_update(skip_locked=True)
)
_put_off = (
    update(provider_log_marks).where(provider_log_marks.c.log == bindparam("wanted")).values(due_at=bindparam("later"))
)
_caught_up = (
    update(provider_log_marks)
    .where(provider_log_marks.c.log == bindparam("wanted"), provider_log_marks.c.caught_up_to < bindparam("until"))
    .values(caught_up_to=bindparam("until"))
)


class SqlLogMarks:
    """`ports.LogMarks`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, log: str, now: datetime, *, again_at: datetime) -> LogMark | None:
        """The mark of this log where it is due, put off to ``again_at`` so that one engine of many looks; else None."""
        first = LogMark(log, again_at, now)
        if insert_unless_known(self._connection, provider_log_marks, _row(first)):
            return first
        row = self._connection.execute(_due, {"wanted": log, "now": now, "later": again_at}).first()
        if row is None:
            return None
        self._connection.execute(_put_off, {"wanted": log, "later": again_at})
        return LogMark(*row)

    def caught_up(self, log: str, to: datetime) -> None:
        """Everything until then was compared; a mark never moves back."""
        self._connection.execute(_caught_up, {"wanted": log, "until": to})
