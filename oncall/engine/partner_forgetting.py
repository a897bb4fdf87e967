"""What partners were told, or told us, a month ago is forgotten, a little at a time: its rows do not grow for ever.

So is what a webhook was to hear that is configured no more: nobody is left who would send it, or give it up.
"""

from datetime import datetime, timedelta

from oncall.ports import Environment

KEPT_FOR = timedelta(days=30)
AT_ONCE = 500
EVERY = timedelta(hours=1)


class PartnerForgetting:
    """``look`` is a chore: called often, and does something seldom. Several engines may do it at the same time."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._due_at: datetime | None = None

    def look(self) -> None:
        """Delete a batch where that is due; the next second another, while there is more. Raises StoreError."""
        now = self._env.clock.now()
        if self._due_at is not None and now < self._due_at:
            return
        with self._env.database.begin() as uow:
            counts = {
                "partner_events": uow.partner_events.forget(now - KEPT_FOR, limit=AT_ONCE),
                "partner_answers": uow.partner_answers.forget(now - KEPT_FOR, limit=AT_ONCE),
                "inbound_events": uow.inbound_events.forget(now - KEPT_FOR, limit=AT_ONCE),
            }
        if max(counts.values()) < AT_ONCE:
            self._due_at = now + EVERY
        for rows, count in counts.items():
            if count:
                self._env.log(f"{rows}.forgotten", count=count)
