"""Webhooks of partners as rows."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, not_, or_, select, update

from oncall.ports import PartnerAnswer
from oncall.store.inserting import insert_in_place, insert_unless_known
from oncall.store.partner_tables import partner_answers, to_be_looked_up
from oncall.store.table_parts import ONE_ROW, columns, writer
from oncall.store.tables import incidents, is_open

_row = writer(PartnerAnswer)
_all = select(*columns(partner_answers, PartnerAnswer))
_one = _all.where(partner_answers.c.id == bindparam("wanted"))
_one_locked = _one.with_for_update()
_due = (
    _all.where(to_be_looked_up, partner_answers.c.due_at <= bindparam("now"))
    .order_by(partner_answers.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
next_due = select(partner_answers.c.due_at).where(to_be_looked_up).order_by(partner_answers.c.due_at).limit(ONE_ROW)
_put_off = update(partner_answers).where(partner_answers.c.id == bindparam("claimed"))
_last_applied = (
    select(partner_answers.c.occurred_at)
    .where(partner_answers.c.incident == bindparam("of_incident"), partner_answers.c.applied)
    .order_by(partner_answers.c.occurred_at.desc())
    .limit(1)
)
# No index leads to the old ones: seldom asked, of a table that is kept small by this.
_forgotten = (
    select(partner_answers.c.id)
    .outerjoin(incidents, incidents.c.number == partner_answers.c.incident)
    .where(
        partner_answers.c.received_at < bindparam("before"),
        partner_answers.c.due_at.is_(None),
        or_(incidents.c.number.is_(None), not_(is_open)),
    )
    .limit(bindparam("most"))
)
_forget = delete(partner_answers).where(partner_answers.c.id.in_(_forgotten))


class SqlPartnerAnswers:
    """`ports.PartnerAnswers`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, answer: PartnerAnswer) -> bool:
        """Keep it; False, and nothing stored, where its id is known already."""
        return insert_unless_known(self._connection, partner_answers, _row(answer))

    def get(self, answer_id: str, *, lock: bool = False) -> PartnerAnswer | None:
        """One, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": answer_id}).first()
        return None if row is None else PartnerAnswer(*row)

    def save(self, answer: PartnerAnswer) -> None:
        """Keep it, in the place of what was kept before."""
        insert_in_place(self._connection, partner_answers, _row(answer))

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> list[PartnerAnswer]:
        """Those that wait for a look-up, put off to ``again_at``; they come back with ``attempts`` grown by one."""
        rows = self._connection.execute(_due, {"now": now, "most": limit}).all()
        claimed = [
            replace(answer, due_at=again_at, attempts=answer.attempts + 1)
            for answer in (PartnerAnswer(*row) for row in rows)
        ]
        for answer in claimed:
            changed = {"claimed": answer.id, "due_at": again_at, "attempts": answer.attempts}
            self._connection.execute(_put_off, changed)
        return claimed

    def next_due_at(self) -> datetime | None:
        """When the next is to be looked up; None when there is none."""
        found: datetime | None = self._connection.execute(next_due).scalar()
        return found

    def forget(self, before: datetime, *, limit: int) -> int:
        """Delete at most so many that came before then, wait for no look-up, and are about no incident that is open;
        how many it were."""
        return self._connection.execute(_forget, {"before": before, "most": limit}).rowcount

    def last_applied_at(self, incident: int) -> datetime | None:
        """When the newest event happened that was applied to this incident; None where none was."""
        found: datetime | None = self._connection.execute(_last_applied, {"of_incident": incident}).scalar()
        return found
