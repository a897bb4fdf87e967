"""The one door for every answer, whatever channel it came by: key, SMS, click or command.

One transaction: the incident is locked and read, `core.answer` decides, and the change is stored with its timeline
entries,
the silencing of what still rings, and its notices. What is told to whoever answered is told after the commit.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime

from oncall.core import answer
from oncall.core.answer import Change, Notify
from oncall.core.configuration import Configuration
from oncall.core.delivery import Delivery, DeliveryKind, answered, silenced
from oncall.core.engineer import Engineer
from oncall.core.hand_over import hand_over, named_engineer
from oncall.core.incident import Incident, Outcome, OutcomeKind
from oncall.core.notice import NoticePurpose
from oncall.core.promise_clock import promised
from oncall.core.snooze import disturbed, snooze
from oncall.core.voice_menu import PageKey
from oncall.engine.locking import locked
from oncall.engine.notices import Notices
from oncall.engine.partners import Partners
from oncall.errors import UnknownIncidentError, UsageError
from oncall.ports import Environment, UnitOfWork

Decide = Callable[[Incident, datetime], Change]
# The incident, when the page that is answered began, and the present.
Passes = Callable[[Incident, datetime, datetime], Change]
Transaction = UnitOfWork | None


class Respond:
    """Every method returns an `Outcome`; asking twice changes nothing twice. Raises UnknownIncidentError.

    ``uow`` is the transaction to act in; without one, each answer is a transaction of its own.
    """

    def __init__(self, env: Environment, notices: Notices, partners: Partners) -> None:
        self._env = env
        self._notices = notices
        self._partners = partners

    def key_pressed(self, *, delivery_id: str, key: PageKey, uow: Transaction = None) -> Outcome | None:
        """An engineer pressed a key on a page. None: no such page, or a key that answers nothing."""
        with self._within(uow) as transaction:
            _, delivery = locked(transaction, delivery_id)
            if delivery is None or delivery.kind is not DeliveryKind.PAGE or delivery.incident is None:
                return None
            engineer = self._engineer_of(delivery)
            decide = self._meaning(transaction, key, engineer, delivery)
            if decide is None:
                return None
            transaction.deliveries.save(answered(delivery, self._env.clock.now()))
            return self._answer(
                transaction, delivery.incident, decide, passing=engineer if key is PageKey.PASS else None
            )

    def acknowledge(self, number: int, *, engineer: str, via: str, uow: Transaction = None) -> Outcome:
        """This engineer (key) has it."""
        who = self.engineer(engineer)
        return self._apply(
            number,
            uow,
            lambda incident, now: answer.acknowledge(incident, who, via=via, holder=self._holder(incident), now=now),
        )

    def snooze(self, number: int, *, engineer: str, until: datetime, via: str, uow: Transaction = None) -> Outcome:
        """This engineer (key) has it, and nobody is paged before ``until``. Raises UsageError where that cannot be."""
        who = self.engineer(engineer)
        zone = self.clocks_of(who)

        def decide(incident: Incident, now: datetime) -> Change:
            holder = self._holder(incident)
            return snooze(incident, who, until=until, timezone=zone, via=via, holder=holder, now=now)

        return replace(self._apply(number, uow, decide), timezone=zone)

    def clocks_of(self, engineer: Engineer) -> str:
        """The zone in which this engineer reads and writes times."""
        return engineer.timezone or self._configuration().business_hours.timezone

    def pass_on(self, number: int, *, engineer: str, via: str, uow: Transaction = None) -> Outcome:
        """This engineer (key) cannot: the next step is paged. Raises UsageError if they were never paged."""
        who = self.engineer(engineer)
        return self._pass(
            number,
            who,
            lambda incident, paged_at, now: answer.pass_on(
                incident, who, paged_at=paged_at, via=via, holder=self._holder(incident), now=now
            ),
            uow,
        )

    def hand_over(self, number: int, *, engineer: str, to: str, via: str, uow: Transaction = None) -> Outcome:
        """This engineer (key) cannot: ``to``, a key or a name, is paged. Raises UsageError where that cannot be."""
        who, whom = self.engineer(engineer), named_engineer(to, self._configuration().engineers.values())
        return self._pass(
            number,
            who,
            lambda incident, _paged_at, now: hand_over(
                incident, who, whom, via=via, holder=self._holder(incident), now=now
            ),
            uow,
        )

    def resolve(self, number: int, *, engineer: str, note: str, via: str, uow: Transaction = None) -> Outcome:
        """It is over; the customer is told, with the note ("" for none)."""
        who = self.engineer(engineer)
        with self._within(uow) as transaction:
            return self._answer(transaction, number, self._resolving(transaction, who, note=note, via=via))

    def update(self, number: int, *, engineer: str, note: str, via: str, uow: Transaction = None) -> Outcome:
        """News for the customer."""
        name = self.engineer(engineer).name
        return self._apply(
            number, uow, lambda incident, now: answer.update(incident, by=name, note=note, via=via, now=now)
        )

    def note(self, number: int, *, by: str, note: str, via: str, uow: Transaction = None) -> Outcome:
        """A fact for the team. ``by`` is a name."""
        return self._apply(number, uow, lambda incident, now: answer.note(incident, by=by, text=note, via=via, now=now))

    def reopen(self, number: int, *, by: str, via: str, uow: Transaction = None) -> Outcome:
        """It was not over: paging starts again. ``by`` says who asked."""

        def decide(incident: Incident, now: datetime) -> Change:
            if (quiet_no_more := disturbed(incident, by=by, via=via, now=now)) is not None:
                return quiet_no_more
            change = answer.reopen(incident, by=by, via=via, now=now)
            return self._with_a_new_promise(change, now) if change.changed and not incident.drill else change

        return self._apply(number, uow, decide)

    def _with_a_new_promise(self, change: Change, now: datetime) -> Change:
        configuration = self._configuration()
        promise = configuration.promise_of(change.incident.priority, change.incident.customer)
        return replace(change, incident=promised(change.incident, promise, configuration.business_hours, now))

    def screen(self, uow: UnitOfWork, number: int) -> Outcome:
        """An unknown number rang off without a key or a word; in the transaction of the call's end."""
        return self._answer(uow, number, lambda incident, now: answer.screen(incident, now=now))

    def engineer(self, key: str) -> Engineer:
        """The engineer of this key. Raises UsageError, naming those there are."""
        engineers = self._configuration().engineers
        if key not in engineers:
            raise UsageError(f"There is no engineer {key!r}. There are: {', '.join(engineers)}.")
        return engineers[key]

    def _resolving(self, uow: UnitOfWork, engineer: Engineer, *, note: str, via: str) -> Decide:
        def decide(incident: Incident, now: datetime) -> Change:
            # A webhook that comes twice is answered the same twice.
            facts = () if incident.open else uow.timeline.of(incident.number)
            again = answer.was_resolved_by(incident, facts, by=engineer.name, via=via)
            holder = self._holder(incident)
            return answer.resolve(incident, by=engineer.name, note=note, via=via, holder=holder, now=now, again=again)

        return decide

    def _meaning(self, uow: UnitOfWork, key: PageKey, engineer: Engineer, delivery: Delivery) -> Decide | None:
        match key:
            case PageKey.ACKNOWLEDGE:
                return lambda incident, now: answer.acknowledge(
                    incident, engineer, via="phone", holder=self._holder(incident), now=now
                )
            case PageKey.PASS:
                return lambda incident, now: answer.pass_on(
                    incident,
                    engineer,
                    paged_at=delivery.created_at,
                    via="phone",
                    holder=self._holder(incident),
                    now=now,
                )
            case PageKey.RESOLVE:
                return self._resolving(uow, engineer, note="", via="phone")
            case _:
                return None

    def _pass(self, number: int, who: Engineer, passes: Passes, uow: Transaction) -> Outcome:
        with self._within(uow) as transaction:
            transaction.incidents.get(number, lock=True)
            paged_at = _last_paged_at(transaction, number, who)

            def decide(incident: Incident, now: datetime) -> Change:
                if incident.open and paged_at is None and not incident.is_with(who.key):
                    raise UsageError(f"{who.name} was not paged for {number}, so there is nothing to pass on.")
                return passes(incident, paged_at or now, now)

            return self._answer(transaction, number, decide, passing=who)

    def _apply(self, number: int, uow: Transaction, decide: Decide) -> Outcome:
        with self._within(uow) as transaction:
            return self._answer(transaction, number, decide)

    def _within(self, uow: Transaction) -> AbstractContextManager[UnitOfWork]:
        return self._env.database.begin() if uow is None else nullcontext(uow)

    def _answer(self, uow: UnitOfWork, number: int, decide: Decide, *, passing: Engineer | None = None) -> Outcome:
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
        notices = (*change.notices, *self._news_of_whoever_is_left(incident, stored))
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
        facts = (("engineer", self._holder(after)), ("holder", after.acknowledged_by))
        return (Notify(NoticePurpose.ACKNOWLEDGED, facts),)

    def _silence(self, uow: UnitOfWork, number: int, now: datetime, *, only: str = "") -> None:
        """Stop every page of the incident, or only those to one engineer (key)."""
        for page in uow.deliveries.unfinished_pages(number, lock=True):
            if only in ("", page.recipient):
                uow.deliveries.save(silenced(page, now))
        uow.wake_engine()

    def _holder(self, incident: Incident) -> str:
        """The name of whoever has the incident; "" for nobody, and once it is over: another may have resolved it."""
        if not incident.open:
            return ""
        engineer = self._configuration().engineers.get(incident.acknowledged_by)
        return engineer.name if engineer else incident.acknowledged_by

    def _engineer_of(self, delivery: Delivery) -> Engineer:
        """The engineer who was paged, also where a later publish removed them: they have the phone in their hand."""
        known = self._configuration().engineers.get(delivery.recipient)
        name = delivery.details.get("engineer", delivery.recipient)
        return known or Engineer(delivery.recipient, name, delivery.address)

    def _configuration(self) -> Configuration:
        return self._env.configuration.current()


def _last_paged_at(uow: UnitOfWork, number: int, engineer: Engineer) -> datetime | None:
    """When the engineer's last run of notification rules began; None where they were not paged for this incident."""
    pages = (page for page in uow.deliveries.of(number) if page.kind is DeliveryKind.PAGE)
    return max((page.created_at for page in pages if page.recipient == engineer.key), default=None)
