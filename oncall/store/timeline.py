"""The timeline as rows. Their own sequence keeps the order in which they were added, whatever their instants say."""

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import Connection, bindparam, select

from oncall.core.incident import TimelineEntry
from oncall.store.table_parts import columns, writer
from oncall.store.tables import timeline
from oncall.store.together import Together

_row = writer(TimelineEntry)
_insert = Together(timeline, ("incident", *(field.name for field in fields(TimelineEntry))))
_of = (
    select(*columns(timeline, TimelineEntry))
    .where(timeline.c.incident == bindparam("of_incident"))
    .order_by(timeline.c.id)
)


class SqlTimeline:
    """`ports.Timeline`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, incident: int, entries: Sequence[TimelineEntry]) -> None:
        """Append, in this order."""
        self.add_many([(incident, entry) for entry in entries])

    def add_many(self, entries: Sequence[tuple[int, TimelineEntry]]) -> None:
        """Append facts of several incidents (numbers), in this order."""
        if entries:
            _insert.run(self._connection, [{"incident": incident, **_row(entry)} for incident, entry in entries])

    def of(self, incident: int) -> list[TimelineEntry]:
        """All entries, oldest first."""
        return [TimelineEntry(*row) for row in self._connection.execute(_of, {"of_incident": incident})]
