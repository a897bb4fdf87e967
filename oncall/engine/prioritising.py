"""Changing what an incident is: its priority, its type, whether it waits for the customer, and whether it was major.

One transaction, as in `respond`: the incident is locked and read, `core.prioritising` decides, and the change is stored
with its fact in the timeline, the silencing of what rings for nothing any more, and what partners are told.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from oncall.core import prioritising
from oncall.core.change import Change
from oncall.core.delivery import silenced
from oncall.core.incident import Incident, Outcome, RequestType, TimelineEntry, TimelineKind
from oncall.core.postmortem import without_mark
from oncall.core.prioritising import Terms
from oncall.core.sla import Priority
from oncall.engine.partners import Partners
from oncall.errors import UnknownIncidentError
from oncall.ports import Environment, UnitOfWork

Decide = Callable[[Incident, datetime], Change]


class Prioritising:
    """Every method returns an `Outcome`; asking twice changes nothing twice. Raises UnknownIncidentError.

    ``by`` is an engineer's key, or the name of anybody else. ``uow`` is the transaction to act in; without one, each is
    a transaction of its own.
    """

    def __init__(self, env: Environment, partners: Partners) -> None:
        self._env = env
        self._partners = partners

    def change(self, number: int, *, priority: Priority, by: str, via: str, uow: UnitOfWork | None = None) -> Outcome:
        """Give it this priority; it moves the clock, and pages or stops paging where it must."""
        name, key = self._who(by)

        def decide(incident: Incident, now: datetime) -> Change:
            terms = self._terms(priority, incident.customer)
            return prioritising.change_priority(incident, priority, terms, by=name, key=key, via=via, now=now)

        return self._apply(number, uow, decide)

    def change_type(
        self, number: int, *, request_type: RequestType, by: str, via: str, uow: UnitOfWork | None = None
    ) -> Outcome:
        """Say what kind of request it is, also of one that is over."""
        name, _ = self._who(by)
        return self._apply(
            number,
            uow,
            lambda incident, now: prioritising.change_type(incident, request_type, by=name, via=via, now=now),
        )

    def wait_for_customer(self, number: int, *, by: str, via: str, uow: UnitOfWork | None = None) -> Outcome:
        """Stop the resolution's clock until the customer answers, or `end_waiting`."""
        name, _ = self._who(by)
        return self._apply(
            number, uow, lambda incident, now: prioritising.wait_for_customer(incident, by=name, via=via, now=now)
        )

    def end_waiting(self, number: int, *, by: str, via: str, uow: UnitOfWork | None = None) -> Outcome:
        """Let the resolution's clock run on, without an answer."""
        name, _ = self._who(by)
        return self._apply(number, uow, self._ending(f"{name} by {via}: the customer is not waited for any more"))

    def customer_answered(self, number: int, *, via: str, uow: UnitOfWork | None = None) -> Outcome:
        """The customer said something: where it waits for them, that is over; else nothing changes."""
        return self._apply(number, uow, self._ending(f"The customer answered by {via}: it waits for them no more"))

    def mark_major(
        self, number: int, *, by: str, via: str, major: bool = True, uow: UnitOfWork | None = None
    ) -> Outcome:
        """Say whether it was a major downtime, also of one that is over. What was none owes no post-mortem, unless
        something of it is written or it is owed all the same."""
        name, _ = self._who(by)

        def decide(incident: Incident, now: datetime) -> Change:
            return prioritising.mark_major(incident, major=major, by=name, via=via, now=now)

        with self._within(uow) as transaction:
            outcome = self._apply(number, transaction, decide)
            if not major:
                self._end_postmortem(transaction, outcome.incident)
            return outcome

    def _end_postmortem(self, uow: UnitOfWork, incident: Incident) -> None:
        before = uow.postmortems.get(incident.number, lock=True)
        if before is None:
            return
        now, rules = self._env.clock.now(), self._env.configuration.current().postmortems
        reopened = any(entry.kind is TimelineKind.REOPENED for entry in uow.timeline.of(incident.number))
        after = without_mark(before, incident, rules, now, reopened=reopened)
        if after is None:
            uow.postmortems.remove(incident.number)
            entry = TimelineEntry(now, TimelineKind.NOTE, "No post-mortem is owed any more")
            uow.timeline.add(incident.number, [entry])
        elif after != before:
            uow.postmortems.save(after)

    def _ending(self, why: str) -> Decide:
        def decide(incident: Incident, now: datetime) -> Change:
            terms = self._terms(incident.priority, incident.customer)
            return prioritising.end_waiting(incident, terms.promise.clock, terms.hours, why=why, now=now)

        return decide

    def _terms(self, priority: Priority, customer: str) -> Terms:
        configuration = self._env.configuration.current()
        return Terms(
            configuration.promise_of(priority, customer),
            configuration.business_hours,
            configuration.policy_of(priority, customer),
        )

    def _who(self, by: str) -> tuple[str, str]:
        """The name, and the key of an engineer or ""."""
        engineer = self._env.configuration.current().engineers.get(by)
        return (engineer.name, by) if engineer else (by, "")

    def _apply(self, number: int, uow: UnitOfWork | None, decide: Decide) -> Outcome:
        with self._within(uow) as transaction:
            incident = transaction.incidents.get(number, lock=True)
            if incident is None:
                raise UnknownIncidentError(f"There is no incident {number}.")
            now = self._env.clock.now()
            change = decide(incident, now)
            if not change.changed:
                return change.told(incident)
            stored = transaction.incidents.save(change.incident)
            transaction.timeline.add(number, change.timeline)
            self._partners.answered(transaction, stored, change.outcome, now)
            for page in transaction.deliveries.unfinished_pages(number, lock=True) if change.silence else ():
                transaction.deliveries.save(silenced(page, now))
            transaction.wake_engine()
            self._env.log("incident.changed", incident=number, outcome=change.outcome.value)
            return change.told(stored)

    def _within(self, uow: UnitOfWork | None) -> AbstractContextManager[UnitOfWork]:
        return self._env.database.begin() if uow is None else nullcontext(uow)
