"""Which deliveries go next: most urgent first, no more than the carrier takes, and together what may go together."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from oncall.core.attempts import claimed
from oncall.core.carrier_pace import NOTICE_AGES_AFTER, SHIFT_NOTICE_AGES_AFTER, Paces
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.store import carrier_pace
from oncall.store.prepared import Prepared
from oncall.store.table_parts import ONE_ROW, among, columns
from oncall.store.tables import deliveries, incidents, is_first_page, is_triggered

MOST_IN_A_BUNDLE = 20
# What other engines may be claiming at the same instant, or hold locked while they stand still.
MOST_IN_OTHER_HANDS = 200

_all = select(*columns(deliveries, Delivery))
to_send = deliveries.c.work == literal_column("'send'")
with_incident = deliveries.outerjoin(incidents, deliveries.c.incident == incidents.c.number)
is_page = deliveries.c.kind == literal_column("'page'")
wanted_still = or_(deliveries.c.kind != literal_column("'page'"), is_triggered)

_FIRST, _REPEAT, _NOTICE, _SHIFT = (literal_column(rank, Integer) for rank in ("0", "1", "2", "3"))
_has_waited_long = or_(
    and_(deliveries.c.rank == _NOTICE, deliveries.c.due_at <= bindparam("notices_aged")),
    and_(deliveries.c.rank >= _SHIFT, deliveries.c.due_at <= bindparam("shift_notices_aged")),
)
_by_age = (
    deliveries.c.due_at,
    deliveries.c.created_at,
    deliveries.c.chain,
    deliveries.c.position,
)
_since = func.coalesce(incidents.c.opened_at, deliveries.c.created_at)
# The first page of a further engineer has the rank of repeats, and goes before all that have it: what a release that
# does not know of such pages finds and sends, and what costs those of incidents that nobody is paged for nothing.
_in_turn = (
    case((_has_waited_long, _REPEAT), else_=deliveries.c.rank),
    deliveries.c.further.desc(),
    case((or_(deliveries.c.rank == _FIRST, deliveries.c.further), _since), else_=deliveries.c.due_at),
    *_by_age,
)
# The same, of pages of incidents that nobody has been paged for alone. Where it named the rank, SQLite would not take
# the index that begins with it.
_first_pages_in_turn = (_since, *_by_age)
_wanted_now = (deliveries.c.ready_at <= bindparam("now"), wanted_still)
_is_due = (to_send, *_wanted_now)
_due = (
    _all.select_from(with_incident)
    .where(*_is_due)
    .order_by(*_in_turn)
    .limit(bindparam("most"))
    .with_for_update(of=deliveries, skip_locked=True, key_share=True)
)
# Asked again of rows that were found already, through no index: it would lead to all that is due.
_is_to_send_still = func.coalesce(deliveries.c.work, literal_column("''")) == literal_column("'send'")
_is_open_kind = not_(among(deliveries.c.method, "closed", Text))


def _among_the_first(
    which: ColumnElement[bool], in_turn: Sequence[ColumnElement[Any]], *conditions: ColumnElement[bool]
) -> Select[Any]:
    """What is due and may be claimed, of those of ``which`` that are first in turn: only their keys are put in order
    first.

    PostgreSQL would put whole rows in order, of everything that is due, to lock a few of them.
    """
    first = (
        select(deliveries.c.id)
        .select_from(with_incident)
        .where(which, *_wanted_now, *conditions)
        .order_by(*in_turn)
        .limit(bindparam("most") + MOST_IN_OTHER_HANDS)
    )
    return (
        _all.select_from(with_incident)
        .where(deliveries.c.id.in_(first), _is_to_send_still, *_wanted_now)
        .order_by(*in_turn)
        .limit(bindparam("most"))
        .with_for_update(of=deliveries, skip_locked=True, key_share=True)
    )


_first_due = Prepared(_among_the_first(to_send, _in_turn))
_first_due_and_open = Prepared(_among_the_first(to_send, _in_turn, _is_open_kind))
# Those go before all else. Where they are enough, nothing else is looked at, however much of it waits.
_first_pages_due = Prepared(_among_the_first(is_first_page, _first_pages_in_turn))
_first_pages_due_and_open = Prepared(_among_the_first(is_first_page, _first_pages_in_turn, _is_open_kind))
_companions = _due.where(
    is_page,
    incidents.c.drill.is_(False),
    deliveries.c.state == literal_column("'waiting'"),
    deliveries.c.attempts == deliveries.c.settled,
    deliveries.c.recipient == bindparam("to"),
    deliveries.c.address == bindparam("at"),
    deliveries.c.method == bindparam("by"),
    deliveries.c.id.not_in(bindparam("taken", expanding=True)),
)
_of_a_drill = select(incidents.c.drill).where(incidents.c.number == bindparam("about"))
_rest_of_bundle = (
    _all.select_from(with_incident)
    .where(
        to_send,
        deliveries.c.ready_at <= bindparam("now"),
        wanted_still,
        deliveries.c.bundle == bindparam("wanted"),
        deliveries.c.id.not_in(bindparam("taken", expanding=True)),
    )
    .with_for_update(of=deliveries, skip_locked=True, key_share=True)
)
_next_to_send = (
    select(deliveries.c.ready_at)
    .select_from(with_incident)
    .where(to_send, wanted_still)
    .order_by(deliveries.c.ready_at)
)
next_of_all = _next_to_send.limit(ONE_ROW)
_next_after_now = _next_to_send.where(deliveries.c.ready_at > bindparam("now")).limit(1)
_methods_due = (
    select(deliveries.c.method)
    .distinct()
    .select_from(with_incident)
    .where(to_send, deliveries.c.ready_at <= bindparam("now"), wanted_still)
)


class Claim:
    """One claim, in the transaction of this connection: ``paces`` holds the pace of every kind that has one."""

    __slots__ = ("_bounds", "_connection", "_now", "_paces")

    def __init__(self, connection: Connection, now: datetime, paces: Paces) -> None:
        self._connection = connection
        self._now = now
        self._paces = paces
        self._bounds = {
            "now": now,
            "notices_aged": now - NOTICE_AGES_AFTER,
            "shift_notices_aged": now - SHIFT_NOTICE_AGES_AFTER,
        }

    def most_urgent(self, limit: int) -> list[Delivery]:
        """Deliveries to send now, as they were, in ``limit`` calls and texts at most; a bundle stands together."""
        if not self._paces:
            found = self._first(_first_pages_due, _first_due, limit)
            return self._with_bundles(found, {})
        taken = carrier_pace.taken_until(self._connection, self._paces, lock=True)
        free = carrier_pace.free_turns(taken, self._paces, self._now)
        left = dict(free)
        closed = [kind for kind, turns in free.items() if not turns]
        found = self._first(_first_pages_due_and_open, _first_due_and_open, limit, closed=closed)
        chosen = self._within(found, left)
        used = {kind: free[kind] - left[kind] for kind in free}
        carrier_pace.take_turns(self._connection, taken, self._paces, used, self._now)
        return self._with_bundles(chosen, left)

    def _within(self, found: Sequence[Delivery], left: dict[ContactMethod, int]) -> list[Delivery]:
        """Those that the turns suffice for; the rest of a bundle needs none of its own."""
        chosen: list[Delivery] = []
        bundles: set[str] = set()
        for delivery in found:
            if delivery.bundle in bundles:
                chosen.append(delivery)
            elif left.get(delivery.method, 1):
                chosen.append(delivery)
                if delivery.method in left:
                    left[delivery.method] -= 1
                if delivery.bundle:
                    bundles.add(delivery.bundle)
        return chosen

    def _with_bundles(self, chosen: Sequence[Delivery], left: dict[ContactMethod, int]) -> list[Delivery]:
        """A page takes along those to the same telephone that would wait for the carrier."""
        taken = {delivery.id for delivery in chosen}
        together: dict[str, list[Delivery]] = {}
        for delivery in chosen:
            key = delivery.bundle or delivery.id
            if key in together:
                together[key].append(delivery)
                continue
            together[key] = [delivery, *self._others(delivery, taken, full=left.get(delivery.method) == 0)]
            taken.update(one.id for one in together[key])
        return [one for group in together.values() for one in group]

    def _others(self, lead: Delivery, taken: Iterable[str], *, full: bool) -> list[Delivery]:
        if lead.bundle:
            return self._read(_rest_of_bundle, wanted=lead.bundle, taken=sorted(taken))
        if not full or lead.kind is not DeliveryKind.PAGE or lead.state is not DeliveryState.WAITING or _in_doubt(lead):
            return []
        if self._connection.execute(_of_a_drill, {"about": lead.incident}).scalar():
            return []
        found = self._read(
            _companions,
            most=MOST_IN_A_BUNDLE - 1,
            to=lead.recipient,
            at=lead.address,
            by=lead.method,
            taken=sorted(taken),
        )
        return [replace(one, bundle=lead.id) for one in found]

    def _first(self, pages: Prepared, all_kinds: Prepared, limit: int, **bounds: Any) -> list[Delivery]:
        asked = {**self._bounds, **bounds, "most": limit}
        rows = pages.rows(self._connection, asked)
        if len(rows) < limit:
            rows = all_kinds.rows(self._connection, asked)
        return [Delivery(*row) for row in rows]

    def _read(self, query: Select[Any], **bounds: Any) -> list[Delivery]:
        return [Delivery(*row) for row in self._connection.execute(query, {**self._bounds, **bounds}).all()]


def leased(found: Sequence[Delivery], *, worker: str, lease_until: datetime) -> list[Delivery]:
    """The same, claimed; the first of a bundle leads it."""
    leads = {delivery.bundle for delivery in found if delivery.bundle}
    held = (claimed(delivery, worker=worker, lease_until=lease_until) for delivery in found)
    return [replace(delivery, bundle=delivery.id) if delivery.id in leads else delivery for delivery in held]


def next_to_send_at(connection: Connection, now: datetime | None, paces: Paces) -> datetime | None:
    """When the next can be claimed, the carrier's pace considered; None where nothing is to be sent.

    Without ``now`` the pace is left out of account.
    """
    return paced_from(connection, connection.execute(next_of_all).scalar(), now, paces)


def paced_from(connection: Connection, first: datetime | None, now: datetime | None, paces: Paces) -> datetime | None:
    """The same, where the first that is to be sent is known already."""
    if first is None or now is None or first > now or not paces:
        return first
    taken = carrier_pace.taken_until(connection, paces)
    if all(kind in taken and pace.free(taken[kind], now) for kind, pace in paces.items()):
        return first
    due = set(connection.execute(_methods_due, {"now": now}).scalars())
    if due - paces.keys():
        return first
    times = [paces[kind].next_free_at(taken[kind], now) for kind in due if kind in taken]
    later = connection.execute(_next_after_now, {"now": now}).scalar()
    return min(times if later is None else [*times, later], default=None)


def _in_doubt(waiting: Delivery) -> bool:
    return waiting.attempts != waiting.settled
