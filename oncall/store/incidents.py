"""Incidents as rows."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, insert, not_, select, type_coerce, update

from oncall.core.delivery import DeliveryKind
from oncall.core.incident import Incident, IncidentState
from oncall.errors import ConflictError
from oncall.store.columns import Instant
from oncall.store.inserting import PreparedInsert
from oncall.store.prepared import Prepared
from oncall.store.table_parts import ONE_ROW, among, columns, writer
from oncall.store.tables import deliveries, incidents, is_drill, is_open, is_promised
from oncall.store.together import changes, updated

# More than this neither database can be asked about.
_LARGEST = 2**63 - 1

_row = writer(Incident, without=("number",))
_all = select(*columns(incidents, Incident))
_of_number = _all.where(incidents.c.number == bindparam("number"))
_one = Prepared(_of_number)
# Not FOR UPDATE: rows that merely point at this one may still be added by others.
_one_locked = Prepared(_of_number.with_for_update(key_share=True))
_of_numbers = _all.where(among(incidents.c.number, "numbers", BigInteger))
_many = Prepared(_of_numbers)
_many_free = Prepared(_of_numbers.order_by(incidents.c.number).with_for_update(key_share=True, skip_locked=True))
_by_token = _all.where(incidents.c.token == bindparam("token"))
_insert = PreparedInsert(insert(incidents), key=incidents.c.number)
_update = Prepared(
    update(incidents).where(
        incidents.c.number == bindparam("saved_number"), incidents.c.version == bindparam("saved_version")
    ),
    [*(field.name for field in fields(Incident) if field.name != "number"), "saved_number", "saved_version"],
)
_due = Prepared(
    select(incidents.c.number)
    .where(is_open, incidents.c.due_at <= bindparam("now"))
    .order_by(incidents.c.due_at)
    .limit(bindparam("most"))
)
next_due = (
    select(incidents.c.due_at)
    .where(is_open, incidents.c.due_at.is_not(None))
    .order_by(incidents.c.due_at)
    .limit(ONE_ROW)
)
_promises_due = (
    select(incidents.c.number)
    .where(is_promised, incidents.c.promise_due_at <= bindparam("now"))
    .order_by(incidents.c.promise_due_at)
    .limit(bindparam("most"))
)
_newest = _all.order_by(incidents.c.number.desc()).limit(bindparam("most"))
_newest_open = _newest.where(is_open)
_of_caller = incidents.c.caller_number == bindparam("caller")
_open_of_customer = _all.where(is_open, incidents.c.customer == bindparam("customer"))
_open_of_caller = _all.where(is_open, _of_caller)
_latest_for_caller = _all.where(_of_caller).order_by(incidents.c.number.desc()).limit(1)
_drills = _newest.where(is_drill)
# What is looked at for numbers: a scrape must cost the same in the tenth year as on the first day.
NEWEST = 1000
is_new = incidents.c.number > select(func.max(incidents.c.number) - NEWEST).scalar_subquery()
_open_counts = select(incidents.c.state, func.count()).where(is_open, not_(is_drill)).group_by(incidents.c.state)
_new_resolved = select(func.count()).where(is_new, ~is_open, not_(is_drill))
_first_page = (
    select(func.min(deliveries.c.sent_at))
    .where(deliveries.c.incident == incidents.c.number, deliveries.c.kind == DeliveryKind.PAGE)
    .scalar_subquery()
)
_responses = select(incidents.c.opened_at, type_coerce(_first_page, Instant), incidents.c.responded_at).where(
    is_new, not_(is_drill), incidents.c.opened_at >= bindparam("since")
)
_without_action = (
    select(incidents.c.number)
    .where(is_open, incidents.c.due_at.is_(None))
    .order_by(incidents.c.due_at)
    .limit(bindparam("most"))
)
_overdue = (
    select(incidents.c.number)
    .where(is_open, incidents.c.due_at < bindparam("before"))
    .order_by(incidents.c.due_at)
    .limit(bindparam("most"))
)


class SqlIncidents:
    """`ports.Incidents`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, incident: Incident) -> Incident:
        """Store a new one; it comes back with its number."""
        row = _row(incident)
        return Incident(number=_insert.key(self._connection, row), **row)

    def get(self, number: int, *, lock: bool = False) -> Incident | None:
        """One incident, or None."""
        if not 0 < number <= _LARGEST:
            return None
        query = _one_locked if lock else _one
        return next((Incident(*row) for row in query.rows(self._connection, {"number": number})), None)

    def get_many(self, numbers: Iterable[int]) -> dict[int, Incident]:
        """Those of these that exist, by number."""
        return self._by_number(_many, numbers)

    def lock_free(self, numbers: Iterable[int]) -> dict[int, Incident]:
        """Those of these that nobody else has locked, by number; kept from others until this transaction ends."""
        return self._by_number(_many_free, numbers)

    def _by_number(self, query: Prepared, numbers: Iterable[int]) -> dict[int, Incident]:
        wanted = sorted(set(numbers))
        if not wanted:
            return {}
        rows = query.rows(self._connection, {"numbers": wanted})
        return {incident.number: incident for incident in (Incident(*row) for row in rows)}

    def by_token(self, token: str) -> Incident | None:
        """The incident that a tracking link shows, or None."""
        row = self._connection.execute(_by_token, {"token": token}).first()
        return None if row is None else Incident(*row)

    def save(self, incident: Incident) -> Incident:
        """Store a change; comes back with the next version. Raises ConflictError if somebody else saved first."""
        after = replace(incident, version=incident.version + 1)
        row = {**_row(after), "saved_number": incident.number, "saved_version": incident.version}
        if _update.run(self._connection, [row]) != 1:
            raise _conflict([incident])
        return after

    def save_many(self, changed: Sequence[tuple[Incident, Incident]]) -> list[Incident]:
        """The same for several, each as it was read and as it is to be: all of them are stored, or none."""
        saved = [replace(incident, version=before.version + 1) for before, incident in changed]
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for (before, _), after in zip(changed, saved, strict=True):
            row = {**_row(after), "saved_number": before.number, "saved_version": before.version}
            alike.setdefault(changes(_row(before), _row(after)), []).append(row)
        for names, rows in alike.items():
            if updated(incidents, names, ("number", "version")).run(self._connection, rows) != len(rows):
                raise _conflict([before for before, _ in changed])
        return saved

    def due(self, now: datetime, limit: int) -> list[int]:
        """Numbers of incidents whose next action is due, longest due first."""
        return [row[0] for row in _due.rows(self._connection, {"now": now, "most": limit})]

    def next_due_at(self) -> datetime | None:
        """When the next incident is due; None when nothing is open."""
        found: datetime | None = self._connection.execute(next_due).scalar()
        return found

    def listing(self, *, include_resolved: bool, limit: int = 500) -> list[Incident]:
        """Open ones, or all, newest first."""
        rows = self._connection.execute(_newest if include_resolved else _newest_open, {"most": limit})
        return [Incident(*row) for row in rows]

    def open_for_customer(self, customer: str, number: str) -> list[Incident]:
        """Open incidents of this customer (key) or this caller's number, newest first; either may be ""."""
        # Two questions: asked for either at once, SQLite would rather walk through all that is open.
        rows = [
            *(self._connection.execute(_open_of_customer, {"customer": customer}) if customer else ()),
            *(self._connection.execute(_open_of_caller, {"caller": number}) if number else ()),
        ]
        found = {incident.number: incident for incident in (Incident(*row) for row in rows)}
        return sorted(found.values(), key=lambda incident: incident.number, reverse=True)

    def latest_for_caller(self, number: str) -> Incident | None:
        """The newest incident of this caller's number, whatever its state, or None."""
        row = self._connection.execute(_latest_for_caller, {"caller": number}).first() if number else None
        return None if row is None else Incident(*row)

    def latest_drills(self, limit: int) -> list[Incident]:
        """Those for practice, newest first."""
        return [Incident(*row) for row in self._connection.execute(_drills, {"most": limit})]

    def counts(self) -> dict[IncidentState, int]:
        """How many there are in each state that any is in; of resolved ones only the newest thousand are counted."""
        counted = {IncidentState(state): count for state, count in self._connection.execute(_open_counts)}
        resolved = self._connection.execute(_new_resolved).scalar_one()
        return {**counted, IncidentState.RESOLVED: resolved} if resolved else counted

    def responses(self, since: datetime) -> list[tuple[timedelta | None, timedelta | None]]:
        """Of the newest thousand, if opened since then: how long until the first page went, and until the response."""
        rows = self._connection.execute(_responses, {"since": since})
        return [
            (paged_at and paged_at - opened_at, responded_at and responded_at - opened_at)
            for opened_at, paged_at, responded_at in rows
        ]

    def promises_due(self, now: datetime, limit: int) -> list[int]:
        """Numbers of incidents whose promise is to be looked at, longest due first."""
        return list(self._connection.execute(_promises_due, {"now": now, "most": limit}).scalars())

    def stuck(self, overdue_before: datetime, limit: int = 100) -> list[int]:
        """Numbers of open incidents with no next action, or one that was due before this instant."""
        nothing = self._connection.execute(_without_action, {"most": limit}).scalars().all()
        overdue = self._connection.execute(_overdue, {"before": overdue_before, "most": limit}).scalars().all()
        return [*nothing, *overdue][:limit]


def _conflict(incidents: Sequence[Incident]) -> ConflictError:
    which = ", ".join(f"{incident.number} at version {incident.version}" for incident in incidents)
    return ConflictError(f"no longer as it was: incident {which}: read it again")
