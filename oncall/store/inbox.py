"""Texts that came in, as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from oncall.errors import ConflictError
from oncall.ports import ReceivedMessage
from oncall.store.inserting import insert_unless_known
from oncall.store.table_parts import columns, writer
from oncall.store.tables import received_messages

_row = writer(ReceivedMessage)
_one = select(*columns(received_messages, ReceivedMessage)).where(received_messages.c.sid == bindparam("wanted"))
_known = select(received_messages.c.sid).where(received_messages.c.sid.in_(bindparam("wanted", expanding=True)))
_repeats = (
    select(func.count())
    .select_from(received_messages)
    .where(
        received_messages.c.from_number == bindparam("sender"),
        received_messages.c.received_at >= bindparam("since"),
        received_messages.c.body == bindparam("text"),
    )
)
_latest_incident = (
    select(received_messages.c.incident)
    .where(received_messages.c.from_number == bindparam("sender"), received_messages.c.incident.is_not(None))
    .order_by(received_messages.c.received_at.desc(), received_messages.c.incident.desc())
    .limit(1)
)


class SqlInbox:
    """`ports.Inbox`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, sid: str) -> ReceivedMessage | None:
        """The text with this id, or None."""
        row = self._connection.execute(_one, {"wanted": sid}).first()
        return None if row is None else ReceivedMessage(*row)

    def known(self, sids: Sequence[str]) -> frozenset[str]:
        """Those of these sids that were received."""
        return frozenset(self._connection.execute(_known, {"wanted": list(sids)}).scalars())

    def add(self, message: ReceivedMessage) -> None:
        """Keep it. Raises ConflictError where its sid is known already; the transaction stays usable."""
        if not insert_unless_known(self._connection, received_messages, _row(message)):
            raise ConflictError(f"the text {message.sid} was received already: answer what was answered then")

    def latest_incident(self, from_number: str) -> int | None:
        """The number of the incident that the last text of this sender was about, if any was; None for none."""
        found: int | None = self._connection.execute(_latest_incident, {"sender": from_number}).scalar()
        return found

    def repeats(self, from_number: str, body: str, since: datetime) -> int:
        """How often this very text came from this number since then."""
        asked = {"sender": from_number, "text": body, "since": since}
        return self._connection.execute(_repeats, asked).scalar_one()
