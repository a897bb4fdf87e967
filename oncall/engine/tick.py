"""One look at everything that is due.

1. Ask which incidents are due; the cost follows what is due, not what is open.
2. Some in one transaction: lock those that nobody else has just now, read them again (another engine may have been
   faster), and let `core.escalation` decide.
3. Store each with its next action, the pages, the facts, and what the operators are told, together.

Where one of those that share a transaction fails, each is looked at in one of its own. An incident that cannot be
worked on is put off and the operators are told: it never holds up another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.delivery import Delivery, silenced
from oncall.core.drill import drill_is_over, turn_of_drill
from oncall.core.escalation import Turn, take_turn
from oncall.core.incident import Incident, IntakeChannel
from oncall.core.page import page_deliveries
from oncall.engine.drills import end_drill
from oncall.engine.notices import Notices
from oncall.engine.operators import Operators
from oncall.engine.partners import Partners
from oncall.engine.quiet_notices import QuietNotices
from oncall.engine.quiet_words import about_open_incident
from oncall.errors import StoreUnavailableError
from oncall.ports import Environment, UnitOfWork

BATCH = 24  # of one turn: what was paged for is to be sent before more is looked at
TOGETHER = 24
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
        """How many incidents were looked at, those left out that another engine has just now.

        Raises StoreUnavailableError while the database is away.
        """
        self._aside = {number: until for number, until in self._aside.items() if until > now}
        with self._env.database.look() as uow:
            due = [number for number in uow.incidents.due(now, BATCH + len(self._aside)) if number not in self._aside]
        return sum(self._together(due[first : first + TOGETHER], now) for first in range(0, len(due), TOGETHER))

    def _together(self, numbers: Sequence[int], now: datetime) -> int:
        try:
            with self._env.database.begin() as uow:
                incidents = uow.incidents.lock_free(numbers)
                self._take_turns(uow, [incidents[number] for number in numbers if number in incidents], now)
            return len(incidents)
        except StoreUnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - one bad incident never holds up another: it is found by itself
            self._env.log("tick.not_together", incidents=len(numbers), problem=repr(problem))
        for number in numbers:
            self._guarded(number, now)
        return len(numbers)

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
            if incident is not None:
                self._take_turns(uow, [incident], now)

    def _take_turns(self, uow: UnitOfWork, incidents: Sequence[Incident], now: datetime) -> None:
        turns: list[tuple[Incident, Turn]] = []
        for incident in incidents:
            if not incident.open or incident.due_at is None or incident.due_at > now:
                continue
            if incident.drill and drill_is_over(incident, now):
                end_drill(self._env, self._partners, uow, incident, now)
                continue
            turn = take_turn(incident, self._env.configuration.current(), now)
            turns.append((incident, turn_of_drill(turn) if incident.drill else turn))
        if turns:
            self._perform(uow, turns, now)

    def _perform(self, uow: UnitOfWork, turns: Sequence[tuple[Incident, Turn]], now: datetime) -> None:
        """Store what these incidents, each as it was before, have come to: of each kind of row all at once."""
        saved = uow.incidents.save_many([(before, turn.incident) for before, turn in turns])
        uow.timeline.add_many([(turn.incident.number, entry) for _, turn in turns for entry in turn.timeline])
        uow.deliveries.add([page for before, turn in turns for page in self._pages(uow, before, turn, now)])
        for (before, turn), stored in zip(turns, saved, strict=True):
            self._follow_up(uow, before, stored, turn, now)
        first = [stored for (before, _), stored in zip(turns, saved, strict=True) if before.paged_at is None]
        # The customer hears once that we are on it: with the first page, or with the first look that found nobody.
        self._notices.catch_up(uow, [incident for incident in first if _has_somebody_to_tell(incident)], now)

    def _pages(self, uow: UnitOfWork, before: Incident, turn: Turn, now: datetime) -> Iterator[Delivery]:
        number, drill = turn.incident.number, turn.incident.drill
        already = uow.deliveries.paged_engineers(number) if before.paged_at is not None else set()
        for page in turn.pages:
            first = page.engineer.key not in already and not drill
            yield from page_deliveries(
                page.engineer,
                number,
                why=page.why,
                first=first,
                further=bool(already),
                now=now,
                new_id=self._env.ids.new,
            )

    def _follow_up(self, uow: UnitOfWork, before: Incident, stored: Incident, turn: Turn, now: datetime) -> None:
        self._partners.turned(uow, before, stored, now, paged=bool(turn.pages), unattended=turn.unattended)
        if turn.silence:
            for ringing in uow.deliveries.unfinished_pages(stored.number, lock=True):
                uow.deliveries.save(silenced(ringing, now))
            uow.wake_engine()
        if turn.reminder is not None:
            told = [(each, turn.reminder.words) for each in turn.reminder.engineers]
            self._quiet.tell(uow, told, about_open_incident(stored, turn.reminder.why), now)
        for key, text in turn.alarms:
            self._operators.tell(uow, key, text, now)
        self._env.log("incident.turn", incident=stored.number, paged=[page.engineer.key for page in turn.pages])

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


def _has_somebody_to_tell(incident: Incident) -> bool:
    nobody_to_tell = not incident.caller_number and incident.paged_at is None
    return incident.channel is not IntakeChannel.OPERATOR and not nobody_to_tell and not incident.quiet
