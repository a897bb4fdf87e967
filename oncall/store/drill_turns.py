"""Which turn of every planned drill was begun last, so that several engines begin it once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from oncall.store.inserting import insert_unless_known
from oncall.store.tables import drill_turns

_later = (
    update(drill_turns)
    .where(drill_turns.c.plan == bindparam("of_plan"), drill_turns.c.begun_at < bindparam("than"))
    .values(begun_at=bindparam("than"))
)
_forget = delete(drill_turns).where(drill_turns.c.plan.not_in(bindparam("kept", expanding=True)))
_one = select(drill_turns.c.begun_at).where(drill_turns.c.plan == bindparam("of_plan"))


class SqlDrillTurns:
    """`ports.DrillTurns`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_due(self, plan: str, at: datetime) -> bool:
        """Whether this turn of a known plan has not been begun."""
        begun_at: datetime | None = self._connection.execute(_one, {"of_plan": plan}).scalar()
        return begun_at is not None and begun_at < at

    def begin(self, plan: str, at: datetime) -> bool:
        """True for the first to begin this turn. A plan that is new has had its last turn: it begins at its next."""
        if insert_unless_known(self._connection, drill_turns, {"plan": plan, "begun_at": at}):
            return False
        return self._connection.execute(_later, {"of_plan": plan, "than": at}).rowcount == 1

    def keep_only(self, plans: Sequence[str]) -> None:
        """Forget all plans but these."""
        self._connection.execute(_forget, {"kept": list(plans)})
