"""Watching the promises: people are told at half of the time, before its end, and when one is broken.

A chore of the engine. It asks for what is due only; each incident is looked at in a transaction of its own, locked and
read again, so that several engines tell once. A promise that was broken while nothing ran is recorded at its instant.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.delivery import DeliveryState
from oncall.core.engineer import Engineer
from oncall.core.escalation_policy import QUIET_POLICY
from oncall.core.incident import Incident, IncidentState
from oncall.core.page import page_deliveries
from oncall.core.partner_event import EventType
from oncall.core.promise_clock import Look, Part, Reached, look
from oncall.core.promise_people import in_charge, managers, pages_everybody, whole_team
from oncall.core.promise_wording import stage_entry, stage_reached, stage_words
from oncall.core.sla import PromiseStage
from oncall.engine.operators import Operators
from oncall.engine.partners import Partners
from oncall.engine.quiet_notices import QuietNotices
from oncall.engine.quiet_words import about_promise
from oncall.errors import ConfigurationError, StoreUnavailableError
from oncall.ports import Environment, UnitOfWork

BATCH = 100
PUT_OFF_FOR = timedelta(seconds=60)
_EVENTS = {
    PromiseStage.HALF: EventType.PROMISE_HALF,
    PromiseStage.SOON: EventType.PROMISE_SOON,
    PromiseStage.BREACHED: EventType.BREACHED,
}
_NOT_GONE = frozenset({DeliveryState.WAITING, DeliveryState.CLAIMED})


class PromiseWatch:
    """``run(now)`` is a function of rows, of the configuration in force, and of ``now``."""

    def __init__(self, env: Environment, quiet: QuietNotices, operators: Operators, partners: Partners) -> None:
        self._env = env
        self._quiet = quiet
        self._operators = operators
        self._partners = partners
        self._aside: dict[int, datetime] = {}

    def look(self) -> None:
        """The chore. Raises StoreError while the database is away."""
        self.run(self._env.clock.now())

    def run(self, now: datetime) -> int:
        """How many incidents were looked at."""
        self._aside = {number: until for number, until in self._aside.items() if until > now}
        with self._env.database.read() as uow:
            due = uow.incidents.promises_due(now, BATCH + len(self._aside))
        numbers = [number for number in due if number not in self._aside]
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:
            return 0  # nothing is published: nothing was promised
        for number in numbers:
            self._guarded(number, configuration, now)
        return len(numbers)

    def _guarded(self, number: int, configuration: Configuration, now: datetime) -> None:
        try:
            with self._env.database.begin() as uow:
                incident = uow.incidents.get(number, lock=True)
                if incident is not None:
                    self._look_at(uow, incident, configuration, now)
        except StoreUnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - one bad incident never holds up the promises of the others
            self._aside[number] = now + PUT_OFF_FOR
            self._env.log("promise.failed", incident=number, problem=repr(problem))
            text = f"The promise of incident {number} could not be looked at ({problem!r}); it is tried every minute."
            with self._env.database.begin() as uow:
                self._operators.tell(uow, f"promise:{number}", text, now)

    def _look_at(self, uow: UnitOfWork, incident: Incident, configuration: Configuration, now: datetime) -> None:
        promise = configuration.promise_of(incident.priority, incident.customer)
        found = look(incident, promise.clock, configuration.business_hours, now)
        if found.incident == incident:
            return
        stored = uow.incidents.save(_with_its_next_action(found, now))
        for reached in found.reached:
            self._tell(uow, stored, reached, configuration, now)

    def _tell(
        self, uow: UnitOfWork, incident: Incident, reached: Reached, configuration: Configuration, now: datetime
    ) -> None:
        by = incident.respond_by if reached.part is Part.RESPONSE else incident.resolve_by
        if pages_everybody(incident, reached):
            told = self._page_everybody(uow, incident, reached, configuration, now)
        else:
            told = self._tell_quietly(uow, incident, reached, by or now, configuration, now)
        uow.timeline.add(incident.number, [stage_entry(reached, by or now, told, now)])
        self._partners.promised(uow, _EVENTS[reached.stage], incident, now)
        self._env.log(
            "promise.reached", incident=incident.number, part=reached.part.value, stage=reached.stage.value, told=told
        )

    def _page_everybody(
        self, uow: UnitOfWork, incident: Incident, reached: Reached, configuration: Configuration, now: datetime
    ) -> str:
        """Repeated pages, so that they never hold up the first page of another incident; nobody whose page has not
        even gone is paged twice."""
        everybody = (*whole_team(incident, configuration, now), *managers(configuration))
        waiting = {
            page.recipient for page in uow.deliveries.unfinished_pages(incident.number) if page.state in _NOT_GONE
        }
        paged = [each for key, each in {each.key: each for each in everybody}.items() if key not in waiting]
        for engineer in paged:
            uow.deliveries.add(
                page_deliveries(
                    engineer,
                    incident.number,
                    why=f"the whole team: {stage_reached(reached)}",
                    first=False,
                    now=now,
                    new_id=self._env.ids.new,
                )
            )
        if not everybody:
            self._nobody_to_tell(uow, incident, reached, now)
        uow.wake_engine()
        names = ", ".join(each.name for each in paged)
        return f"paging the whole team and the managers: {names}" if names else ""

    def _tell_quietly(
        self,
        uow: UnitOfWork,
        incident: Incident,
        reached: Reached,
        by: datetime,
        configuration: Configuration,
        now: datetime,
    ) -> str:
        people = in_charge(incident, configuration, now)
        if reached.stage is PromiseStage.BREACHED:
            people = (*people, *managers(configuration))
        named: dict[str, Engineer] = {each.key: each for each in people}
        has_it = configuration.engineers.get(incident.acknowledged_by)
        holder = has_it.name if has_it else incident.acknowledged_by
        said = {
            key: stage_words(incident, reached, by, self._quiet.clocks_of(each), holder=holder)
            for key, each in named.items()
        }
        about = about_promise(incident, reached, by)
        told = self._quiet.tell(uow, [(each, said[key]) for key, each in named.items()], about, now)
        if not told:
            self._nobody_to_tell(uow, incident, reached, now)
        return f"told {', '.join(told)}" if told else ""

    def _nobody_to_tell(self, uow: UnitOfWork, incident: Incident, reached: Reached, now: datetime) -> None:
        text = f"Incident {incident.number}: {stage_reached(reached)}, and nobody could be told."
        self._operators.tell(uow, f"promise:{incident.number}", text, now)


def _with_its_next_action(found: Look, now: datetime) -> Incident:
    """A quiet incident that nobody has is looked at again when its promise is, and after that once in a week."""
    incident = found.incident
    if not incident.quiet or incident.state is not IncidentState.TRIGGERED or incident.handed_to:
        return incident
    due_at = incident.promise_due_at or now + QUIET_POLICY.acknowledge_timeout_for
    return replace(incident, due_at=due_at)
