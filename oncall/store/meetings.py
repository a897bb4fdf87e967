"""What was sent about status meetings, and the files that go with mails, as rows."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from oncall.core.meeting import Invited
from oncall.errors import ConflictError
from oncall.ports import MailedFile
from oncall.store.inserting import insert_unless_known
from oncall.store.postmortem_tables import mailed_files, meetings
from oncall.store.table_parts import columns, writer

_row, _file_row = writer(Invited), writer(MailedFile)
_all = select(*columns(meetings, Invited)).order_by(meetings.c.key)
_one = select(*columns(meetings, Invited)).where(meetings.c.key == bindparam("wanted"))
_one_locked = _one.with_for_update()
_update = update(meetings).where(meetings.c.key == bindparam("saved"))
_file = select(*columns(mailed_files, MailedFile)).where(mailed_files.c.id == bindparam("wanted"))
_forget = delete(mailed_files).where(mailed_files.c.created_at < bindparam("before"))


class SqlMeetings:
    """`ports.Meetings`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Invited]:
        """Every row."""
        return [Invited(*row) for row in self._connection.execute(_all)]

    def get(self, key: str, *, lock: bool = False) -> Invited | None:
        """That of one meeting, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": key}).first()
        return None if row is None else Invited(*row)

    def add(self, invited: Invited) -> bool:
        """Keep a new one; False, and nothing stored, where the meeting has one."""
        return insert_unless_known(self._connection, meetings, _row(invited))

    def save(self, invited: Invited) -> None:
        """Store a change. Raises ConflictError where it is gone."""
        if self._connection.execute(_update, {**_row(invited), "saved": invited.key}).rowcount != 1:
            raise ConflictError(f"the meeting {invited.key} is gone: read it again")


class SqlMailedFiles:
    """`ports.MailedFiles`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, file: MailedFile) -> None:
        """Keep a new one."""
        insert_unless_known(self._connection, mailed_files, _file_row(file))

    def get(self, file_id: str) -> MailedFile | None:
        """One, or None."""
        row = self._connection.execute(_file, {"wanted": file_id}).first()
        return None if row is None else MailedFile(*row)

    def forget(self, before: datetime) -> int:
        """Delete those that were made before then; how many it were."""
        return self._connection.execute(_forget, {"before": before}).rowcount
