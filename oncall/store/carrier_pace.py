"""The pace of each account as rows, one a contact method, shared by every engine.

Those of the first account stand apart: a release that knows of one pace takes all rows there for its own.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, bindparam, select, update

from oncall.core.carrier_pace import Pace, Paces
from oncall.core.engineer import ContactMethod
from oncall.core.provider import PRIMARY
from oncall.store.inserting import insert_unless_known
from oncall.store.prepared import Prepared
from oncall.store.tables import account_pace, carrier_pace

TakenUntil = Mapping[ContactMethod, datetime]
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # as the rows of the first account began
_PACED = (ContactMethod.CALL, ContactMethod.SMS)


class _Rows:
    """The questions to one of the two tables."""

    def __init__(self, table: Table, *, of_provider: bool) -> None:
        mine = [table.c.provider == bindparam("of_provider")] if of_provider else []
        all_kinds = select(table.c.kind, table.c.taken_until).where(*mine)
        of_one = all_kinds.where(table.c.kind == bindparam("wanted_kind"))
        # Whoever finds a row locked leaves that kind to the one who has it: nobody waits for another engine, frozen
        # perhaps.
        self.all = Prepared(all_kinds)
        self.all_locked = Prepared(all_kinds.with_for_update(skip_locked=True))
        self.one_locked = Prepared(of_one.with_for_update(skip_locked=True))
        given = ["taken_until", "taken_kind", *(["of_provider"] if of_provider else [])]
        self.take = Prepared(update(table).where(*mine, table.c.kind == bindparam("taken_kind")), given)


_first_account, _other_accounts = _Rows(carrier_pace, of_provider=False), _Rows(account_pace, of_provider=True)


def _rows_of(provider: str) -> tuple[_Rows, dict[str, str]]:
    """Where its rows are asked for, and with what."""
    return (_first_account, {}) if provider == PRIMARY else (_other_accounts, {"of_provider": provider})


def known_from_now_on(connection: Connection, provider: str) -> None:
    """Keep the pace of this account: in a transaction of its own, so that no claim waits for another that froze."""
    if provider == PRIMARY:
        return
    # PostgreSQL lets an insert wait for whoever has just changed the row that is there, also where it would do nothing.
    known = {row[0] for row in _other_accounts.all.rows(connection, {"of_provider": provider})}
    for kind in (each for each in _PACED if each not in known):
        row = {"provider": provider, "kind": kind, "taken_until": _NEVER}
        insert_unless_known(connection, account_pace, row)


def taken_until(connection: Connection, paces: Paces, *, lock: bool = False) -> TakenUntil:
    """Until when the turns of each kind are taken at the account of these, one pace at least; with ``lock`` without
    those that another engine has just now.

    Where no row keeps it nobody is kept waiting, and what is taken is not remembered.
    """
    rows, of_account = _rows_of(next(iter(paces.values())).provider)
    found = {row[0]: row[1] for row in (rows.all_locked if lock else rows.all).rows(connection, of_account)}
    missing = paces.keys() - found.keys()
    if missing and lock:
        missing -= {row[0] for row in rows.all.rows(connection, of_account)}
    return {**found, **dict.fromkeys(missing, _NEVER)} if missing else found


def taken_of_one(connection: Connection, kind: ContactMethod, pace: Pace) -> TakenUntil:
    """The same of one kind, locked; empty where another engine has it just now."""
    rows, of_account = _rows_of(pace.provider)
    return {row[0]: row[1] for row in rows.one_locked.rows(connection, {**of_account, "wanted_kind": kind})}


def free_turns(taken: TakenUntil, paces: Paces, now: datetime) -> dict[ContactMethod, int]:
    """How many of each paced kind may go now."""
    return {kind: pace.free(taken[kind], now) if kind in taken else 0 for kind, pace in paces.items()}


def take_turns(
    connection: Connection, taken: TakenUntil, paces: Paces, turns: Mapping[ContactMethod, int], now: datetime
) -> None:
    """Take so many of each kind, of rows that this transaction has locked."""
    for kind, count in turns.items():
        if count:
            rows, of_account = _rows_of(paces[kind].provider)
            until = paces[kind].after(taken[kind], now, count)
            rows.take.run(connection, [{**of_account, "taken_kind": kind, "taken_until": until}])
