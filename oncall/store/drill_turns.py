"""Which turn of every planned drill was begun last, so that several engines begin it once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from oncall.store.inserting import insert_unless_known
from oncall.store.tables import drill_turns

_later = (
    update(drill_turns)
    .where(drill_turns.c.plan == bindparam("of_plan"), drill_turns.c.begun_at < bindparam("than"))
    .values(begun_at=bindparam("than"))
)
_A_MOMENT = timedelta(microseconds=1)
_back = (
    update(drill_turns)
    .where(drill_turns.c.plan == bindparam("of_plan"), drill_turns.c.begun_at == bindparam("this"))
    .values(begun_at=bindparam("before"))
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

    def give_back(self, plan: str, at: datetime) -> bool:
        """This turn was begun, and came to nothing: it is due again. False where a later one has begun since."""
        given = {"of_plan": plan, "this": at, "before": at - _A_MOMENT}
        return self._connection.execute(_back, given).rowcount == 1

    def keep_only(self, plans: Sequence[str]) -> None:
        """Forget all plans but these."""
        self._connection.execute(_forget, {"kept": list(plans)})
