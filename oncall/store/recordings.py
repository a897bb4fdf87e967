"""Recordings as rows; their audio is kept apart, and read only when one recording is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from oncall.core.call import Recording
from oncall.errors import ConflictError
from oncall.store.inserting import insert_in_place, insert_unless_known
from oncall.store.table_parts import ONE_ROW, columns, writer
from oncall.store.tables import recording_contents, recordings, to_be_fetched

_WITHOUT = ("content",)
_row = writer(Recording, without=_WITHOUT)
_columns = columns(recordings, Recording, without=_WITHOUT)
_names = [column.name for column in _columns]
_all = select(*_columns)
_one = _all.where(recordings.c.sid == bindparam("wanted"))
_one_locked = _one.with_for_update(key_share=True)
_content = select(recording_contents.c.content).where(recording_contents.c.sid == bindparam("wanted"))
_of = _all.where(recordings.c.incident == bindparam("of_incident")).order_by(recordings.c.created_at, recordings.c.sid)
_known = select(recordings.c.sid).where(recordings.c.sid.in_(bindparam("wanted", expanding=True)))
_update = update(recordings).where(recordings.c.sid == bindparam("saved"))
_due = (
    _all.where(to_be_fetched, recordings.c.fetch_at <= bindparam("now"))
    .order_by(recordings.c.fetch_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)
next_due = select(recordings.c.fetch_at).where(to_be_fetched).order_by(recordings.c.fetch_at).limit(ONE_ROW)


class SqlRecordings:
    """`ports.Recordings`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, recording: Recording) -> bool:
        """Store a new recording; False, and nothing stored, where its sid is known already."""
        if not insert_unless_known(self._connection, recordings, _row(recording)):
            return False
        self._keep_content(recording)
        return True

    def get(self, sid: str, *, lock: bool = False) -> Recording | None:
        """One recording with its content, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": sid}).first()
        if row is None:
            return None
        return replace(_read([row])[0], content=self._connection.execute(_content, {"wanted": sid}).scalar())

    def save(self, recording: Recording) -> None:
        """Store a change. A recording without content leaves the content that is kept: listings have none.

        Raises ConflictError where the recording is gone.
        """
        if self._connection.execute(_update, {**_row(recording), "saved": recording.sid}).rowcount != 1:
            raise ConflictError(f"recording {recording.sid} is not in the database any more: read it again")
        self._keep_content(recording)

    def known(self, sids: Sequence[str]) -> frozenset[str]:
        """Those of these sids that are stored."""
        return frozenset(self._connection.execute(_known, {"wanted": list(sids)}).scalars())

    def of(self, incident: int) -> list[Recording]:
        """Recordings of an incident, oldest first, without their content."""
        return _read(self._connection.execute(_of, {"of_incident": incident}).all())

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> list[Recording]:
        """Recordings that are to be fetched now; each is put off to ``again_at`` so that one worker has it."""
        due = _read(self._connection.execute(_due, {"now": now, "most": limit}).all())
        if due:
            put_off = [{"saved": recording.sid, "fetch_at": again_at} for recording in due]
            self._connection.execute(_update, put_off)
        return [replace(recording, fetch_at=again_at) for recording in due]

    def next_due_at(self) -> datetime | None:
        """When the next recording is to be fetched; None when there is none."""
        found: datetime | None = self._connection.execute(next_due).scalar()
        return found

    def _keep_content(self, recording: Recording) -> None:
        if recording.content is not None:
            content = {"sid": recording.sid, "content": recording.content}
            insert_in_place(self._connection, recording_contents, content)


def _read(rows: Sequence[Any]) -> list[Recording]:
    return [Recording(**dict(zip(_names, row, strict=True))) for row in rows]
