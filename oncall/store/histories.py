"""A standby that took over, or a backup that was restored, may lack what was stored last: its history is another.

PostgreSQL counts histories itself, as "timelines". Whoever connects first in one that our rows do not know leaves some
numbers of incidents out, because callers were told numbers that may be gone, and nobody else's may become the same.
And it marks what is due to be sent as perhaps sent, so that the provider is asked first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from oncall.store.tables import database_histories, deliveries, incidents

# More than are given out in what a standby may be behind; numbers of more digits are harder to remember.
NUMBERS_LEFT_OUT = 200
_CLOCKS_DIFFER_BY = timedelta(minutes=1)  # at most
_here = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
_FIND = (
    f"SELECT {_here}, EXISTS (SELECT 1 FROM {database_histories.name} WHERE history = {_here}),"  # noqa: S608 - ours
    f" EXISTS (SELECT 1 FROM {database_histories.name})"
)
_ADD = f"INSERT INTO {database_histories.name} (history) VALUES (%s) ON CONFLICT DO NOTHING"  # noqa: S608 - ours
_LEAVE_OUT = (
    f"SELECT count(nextval(pg_get_serial_sequence('{incidents.name}', '{incidents.c.number.name}')))"  # noqa: S608 - ours
    f" FROM generate_series(1, {NUMBERS_LEFT_OUT})"
)
# What is due later has gone nowhere: marked, it would account for a call that another made, and would not be brought
# forward where the one before it fails.
_PERHAPS_SENT = (
    f"UPDATE {deliveries.name} SET attempts = attempts + 1"  # noqa: S608 - ours
    " WHERE work = 'send' AND state = 'waiting' AND attempts = settled AND ready_at <= %s"
)


def watch(engine: Engine, now: Callable[[], datetime]) -> None:
    """Look at the history of the server behind every new connection of this engine, before anybody uses it. ``now``
    tells what is due by then.

    What cannot be settled is an error of connecting: nobody opens an incident before it is.
    """
    errors = engine.dialect.loaded_dbapi.Error

    def look(connection: Any, _record: Any) -> None:
        try:
            history, is_known, any_known = connection.execute(_FIND).fetchone()
        except errors:
            # No table of ours yet, a standby, or a server that does not count histories. One that has gone shows
            # itself with whatever is asked next.
            connection.rollback()
            return
        if not is_known:
            _settle(connection, history, now() if any_known else None)
        connection.commit()

    event.listen(engine, "connect", look)


def _settle(connection: Any, history: str, since: datetime | None) -> None:
    """``since`` when there is another history than the known ones; None where it is the first that is known."""
    # Whoever does the same at this instant waits here, until the numbers are left out.
    is_first = connection.execute(_ADD, [history]).rowcount == 1
    if is_first and since is not None:
        connection.execute(_LEAVE_OUT)
        connection.execute(_PERHAPS_SENT, [since + _CLOCKS_DIFFER_BY])
