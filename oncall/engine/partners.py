"""What happens to an incident, written down for partners in the transaction in which it happens.

Each method is called beside ``uow.timeline.add``. Where no partner is configured it reads nothing and stores nothing.
A drill is nobody else's business; what it paged through PagerDuty ends with it all the same.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from oncall.core.delivery import DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident, IncidentState, OutcomeKind, Screening, TimelineEntry
from oncall.core.pagerduty import Action, due_actions, event_json
from oncall.core.partner_event import BY_OUTCOME, PAGERDUTY, Ending, EventType, PartnerEvent, Webhook, ended
from oncall.core.webhook_body import webhook_body
from oncall.ports import Environment, UnitOfWork

# A page through PagerDuty that is on its way must be there before it can be resolved.
AFTER_A_PAGE_FOR = timedelta(seconds=15)


class Follower(Protocol):
    """Somebody whom every event of an incident concerns, such as the repository or the channel it lives in."""

    def follow(
        self, uow: UnitOfWork, event: EventType, incident: Incident, facts: Sequence[TimelineEntry], now: datetime
    ) -> None:
        """Write down what is to be told, in this transaction. ``facts`` are the newest of the timeline, oldest first.

        Nothing may be asked of anybody outside: what is enqueued is sent afterwards.
        """
        ...


class Partners:
    """``pagerduty`` says whether PagerDuty is told."""

    def __init__(self, env: Environment, *, pagerduty: bool, followers: Sequence[Follower] = ()) -> None:
        self._env = env
        self._pagerduty = pagerduty
        self._followers = tuple(followers)

    def opened(self, uow: UnitOfWork, incident: Incident, entry: TimelineEntry, now: datetime) -> None:
        """It has just been stored for the first time, with this first fact."""
        if incident.drill:
            return
        webhooks = self._listening(EventType.OPENED)
        if webhooks:
            self._tell_webhooks(uow, webhooks, EventType.OPENED, incident, [entry], now)
        self._tell_followers(uow, EventType.OPENED, incident, [entry], now)
        # Whoever may only have misdialled pages nobody yet, there no more than here.
        if self._pagerduty and incident.screening is Screening.PASSED and not incident.quiet:
            self._follow(uow, incident, now, new=True)

    def answered(self, uow: UnitOfWork, incident: Incident, outcome: OutcomeKind, now: datetime) -> None:
        """Somebody's answer changed it into this. It is locked."""
        if incident.drill:
            if not incident.open:
                self.drill_over(uow, incident, now)
            return
        event = BY_OUTCOME.get(outcome)
        if event is not None:
            self._happened(uow, event, incident, now)
        elif self._pagerduty:
            self._follow(uow, incident, now)

    def heard(self, uow: UnitOfWork, incident: Incident, outcome: OutcomeKind, now: datetime) -> None:
        """The caller is known to be human; what had been screened is reopened by that. It is locked."""
        if incident.drill:
            return
        if outcome is OutcomeKind.REOPENED:
            self._happened(uow, EventType.REOPENED, incident, now)
        elif self._pagerduty:
            self._follow(uow, incident, now)

    def turned(
        self, uow: UnitOfWork, before: Incident, after: Incident, now: datetime, *, paged: bool, unattended: bool
    ) -> None:
        """The engine took its turn. It is locked. ``paged`` says whether somebody was paged, ``unattended`` whether the
        list came to its end instead."""
        if after.drill:
            return
        if before.state is IncidentState.ACKNOWLEDGED and after.state is IncidentState.TRIGGERED:
            self._happened(uow, EventType.UNACKNOWLEDGED, after, now)
        if before.state is IncidentState.TRIGGERED and after.state is IncidentState.ACKNOWLEDGED:
            # Fewer acknowledged than were wanted, and that is enough as it is.
            self._happened(uow, EventType.ACKNOWLEDGED, after, now)
            return
        if paged:
            self._happened(uow, EventType.PAGED if before.paged_at is None else EventType.ESCALATED, after, now)
            return
        webhooks = self._listening(EventType.UNATTENDED) if unattended else ()
        if webhooks:
            self._tell_webhooks(uow, webhooks, EventType.UNATTENDED, after, uow.timeline.of(after.number), now)
        if self._pagerduty:
            self._follow(uow, after, now)

    def promised(self, uow: UnitOfWork, event: EventType, incident: Incident, now: datetime) -> None:
        """Its promise has come to a stage. It is locked. PagerDuty has no word for that."""
        webhooks = self._listening(event)
        if webhooks or self._followers:
            facts = uow.timeline.of(incident.number)
            self._tell_webhooks(uow, webhooks, event, incident, facts, now)
            self._tell_followers(uow, event, incident, facts, now)

    def drill_over(self, uow: UnitOfWork, incident: Incident, now: datetime) -> None:
        """A drill has ended: PagerDuty would go on paging for it. It is locked."""
        if self._pagerduty:
            uow.partner_events.add(list(self._ended_pages(uow, incident, now)))
            uow.wake_engine()

    def pagerduty_said(self, uow: UnitOfWork, number: int, action: Action, now: datetime) -> None:
        """What it told us itself is not told to it again. The incident is locked; call this before it is changed."""
        last = uow.partner_events.last(PAGERDUTY, str(number))
        if last is None or last.type in (action, Action.RESOLVE):
            return
        known = self._event(PAGERDUTY, number, action, str(number), "", now)
        uow.partner_events.add([ended(known, Ending.KNOWN, now)])

    def _happened(self, uow: UnitOfWork, event: EventType, incident: Incident, now: datetime) -> None:
        webhooks = self._listening(event)
        if webhooks or self._followers:
            facts = uow.timeline.of(incident.number)
            self._tell_webhooks(uow, webhooks, event, incident, facts, now)
            self._tell_followers(uow, event, incident, facts, now)
        if self._pagerduty and (incident.screening is Screening.PASSED or event is not EventType.NOTED):
            self._follow(uow, incident, now)

    def happened(self, uow: UnitOfWork, event: EventType, incident: Incident, now: datetime) -> None:
        """Something beside an answer: it is locked, and its timeline says what."""
        if not incident.drill:
            self._happened(uow, event, incident, now)

    def learned(self, uow: UnitOfWork, incident: Incident, now: datetime) -> None:
        """The caller's own words have come, for all but PagerDuty, whose alert cannot be added to. It is locked."""
        webhooks = self._listening(EventType.NOTED)
        if not incident.drill and (webhooks or self._followers):
            facts = uow.timeline.of(incident.number)
            self._tell_webhooks(uow, webhooks, EventType.NOTED, incident, facts, now)
            self._tell_followers(uow, EventType.NOTED, incident, facts, now)

    def _tell_followers(
        self, uow: UnitOfWork, event: EventType, incident: Incident, facts: Sequence[TimelineEntry], now: datetime
    ) -> None:
        for follower in self._followers:
            follower.follow(uow, event, incident, facts, now)

    def _listening(self, event: EventType) -> list[Webhook]:
        return [each for each in self._env.configuration.current().webhooks.values() if event in each.events]

    def _tell_webhooks(
        self,
        uow: UnitOfWork,
        webhooks: Sequence[Webhook],
        event: EventType,
        incident: Incident,
        timeline: Sequence[TimelineEntry],
        now: datetime,
    ) -> None:
        told = [
            self._event(
                webhook.partner,
                incident.number,
                event,
                "",
                webhook_body(event, incident, timeline, now, include_caller=webhook.include_caller),
                now,
            )
            for webhook in webhooks
        ]
        if told:
            uow.partner_events.add(told)
            uow.wake_engine()

    def _follow(self, uow: UnitOfWork, incident: Incident, now: datetime, *, new: bool = False) -> None:
        """Bring PagerDuty to where the incident is. ``new``: it cannot have been told anything yet."""
        key = str(incident.number)
        last = None if new else uow.partner_events.last(PAGERDUTY, key)
        # Over there every open incident pages: what pages nobody here is none.
        state = IncidentState.RESOLVED if incident.quiet else incident.state
        actions = due_actions(state, last.type if last is not None else "")
        # What went before and has not arrived goes first.
        waiting = bool(actions and last is not None and uow.partner_events.is_waiting(PAGERDUTY, key))
        for action in actions:
            body = event_json(action, incident, key, hotline=self._company(), public_url=self._env.public_url)
            due_at = None if waiting else now
            uow.partner_events.add([self._event(PAGERDUTY, incident.number, action, key, body, due_at)])
            waiting = True
        if state is not IncidentState.TRIGGERED:
            uow.partner_events.add(list(self._ended_pages(uow, incident, now)))
        uow.wake_engine()

    def _company(self) -> str:
        return self._env.configuration.current().hotline.company

    def _ended_pages(self, uow: UnitOfWork, incident: Incident, now: datetime) -> Iterator[PartnerEvent]:
        """Pages that engineers got through PagerDuty are alerts of their own there: they end with the paging."""
        for page in uow.deliveries.of(incident.number):
            went = page.method is ContactMethod.PAGERDUTY and page.attempts > 0
            if went and uow.partner_events.last(PAGERDUTY, page.id) is None:
                arrives_at = now if page.state is DeliveryState.DELIVERED else now + AFTER_A_PAGE_FOR
                body = event_json(Action.RESOLVE, incident, page.id, hotline="", public_url="")
                yield self._event(PAGERDUTY, incident.number, Action.RESOLVE, page.id, body, arrives_at)

    def _event(
        self, partner: str, incident: int, kind: str, key: str, body: str, due_at: datetime | None
    ) -> PartnerEvent:
        now = self._env.clock.now()
        return PartnerEvent(self._env.ids.new(), partner, incident, str(kind), key, body, now, due_at)
