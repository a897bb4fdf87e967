"""One look at everything that is due.

1. Ask which incidents are due; the cost follows what is due, not what is open.
2. Each in a transaction of its own: lock it, read it again (another engine may have been faster), and let
   `core.escalation` decide.
3. Store the incident with its next action, the pages, the facts, and what the operators are told, together.

An incident that cannot be worked on is put off and the operators are told: it never holds up another.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.delivery import silenced
from oncall.core.drill import drill_is_over, turn_of_drill
from oncall.core.escalation import Turn, take_turn
from oncall.core.incident import Incident, IntakeChannel
from oncall.core.page import page_deliveries
from oncall.engine.drills import end_drill
from oncall.engine.notices import Notices
from oncall.engine.operators import Operators
from oncall.engine.partners import Partners
from oncall.engine.quiet_notices import QuietNotices
from oncall.errors import StoreUnavailableError
from oncall.ports import Environment, UnitOfWork

BATCH = 100
PUT_OFF_FOR = timedelta(seconds=30)


class Tick:
    """``run(now)`` is a function of rows and ``now``."""

    def __init__(
        self, env: Environment, notices: Notices, operators: Operators, partners: Partners, quiet: QuietNotices
    ) -> None:
        self._env = env
        self._quiet = quiet
        self._notices = notices
        self._partners = partners
        self._operators = operators
        self._aside: dict[int, datetime] = {}

    def run(self, now: datetime) -> int:
        """How many incidents were looked at. Raises StoreUnavailableError while the database is away."""
        self._aside = {number: until for number, until in self._aside.items() if until > now}
        with self._env.database.read() as uow:
            due = [number for number in uow.incidents.due(now, BATCH + len(self._aside)) if number not in self._aside]
        for number in due:
            self._guarded(number, now)
        return len(due)

    def _guarded(self, number: int, now: datetime) -> None:
        try:
            self.look_at(number, now)
        except StoreUnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - one bad incident never holds up another; it is recorded and put off
            self._env.log("tick.failed", incident=number, problem=repr(problem))
            self._put_off(number, now, problem)

    def look_at(self, number: int, now: datetime) -> None:
        """Take this incident's turn, if it is due."""
        with self._env.database.begin() as uow:
            incident = uow.incidents.get(number, lock=True)
            if incident is None or incident.due_at is None or incident.due_at > now:
                return
            if incident.drill and drill_is_over(incident, now):
                end_drill(self._env, self._partners, uow, incident, now)
                return
            turn = take_turn(incident, self._env.configuration.current(), now)
            self._perform(uow, incident, turn_of_drill(turn) if incident.drill else turn, now)

    def _perform(self, uow: UnitOfWork, before: Incident, turn: Turn, now: datetime) -> None:
        stored = uow.incidents.save(turn.incident)
        uow.timeline.add(stored.number, turn.timeline)
        already = uow.deliveries.paged_engineers(stored.number) if before.paged_at is not None else set()
        for page in turn.pages:
            uow.deliveries.add(
                page_deliveries(
                    page.engineer,
                    stored.number,
                    why=page.why,
                    first=page.engineer.key not in already and not stored.drill,
                    now=now,
                    new_id=self._env.ids.new,
                )
            )
        self._partners.turned(uow, before, stored, now, paged=bool(turn.pages))
        if turn.silence:
            for ringing in uow.deliveries.unfinished_pages(stored.number, lock=True):
                uow.deliveries.save(silenced(ringing, now))
            uow.wake_engine()
        if turn.reminder is not None:
            self._quiet.tell(uow, [(each, turn.reminder.words) for each in turn.reminder.engineers], now)
        if before.paged_at is None and not stored.quiet:
            self._say_received(uow, stored, now)
        for key, text in turn.alarms:
            self._operators.tell(uow, key, text, now)
        self._env.log("incident.turn", incident=stored.number, paged=[page.engineer.key for page in turn.pages])

    def _say_received(self, uow: UnitOfWork, incident: Incident, now: datetime) -> None:
        """The customer hears once that we are on it: with the first page, or with the first look that found nobody."""
        nobody_to_tell = not incident.caller_number and incident.paged_at is None
        if incident.channel is IntakeChannel.OPERATOR or nobody_to_tell:
            return
        self._notices.catch_up(uow, incident, now)

    def _put_off(self, number: int, now: datetime, problem: Exception) -> None:
        what = f"{type(problem).__name__}: {problem}"
        text = f"Incident {number} could not be worked on ({what}); it is tried again every 30 s."
        try:
            with self._env.database.begin() as uow:
                incident = uow.incidents.get(number, lock=True)
                if incident is None or not incident.open:
                    return
                uow.incidents.save(replace(incident, due_at=now + PUT_OFF_FOR))
                self._operators.tell(uow, f"tick:{number}", text, now)
        except StoreUnavailableError:
            raise
        except Exception as worse:  # noqa: BLE001 - its row cannot even be read: kept aside here, and the others go on
            self._aside[number] = now + PUT_OFF_FOR
            self._env.log("tick.set_aside", incident=number, problem=repr(worse))
            with self._env.database.begin() as uow:
                self._operators.tell(uow, f"tick:{number}", text, now)
