"""What reports read, as rows: a few columns of many, in batches, so that memory stays as it is however many there are.

Each batch begins after the last row of the one before, which an index finds; nothing is skipped through or sorted.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, bindparam, not_, or_, select, tuple_

from oncall.core.delivery import DeliveryKind
from oncall.core.incident import Resolution, TimelineKind
from oncall.core.reported import ReportedAnswer, ReportedIncident, ReportedPage
from oncall.store.prepared import Prepared
from oncall.store.tables import deliveries, incidents, is_drill, timeline

# With thousands in memory at once, the garbage collector goes through all that is loaded, which took half of the time.
BATCH = 500

_NUMBER, _INSTANT = incidents.c.number.type, incidents.c.opened_at.type
# Each has its type by itself: a statement that names one twice would have it of whichever place comes last.
_since, _until = bindparam("since", type_=_INSTANT), bindparam("until", type_=_INSTANT)
_place = tuple_(incidents.c.opened_at, incidents.c.number)
_is_told_of = and_(not_(is_drill), or_(incidents.c.resolution.is_(None), incidents.c.resolution != Resolution.SCREENED))
_incidents = (
    select(*(incidents.c[name] for name in ReportedIncident._fields))
    .where(
        incidents.c.opened_at >= _since,  # as well as the place: an index is entered by it
        _place > tuple_(_since, bindparam("after", type_=_NUMBER)),
        incidents.c.opened_at < _until,
        _is_told_of,
    )
    .order_by(incidents.c.opened_at, incidents.c.number)
    .limit(bindparam("most"))
)
_incidents_of_customer = _incidents.where(incidents.c.customer == bindparam("customer"))
_in_batch = and_(
    incidents.c.opened_at >= _since,
    incidents.c.opened_at <= _until,
    _is_told_of,
)


def _about_batch(asked: Sequence[Column[Any]], which: ColumnElement[bool]) -> Prepared:
    """These columns of the rows about a batch; the first is the incident's number."""
    incident = asked[0]
    return Prepared(
        select(*asked)
        .select_from(incidents.join(incident.table, incident == incidents.c.number))
        .where(
            _in_batch,
            # Implied by the batch. It has PostgreSQL read one span of an index, where it would read the whole table.
            incident >= bindparam("lowest", type_=_NUMBER),
            incident <= bindparam("highest", type_=_NUMBER),
            which,
        )
        .order_by(incidents.c.opened_at, incidents.c.number)
    )


_pages = _about_batch(
    (
        deliveries.c.incident,
        deliveries.c.recipient,
        deliveries.c.chain,
        deliveries.c.created_at,
        deliveries.c.sent_at,
    ),
    and_(deliveries.c.kind == DeliveryKind.PAGE, deliveries.c.sent_at.is_not(None)),
)
_ANSWERS = (TimelineKind.ACKNOWLEDGED, TimelineKind.PASSED, TimelineKind.RESOLVED)
_answers = _about_batch(
    (timeline.c.incident, timeline.c.at, timeline.c.kind), or_(*(timeline.c.kind == kind for kind in _ANSWERS))
)
_EVERYBODY, _ONE_CUSTOMER = Prepared(_incidents), Prepared(_incidents_of_customer)


class SqlReporting:
    """`ports.Reporting`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def incidents(
        self, since: datetime, until: datetime, *, customer: str = ""
    ) -> Iterator[Sequence[ReportedIncident]]:
        """Those opened in this span, oldest first, in batches."""
        question = _ONE_CUSTOMER if customer else _EVERYBODY
        asked = {"since": since, "after": 0, "until": until, "most": BATCH, "customer": customer}
        while True:
            batch = list(map(ReportedIncident._make, question.many(self._connection, asked)))
            if batch:
                yield batch
            if len(batch) < BATCH:
                return
            asked |= {"since": batch[-1].opened_at, "after": batch[-1].number}

    def pages(self, of: Sequence[ReportedIncident]) -> Iterator[ReportedPage]:
        """All pages about these that went, incident by incident."""
        return map(ReportedPage._make, self._about(of, _pages))

    def answers(self, of: Sequence[ReportedIncident]) -> Iterator[ReportedAnswer]:
        """When somebody answered these, incident by incident."""
        found = self._about(of, _answers)
        return (ReportedAnswer(number, at, kind is TimelineKind.PASSED) for number, at, kind in found)

    def _about(self, of: Sequence[ReportedIncident], question: Prepared) -> Iterator[tuple[Any, ...]]:
        if not of:
            return iter(())
        wanted = {incident.number for incident in of}
        asked = {
            "since": of[0].opened_at,
            "until": of[-1].opened_at,
            "lowest": min(wanted),
            "highest": max(wanted),
        }
        # Two batches may share an instant; whose number is not among these belongs to the other.
        return (row for row in question.many(self._connection, asked) if row[0] in wanted)
