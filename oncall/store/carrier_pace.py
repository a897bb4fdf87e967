"""The pace of the account as rows, one a contact method, shared by every engine."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from oncall.core.carrier_pace import Paces
from oncall.core.engineer import ContactMethod
from oncall.store.prepared import Prepared
from oncall.store.tables import carrier_pace

_taken = select(carrier_pace.c.kind, carrier_pace.c.taken_until)
# Whoever finds a row locked leaves that kind to the one who has it: nobody waits for another engine, frozen perhaps.
_locked = _taken.with_for_update(skip_locked=True)
_one_locked = _locked.where(carrier_pace.c.kind == bindparam("wanted_kind"))
_take = Prepared(
    update(carrier_pace).where(carrier_pace.c.kind == bindparam("taken_kind")), ["taken_until", "taken_kind"]
)
_all, _all_locked = Prepared(_taken), Prepared(_locked)

TakenUntil = Mapping[ContactMethod, datetime]


def taken_until(connection: Connection, *, lock: bool = False) -> TakenUntil:
    """Until when the turns of each kind are taken; with ``lock`` without those that another engine has just now."""
    return {row[0]: row[1] for row in (_all_locked if lock else _all).rows(connection, {})}


def taken_of_one(connection: Connection, kind: ContactMethod) -> TakenUntil:
    """The same of one kind, locked; empty where another engine has it just now."""
    return {row.kind: row.taken_until for row in connection.execute(_one_locked, {"wanted_kind": kind})}


def free_turns(taken: TakenUntil, paces: Paces, now: datetime) -> dict[ContactMethod, int]:
    """How many of each paced kind may go now."""
    return {kind: pace.free(taken[kind], now) if kind in taken else 0 for kind, pace in paces.items()}


def take_turns(
    connection: Connection, taken: TakenUntil, paces: Paces, turns: Mapping[ContactMethod, int], now: datetime
) -> None:
    """Take so many of each kind, of rows that this transaction has locked."""
    for kind, count in turns.items():
        if count:
            until = paces[kind].after(taken[kind], now, count)
            _take.run(connection, [{"taken_kind": kind, "taken_until": until}])
