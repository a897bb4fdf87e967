"""Deliveries as rows, and how workers claim them.

``work`` and ``ready_at`` are derived whenever a delivery is written: what is to be done with it next ("send" or
"cancel"), and from when. Both are empty where nothing is: the index over them is as small as the work that is left.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from oncall.core.accounted import Attempted
from oncall.core.carrier_pace import UNPACED, Paces
from oncall.core.delivery import FINAL_STATES, Delivery, DeliveryKind, DeliveryState, asked
from oncall.core.engineer import ContactMethod
from oncall.errors import ConflictError
from oncall.store import carrier_pace
from oncall.store.claims import Claim, leased, next_to_send_at, with_incident
from oncall.store.incidents import NEWEST
from oncall.store.prepared import Prepared
from oncall.store.table_parts import ONE_ROW, among, columns, writer
from oncall.store.tables import deliveries, incidents, is_first_page, is_open, of_no_incident, to_be_asked_about
from oncall.store.together import changes, inserted, updated

MOST_OF_NO_INCIDENT = 10_000
_row = writer(Delivery)
_columns = columns(deliveries, Delivery)
_all = select(*_columns)
_in_order = (deliveries.c.created_at, deliveries.c.chain, deliveries.c.position, deliveries.c.id)
_of_id = _all.where(deliveries.c.id == bindparam("wanted"))
_one = Prepared(_of_id)
_one_locked = Prepared(_of_id.with_for_update(key_share=True))
_many_locked = Prepared(
    _all.where(among(deliveries.c.id, "wanted", Text))
    .order_by(deliveries.c.incident, deliveries.c.id)
    .with_for_update(key_share=True)
)
# What it is, for whom and about what never changes.
_FOR_GOOD = frozenset(
    ["id", "kind", "purpose", "incident", "recipient", "method", "address", "created_at", "chain", "urgency"]
) | {"rank", "further"}
_update = Prepared(
    update(deliveries).where(deliveries.c.id == bindparam("saved")),
    [*(column.name for column in deliveries.c if column.name not in _FOR_GOOD), "saved"],
)
# Also the bundle: who goes along has it already in what was found.
_OF_A_CLAIM = ("state", "attempts", "unsent", "claimed_by", "lease_until", "bundle", "work", "ready_at")
_purposes = Prepared(
    select(deliveries.c.incident, deliveries.c.purpose)
    .distinct()
    .where(among(deliveries.c.incident, "incidents", BigInteger))
)
_of = _all.where(deliveries.c.incident == bindparam("of_incident")).order_by(*_in_order)
_unfinished_pages = _of.where(deliveries.c.kind == DeliveryKind.PAGE, deliveries.c.state.not_in(sorted(FINAL_STATES)))
_chains = Prepared(
    _all.where(among(deliveries.c.chain, "chains", Text)).order_by(deliveries.c.position, deliveries.c.due_at)
)
_chain = Prepared(
    _all.where(deliveries.c.chain == bindparam("wanted")).order_by(deliveries.c.position, deliveries.c.due_at)
)

# An engineer who may have been reached counts: a page in doubt can have rung before its worker died.
_was_paged = and_(
    deliveries.c.kind == DeliveryKind.PAGE,
    or_(
        deliveries.c.sent_at.is_not(None),
        deliveries.c.state.not_in(sorted(FINAL_STATES)),
        deliveries.c.attempts > deliveries.c.settled,
    ),
)
_paged_engineers = select(deliveries.c.recipient).where(deliveries.c.incident == bindparam("of_incident"), _was_paged)
_paged_incidents = (
    select(incidents.c.number)
    .where(
        is_open,
        select(deliveries.c.id)
        .where(deliveries.c.incident == incidents.c.number, deliveries.c.recipient == bindparam("engineer"), _was_paged)
        .exists(),
    )
    .order_by(incidents.c.number.desc())
)
_attempted = select(*columns(deliveries, Attempted)).where(
    deliveries.c.address == bindparam("to"),
    or_(deliveries.c.attempts > 0, deliveries.c.provider_id != ""),  # a claim may be lost with a server
    or_(deliveries.c.sent_at.is_(None), deliveries.c.sent_at >= bindparam("since")),
    or_(deliveries.c.finished_at.is_(None), deliveries.c.finished_at >= bindparam("since")),
)

_bundled = _all.where(deliveries.c.bundle == bindparam("wanted")).order_by(deliveries.c.incident, deliveries.c.id)
# What went together was one call.
_calls_since = Prepared(
    select(func.count()).where(
        deliveries.c.address == bindparam("to"),
        deliveries.c.sent_at >= bindparam("since"),
        deliveries.c.method == literal_column("'call'"),
        or_(deliveries.c.bundle.is_(None), deliveries.c.bundle == deliveries.c.id),
    )
)
_last_provider = (
    select(deliveries.c.provider)
    .where(
        deliveries.c.address == bindparam("to"),
        deliveries.c.sent_at >= bindparam("since"),
        deliveries.c.method == literal_column("'call'"),
        deliveries.c.provider != literal_column("''"),
    )
    .order_by(deliveries.c.sent_at.desc())
    .limit(1)
)
_holds_the_line = select(deliveries.c.id).where(
    deliveries.c.address == bindparam("to"),
    or_(deliveries.c.incident.is_(None), deliveries.c.incident != bindparam("but")),
    deliveries.c.sent_at >= bindparam("since"),
    deliveries.c.method == literal_column("'call'"),
    or_(
        deliveries.c.state == literal_column("'sent'"),
        and_(deliveries.c.state == literal_column("'delivered'"), deliveries.c.finished_at >= bindparam("lately")),
    ),
)

_first_pages_due = Prepared(
    select(literal_column("1", Integer))
    .select_from(deliveries)
    .where(is_first_page, deliveries.c.ready_at <= bindparam("now"))
    .limit(bindparam("most"))
)
_to_cancel = deliveries.c.work == literal_column("'cancel'")
_claim_cancellations = Prepared(
    _all.where(_to_cancel, deliveries.c.ready_at <= bindparam("now"))
    .order_by(deliveries.c.ready_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)
next_stop = select(deliveries.c.ready_at).where(_to_cancel).order_by(deliveries.c.ready_at).limit(ONE_ROW)
_stops_wanted = (
    select(
        deliveries.c.lease_until,
        deliveries.c.created_at,
        deliveries.c.sent_at,
        incidents.c.acknowledged_at,
        incidents.c.resolved_at,
        incidents.c.paged_at,
        incidents.c.updated_at,
    )
    .select_from(with_incident)
    .where(_to_cancel)
    .order_by(deliveries.c.ready_at)
    .limit(1000)
)
_to_ask = (
    _all.where(to_be_asked_about, deliveries.c.ask_at <= bindparam("now"))
    .order_by(deliveries.c.ask_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)
next_ask = select(deliveries.c.ask_at).where(to_be_asked_about).order_by(deliveries.c.ask_at).limit(ONE_ROW)
_of_new_incidents = select(deliveries.c.method, deliveries.c.state).where(
    deliveries.c.incident > select(func.max(incidents.c.number) - NEWEST).scalar_subquery()
)
_of_no_incident = (
    select(deliveries.c.method, deliveries.c.state)
    .where(of_no_incident)
    .order_by(deliveries.c.created_at.desc())
    .limit(MOST_OF_NO_INCIDENT)
)
_counted = union_all(_of_new_incidents, select(_of_no_incident.subquery())).subquery()
_counts = select(_counted.c.method, _counted.c.state, func.count()).group_by(_counted.c.method, _counted.c.state)


class SqlDeliveries:
    """`ports.Deliveries`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, added: Sequence[Delivery]) -> None:
        """Enqueue."""
        if added:
            rows = [_written(delivery) for delivery in added]
            inserted(deliveries, tuple(rows[0])).run(self._connection, rows)

    def get(self, delivery_id: str, *, lock: bool = False) -> Delivery | None:
        """One delivery, or None."""
        query = _one_locked if lock else _one
        return next((Delivery(*row) for row in query.rows(self._connection, {"wanted": delivery_id})), None)

    def lock_many(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        """Those of these that exist, each kept from others until this transaction ends; oldest incident first."""
        if not delivery_ids:
            return []
        return _read(_many_locked.rows(self._connection, {"wanted": list(delivery_ids)}))

    def save(self, delivery: Delivery) -> None:
        """Store a change of a delivery that was read with ``lock``. Raises ConflictError where it is gone."""
        if _update.run(self._connection, [{**_written(delivery), "saved": delivery.id}]) != 1:
            raise ConflictError(f"delivery {delivery.id} is not in the database any more: read it again")

    def claim_due(
        self, now: datetime, *, worker: str, lease_until: datetime, limit: int, paces: Paces = UNPACED
    ) -> list[Delivery]:
        """Lease what is due, or was leased by a worker whose lease ran out, most urgent first."""
        found = Claim(self._connection, now, paces).most_urgent(limit)
        claimed = leased(found, worker=worker, lease_until=lease_until)
        if claimed:
            rows = [{**_written(delivery), "saved_id": delivery.id} for delivery in claimed]
            updated(deliveries, _OF_A_CLAIM, ("id",)).run(self._connection, rows)
        return claimed

    def first_pages_due(self, now: datetime, at_most: int) -> int:
        """How many first pages are due of incidents that nobody has been paged for; from ``at_most`` on, that."""
        return len(_first_pages_due.rows(self._connection, {"now": now, "most": at_most}))

    def take_turns(self, method: ContactMethod, turns: int, now: datetime, paces: Paces) -> None:
        """Take so many more turns for what was claimed; none where the method has no pace.

        Nor where another engine claims at this instant: nobody waits for it. The carrier's queue then takes them up.
        """
        taken = carrier_pace.taken_of_one(self._connection, method, paces[method]) if method in paces else {}
        if taken:
            carrier_pace.take_turns(self._connection, taken, paces, {method: turns}, now)

    def keep_pace_of(self, provider: str) -> None:
        """Remember from now on what this account was handed; nothing changes where that is done already."""
        carrier_pace.known_from_now_on(self._connection, provider)

    def claim_cancellations(self, now: datetime, *, worker: str, lease_until: datetime, limit: int) -> list[Delivery]:
        """Lease deliveries that are to be stopped at the provider and have not been.

        Besides sent ones these are ones in doubt, without a provider's id: they may have gone before their worker died.
        """
        rows = _claim_cancellations.rows(self._connection, {"now": now, "most": limit})
        found = _read(rows)
        claimed = [replace(delivery, claimed_by=worker, lease_until=lease_until) for delivery in found]
        self._save_changes(found, claimed)
        return claimed

    def next_due_at(self, now: datetime | None = None, paces: Paces = UNPACED) -> datetime | None:
        """When the next can be claimed (due, or a lease running out, or a cancellation); None when there is none."""
        to_send = next_to_send_at(self._connection, now, paces)
        stops = self._connection.execute(_stops_wanted).all()
        times = [to_send, *(row.lease_until or _wanted_since(row) for row in stops)]
        return min((at for at in times if at is not None), default=None)

    def claim_asks(self, now: datetime, limit: int) -> list[Delivery]:
        """Sent ones of which nothing final was said for long, longest silence first; each is put off, so that one
        worker asks the provider about it."""
        found = _read(self._connection.execute(_to_ask, {"now": now, "most": limit}).all())
        # A release that knows nothing of asking may have ended one without saying so here.
        put_off = [asked(one, now) if one.state is DeliveryState.SENT else replace(one, ask_at=None) for one in found]
        self._save_changes(found, put_off)
        return [one for one in put_off if one.state is DeliveryState.SENT]

    def next_ask_at(self) -> datetime | None:
        """When the provider is to be asked next; None when there is nothing to ask about."""
        found: datetime | None = self._connection.execute(next_ask).scalar()
        return found

    def unfinished_pages(self, incident: int, *, lock: bool = False) -> list[Delivery]:
        """Pages of an incident that have not ended, oldest first."""
        query = _locked(_unfinished_pages) if lock else _unfinished_pages
        return _read(self._connection.execute(query, {"of_incident": incident}).all())

    def chain(self, chain: str) -> list[Delivery]:
        """All deliveries of one run of notification rules, in order of ``position``."""
        return _read(_chain.rows(self._connection, {"wanted": chain}))

    def chains(self, chains: Sequence[str]) -> dict[str, list[Delivery]]:
        """The same of several, by the name of the run; those without deliveries are left out."""
        found: dict[str, list[Delivery]] = {}
        for one in _read(_chains.rows(self._connection, {"chains": chains})) if chains else ():
            found.setdefault(one.chain, []).append(one)
        return found

    def bundled(self, bundle: str) -> list[Delivery]:
        """All that went in one call or text, oldest incident first."""
        return _read(self._connection.execute(_bundled, {"wanted": bundle}).all())

    def last_provider(self, address: str, since: datetime) -> str:
        """The provider that took the latest call to this number since then; "" where none is known."""
        asked = {"to": address, "since": since}
        return self._connection.execute(_last_provider, asked).scalar() or ""

    def calls_since(self, address: str, since: datetime) -> int:
        """How many calls went to this number since then."""
        [[count]] = _calls_since.rows(self._connection, {"to": address, "since": since})
        return int(count)

    def holds_the_line(self, address: str, *, but: int | None, since: datetime, lately: datetime) -> bool:
        """Whether a call of ours to this number, about anything ``but`` this incident, goes on since then, or was
        answered ``lately``."""
        asked = {"to": address, "but": but or 0, "since": since, "lately": lately}
        return self._connection.execute(_holds_the_line.limit(1), asked).first() is not None

    def of(self, incident: int) -> list[Delivery]:
        """All deliveries of an incident, oldest first."""
        return _read(self._connection.execute(_of, {"of_incident": incident}).all())

    def purposes(self, incidents: Sequence[int]) -> dict[int, set[str]]:
        """What there are deliveries for, of each of these incidents that has any."""
        found: dict[int, set[str]] = {}
        rows = _purposes.rows(self._connection, {"incidents": incidents}) if incidents else []
        for incident, purpose in rows:
            found.setdefault(incident, set()).add(purpose)
        return found

    def paged_engineers(self, incident: int) -> set[str]:
        """Keys of the engineers who were sent, or are about to be sent, a page about this incident."""
        return set(self._connection.execute(_paged_engineers, {"of_incident": incident}).scalars())

    def paged_incidents(self, engineer: str) -> list[int]:
        """Numbers of open incidents about which this engineer (key) was paged, newest first."""
        return list(self._connection.execute(_paged_incidents, {"engineer": engineer}).scalars())

    def attempted(self, address: str, since: datetime) -> list[Attempted]:
        """What went to this address since then, may have gone, or was to go."""
        return [Attempted(*row) for row in self._connection.execute(_attempted, {"to": address, "since": since})]

    def counts(self) -> dict[tuple[ContactMethod, DeliveryState], int]:
        """How many there are of each contact method in each state that any is in.

        Counted are those of the newest thousand incidents, and the newest ten thousand that are of none.
        """
        rows = self._connection.execute(_counts)
        return {(ContactMethod(method), DeliveryState(state)): count for method, state, count in rows}

    def cancellation_backlog(self, before: datetime) -> int:
        """How many cancellations have waited since before this instant; from a thousand on, a thousand."""
        return sum(_wanted_since(row) < before for row in self._connection.execute(_stops_wanted).all())

    def save_many(self, changed: Sequence[tuple[Delivery, Delivery]]) -> None:
        """Store changes of deliveries, each as it was read with ``lock`` and as it is now, at once."""
        self._save_changes([before for before, _ in changed], [after for _, after in changed])

    def _save_changes(self, found: Sequence[Delivery], changed: Sequence[Delivery]) -> None:
        """Only what is not as it was found; what changed in the same columns at once."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for before, after in zip(found, changed, strict=True):
            row = _written(after)
            names = changes(_written(before), row)
            alike.setdefault(names, []).append({**row, "saved_id": after.id})
        for names, rows in alike.items():
            if names:
                updated(deliveries, names, ("id",)).run(self._connection, rows)


def _locked(query: Select[Any]) -> Select[Any]:
    return query.with_for_update(key_share=True)


def _read(rows: Sequence[Any]) -> list[Delivery]:
    return [Delivery(*row) for row in rows]


def _written(delivery: Delivery) -> dict[str, Any]:
    work, ready_at = _next_work(delivery)
    return {**_row(delivery), "rank": delivery.rank, "work": work, "ready_at": ready_at}


def _next_work(delivery: Delivery) -> tuple[str | None, datetime | None]:
    """What a worker is to do with it, and from when; (None, None) for nothing."""
    if delivery.finished:
        return None, None
    if delivery.cancel_wanted:
        return _next_cancellation(delivery)
    if delivery.state is DeliveryState.WAITING:
        return "send", delivery.due_at
    if delivery.state is DeliveryState.CLAIMED:
        return "send", delivery.lease_until or delivery.due_at
    return None, None


def _wanted_since(row: Sequence[datetime | None]) -> datetime:
    """Since when a delivery is to be stopped: what ended it was the last thing that happened to its incident."""
    _lease_until, *happened = row
    return max(at for at in happened if at is not None)


def _next_cancellation(delivery: Delivery) -> tuple[str | None, datetime | None]:
    if delivery.cancelled_at is not None or (delivery.state is DeliveryState.SENT and not delivery.provider_id):
        return None, None
    # A phone is ringing: at once, however late its next try would have been.
    return "cancel", delivery.lease_until or delivery.created_at
