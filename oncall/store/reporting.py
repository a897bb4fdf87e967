"""What reports read, as rows: a few columns of many, in batches, so that memory stays as it is however many there are.

Each batch begins after the last row of the one before, which an index finds; nothing is skipped through or sorted.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, not_, or_, select, tuple_

from oncall.core.delivery import DeliveryKind
from oncall.core.incident import Resolution, TimelineKind
from oncall.core.reported import ReportedAnswer, ReportedIncident, ReportedPage
from oncall.store.tables import deliveries, incidents, is_drill, timeline

BATCH = 5000

_place = tuple_(incidents.c.opened_at, incidents.c.number)
_is_told_of = and_(not_(is_drill), or_(incidents.c.resolution.is_(None), incidents.c.resolution != Resolution.SCREENED))
_incidents = (
    select(*(incidents.c[name] for name in ReportedIncident._fields))
    .where(
        incidents.c.opened_at >= bindparam("since"),  # as well as the place: an index is entered by it
        _place > tuple_(bindparam("since"), bindparam("after", type_=incidents.c.number.type)),
        incidents.c.opened_at < bindparam("until"),
        _is_told_of,
    )
    .order_by(incidents.c.opened_at, incidents.c.number)
    .limit(bindparam("most"))
)
_incidents_of_customer = _incidents.where(incidents.c.customer == bindparam("customer"))
_in_batch = and_(
    incidents.c.opened_at >= bindparam("since"),
    incidents.c.opened_at <= bindparam("until"),
    _is_told_of,
)
_pages = (
    select(
        deliveries.c.incident,
        deliveries.c.recipient,
        deliveries.c.chain,
        deliveries.c.created_at,
        deliveries.c.sent_at,
    )
    .select_from(incidents.join(deliveries, deliveries.c.incident == incidents.c.number))
    .where(_in_batch, deliveries.c.kind == DeliveryKind.PAGE)
    .order_by(incidents.c.opened_at, incidents.c.number)
)
_ANSWERS = (TimelineKind.ACKNOWLEDGED, TimelineKind.PASSED, TimelineKind.RESOLVED)
_answers = (
    select(timeline.c.incident, timeline.c.at, timeline.c.kind)
    .select_from(incidents.join(timeline, timeline.c.incident == incidents.c.number))
    .where(_in_batch, timeline.c.kind.in_(_ANSWERS))
    .order_by(incidents.c.opened_at, incidents.c.number)
)


class SqlReporting:
    """`ports.Reporting`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def incidents(
        self, since: datetime, until: datetime, *, customer: str = ""
    ) -> Iterator[Sequence[ReportedIncident]]:
        """Those opened in this span, oldest first, in batches."""
        question = _incidents_of_customer if customer else _incidents
        asked = {"since": since, "after": 0, "until": until, "most": BATCH, "customer": customer}
        if not customer:
            del asked["customer"]
        while True:
            batch = [ReportedIncident(*row) for row in self._connection.execute(question, asked).all()]
            if batch:
                yield batch
            if len(batch) < BATCH:
                return
            asked |= {"since": batch[-1].opened_at, "after": batch[-1].number}

    def pages(self, of: Sequence[ReportedIncident]) -> list[ReportedPage]:
        """All pages about these, incident by incident."""
        rows = self._connection.execute(_pages, self._span(of)).all() if of else ()
        wanted = {incident.number for incident in of}
        return [ReportedPage(*row) for row in rows if row[0] in wanted]

    def answers(self, of: Sequence[ReportedIncident]) -> list[ReportedAnswer]:
        """When somebody answered these, incident by incident."""
        rows = self._connection.execute(_answers, self._span(of)).all() if of else ()
        wanted = {incident.number for incident in of}
        return [
            ReportedAnswer(number, at, kind is TimelineKind.PASSED) for number, at, kind in rows if number in wanted
        ]

    @staticmethod
    def _span(of: Sequence[ReportedIncident]) -> dict[str, datetime]:
        # Two batches may share an instant; whose number is not among these belongs to the other.
        return {"since": of[0].opened_at, "until": of[-1].opened_at}
