"""What an answer changes is stored with what it causes: timeline, silence of what rings, notices, partners told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from oncall.core.change import Change, Notify
from oncall.core.delivery import CAME_TO_NOTHING, DeliveryKind, silenced
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, Outcome, OutcomeKind
from oncall.core.notice import NoticePurpose
from oncall.engine.notices import Notices
from oncall.engine.partners import Partners
from oncall.errors import UnknownIncidentError
from oncall.ports import Environment, UnitOfWork

# The incident as it is, locked, and the present.
Decide = Callable[[Incident, datetime], Change]


class Answers:
    """Takes answers: the incident is locked and read, `core` decides, and the change is stored in that transaction."""

    def __init__(self, env: Environment, notices: Notices, partners: Partners) -> None:
        self._env = env
        self._notices = notices
        self._partners = partners

    def take(self, uow: UnitOfWork, number: int, decide: Decide, *, passing: Engineer | None = None) -> Outcome:
        """Store what was decided, and what it causes. ``passing`` is who passes it on: their own telephone stops.

        Raises UnknownIncidentError.
        """
        incident = uow.incidents.get(number, lock=True)
        if incident is None:
            raise UnknownIncidentError(f"There is no incident {number}.")
        now = self._env.clock.now()
        change = decide(incident, now)
        if passing is not None and change.outcome in (OutcomeKind.PASSED, OutcomeKind.HANDED_OVER):
            self._silence(uow, number, now, only=passing.key)
        if not change.changed:
            return change.told(incident)
        stored = uow.incidents.save(self._asking_others(uow, change, now))
        uow.timeline.add(number, change.timeline)
        self._partners.answered(uow, stored, change.outcome, now)
        if change.silence or change.silence_only:
            self._silence(uow, number, now, only=change.silence_only)
        left, late = self._news_of_whoever_is_left(incident, stored), self._news_let_go(uow, incident, stored)
        notices = (*change.notices, *left, *late)
        self._notices.enqueue(uow, stored, notices, now)
        uow.wake_engine()
        self._env.log("incident.answered", incident=number, outcome=change.outcome.value, by=change.by)
        return change.told(stored)

    def _asking_others(self, uow: UnitOfWork, change: Change, now: datetime) -> Incident:
        """More engineers are wanted: the next step is paged at once where nobody else's telephone is at it."""
        incident = change.incident
        if not change.silence_only or incident.paged_at is None or incident.due_at is None:
            return incident
        # A text to somebody who has answered since is unfinished for as long as nothing final is said of it.
        answered_already = {*incident.acknowledgements, *incident.passed_by}
        pages = uow.deliveries.unfinished_pages(incident.number)
        if any(page.recipient not in answered_already for page in pages):
            return incident
        return replace(incident, due_at=min(incident.due_at, now))

    def _news_of_whoever_is_left(self, before: Incident, after: Incident) -> tuple[Notify, ...]:
        """Of several who had it, the one whom the customer knows has passed it on: another has it now."""
        if not before.held or not after.held or before.acknowledged_by == after.acknowledged_by:
            return ()
        return (self._has_it(after),)

    def _news_let_go(self, uow: UnitOfWork, before: Incident, after: Incident) -> tuple[Notify, ...]:
        """Whoever fell silent has it again: no news to the customer, unless what was to tell them failed, or was let go
        while it waited, as nobody had it then."""
        again = not before.held and after.held and before.resume_with == after.acknowledged_by
        if not again or not after.caller_number:
            return ()
        told = [one for one in uow.deliveries.of(after.number) if one.purpose == NoticePurpose.ACKNOWLEDGED]
        same = [one for one in told if one.details.get("holder", after.acknowledged_by) == after.acknowledged_by]
        return () if any(one.state not in CAME_TO_NOTHING for one in same) else (self._has_it(after),)

    def _has_it(self, incident: Incident) -> Notify:
        facts = (("engineer", self.holder(incident)), ("holder", incident.acknowledged_by))
        return Notify(NoticePurpose.ACKNOWLEDGED, facts)

    def _silence(self, uow: UnitOfWork, number: int, now: datetime, *, only: str = "") -> None:
        """Stop every page of the incident, or only those to one engineer (key)."""
        for page in uow.deliveries.unfinished_pages(number, lock=True):
            if only in ("", page.recipient):
                uow.deliveries.save(silenced(page, now))
        uow.wake_engine()

    def holder(self, incident: Incident) -> str:
        """The name of whoever has the incident; "" for nobody, and once it is over: another may have resolved it."""
        if not incident.open:
            return ""
        engineer = self._env.configuration.current().engineers.get(incident.acknowledged_by)
        return engineer.name if engineer else incident.acknowledged_by


def last_paged_at(uow: UnitOfWork, number: int, engineer: Engineer) -> datetime | None:
    """When the engineer's last run of notification rules began; None where they were not paged for this incident."""
    pages = (page for page in uow.deliveries.of(number) if page.kind is DeliveryKind.PAGE)
    return max((page.created_at for page in pages if page.recipient == engineer.key), default=None)
