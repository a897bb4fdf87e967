"""The one door for every answer, whatever channel it came by: key, SMS, click or command.

Who answers, and what they mean. `core` decides what it does, and `engine/answering.py` stores that in one transaction;
what is told to whoever answered is told after the commit.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime

from oncall.core.acknowledge import acknowledge
from oncall.core.change import Change
from oncall.core.configuration import Configuration
from oncall.core.delivery import Delivery, DeliveryKind, answered
from oncall.core.engineer import Engineer
from oncall.core.hand_over import hand_over, named_engineer
from oncall.core.incident import Incident, Outcome
from oncall.core.pass_on import pass_on
from oncall.core.promise_clock import became_late_at, promised
from oncall.core.reopen import reopen
from oncall.core.resolve import resolve, screen, was_resolved_by
from oncall.core.snooze import disturbed, snooze
from oncall.core.update import note as noted
from oncall.core.update import update
from oncall.core.voice_menu import PageKey
from oncall.engine.answering import Answers, Decide, last_paged_at
from oncall.engine.locking import locked
from oncall.engine.notices import Notices
from oncall.engine.partners import Partners
from oncall.errors import UsageError
from oncall.ports import Environment, UnitOfWork

# The incident, when the page that is answered began, and the present.
Passes = Callable[[Incident, datetime, datetime], Change]
Transaction = UnitOfWork | None


class Respond:
    """Every method returns an `Outcome`; asking twice changes nothing twice. Raises UnknownIncidentError.

    ``uow`` is the transaction to act in; without one, each answer is a transaction of its own.
    """

    def __init__(self, env: Environment, notices: Notices, partners: Partners) -> None:
        self._env = env
        self._answers = Answers(env, notices, partners)

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
            return self._answers.take(
                transaction, delivery.incident, decide, passing=engineer if key is PageKey.PASS else None
            )

    def acknowledge(self, number: int, *, engineer: str, via: str, uow: Transaction = None) -> Outcome:
        """This engineer (key) has it."""
        who = self.engineer(engineer)
        return self._apply(
            number,
            uow,
            lambda incident, now: acknowledge(incident, who, via=via, holder=self._answers.holder(incident), now=now),
        )

    def snooze(self, number: int, *, engineer: str, until: datetime, via: str, uow: Transaction = None) -> Outcome:
        """This engineer (key) has it, and nobody is paged before ``until``. Raises UsageError where that cannot be."""
        who = self.engineer(engineer)
        zone = self.clocks_of(who)

        def decide(incident: Incident, now: datetime) -> Change:
            holder = self._answers.holder(incident)
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
            lambda incident, paged_at, now: pass_on(
                incident, who, paged_at=paged_at, via=via, holder=self._answers.holder(incident), now=now
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
                incident, who, whom, via=via, holder=self._answers.holder(incident), now=now
            ),
            uow,
        )

    def resolve(self, number: int, *, engineer: str, note: str, via: str, uow: Transaction = None) -> Outcome:
        """It is over; the customer is told, with the note ("" for none)."""
        who = self.engineer(engineer)
        with self._within(uow) as transaction:
            return self._answers.take(transaction, number, self._resolving(transaction, who, note=note, via=via))

    def closed_by_customer(self, number: int, *, by: str, note: str, via: str, uow: Transaction = None) -> Outcome:
        """The customer says that it is over; ``by`` is who did. Nobody is told who it was, but in the timeline."""

        def decide(incident: Incident, now: datetime) -> Change:
            holder = self._answers.holder(incident)
            change = resolve(incident, by=by, note=note, via=via, holder=holder, now=now)
            untold = (replace(each, details=(("note", note), ("engineer", ""))) for each in change.notices)
            return replace(change, notices=tuple(untold))

        return self._apply(number, uow, decide)

    def update(self, number: int, *, engineer: str, note: str, via: str, uow: Transaction = None) -> Outcome:
        """News for the customer."""
        name = self.engineer(engineer).name
        return self._apply(number, uow, lambda incident, now: update(incident, by=name, note=note, via=via, now=now))

    def note(self, number: int, *, by: str, note: str, via: str, uow: Transaction = None) -> Outcome:
        """A fact for the team. ``by`` is a name."""
        return self._apply(number, uow, lambda incident, now: noted(incident, by=by, text=note, via=via, now=now))

    def reopen(self, number: int, *, by: str, via: str, uow: Transaction = None) -> Outcome:
        """It was not over: paging starts again. ``by`` says who asked."""

        def decide(incident: Incident, now: datetime) -> Change:
            if (quiet_no_more := disturbed(incident, by=by, via=via, now=now)) is not None:
                return quiet_no_more
            change = reopen(incident, by=by, via=via, now=now)
            late_since = became_late_at(incident, now)
            return (
                self._with_a_new_promise(change, late_since, now) if change.changed and not incident.drill else change
            )

        return self._apply(number, uow, decide)

    def _with_a_new_promise(self, change: Change, late_since: datetime | None, now: datetime) -> Change:
        configuration, incident = self._configuration(), change.incident
        promise = configuration.promise_of(incident.priority, incident.customer)
        anew = promised(incident, promise, configuration.business_hours, now, late_since=late_since)
        return replace(change, incident=anew)

    def screen(self, uow: UnitOfWork, number: int) -> Outcome:
        """An unknown number rang off without a key or a word; in the transaction of the call's end."""
        return self._answers.take(uow, number, lambda incident, now: screen(incident, now=now))

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
            again = was_resolved_by(incident, facts, by=engineer.name, via=via)
            holder = self._answers.holder(incident)
            return resolve(incident, by=engineer.name, note=note, via=via, holder=holder, now=now, again=again)

        return decide

    def _meaning(self, uow: UnitOfWork, key: PageKey, engineer: Engineer, delivery: Delivery) -> Decide | None:
        match key:
            case PageKey.ACKNOWLEDGE:
                return lambda incident, now: acknowledge(
                    incident, engineer, via="phone", holder=self._answers.holder(incident), now=now
                )
            case PageKey.PASS:
                return lambda incident, now: pass_on(
                    incident,
                    engineer,
                    paged_at=delivery.created_at,
                    via="phone",
                    holder=self._answers.holder(incident),
                    now=now,
                )
            case PageKey.RESOLVE:
                return self._resolving(uow, engineer, note="", via="phone")
            case _:
                return None

    def _pass(self, number: int, who: Engineer, passes: Passes, uow: Transaction) -> Outcome:
        with self._within(uow) as transaction:
            transaction.incidents.get(number, lock=True)
            paged_at = last_paged_at(transaction, number, who)

            def decide(incident: Incident, now: datetime) -> Change:
                if incident.open and paged_at is None and not incident.is_with(who.key):
                    raise UsageError(f"{who.name} was not paged for {number}, so there is nothing to pass on.")
                return passes(incident, paged_at or now, now)

            return self._answers.take(transaction, number, decide, passing=who)

    def _apply(self, number: int, uow: Transaction, decide: Decide) -> Outcome:
        with self._within(uow) as transaction:
            return self._answers.take(transaction, number, decide)

    def _within(self, uow: Transaction) -> AbstractContextManager[UnitOfWork]:
        return self._env.database.begin() if uow is None else nullcontext(uow)

    def _engineer_of(self, delivery: Delivery) -> Engineer:
        """The engineer who was paged, also where a later publish removed them: they have the phone in their hand."""
        known = self._configuration().engineers.get(delivery.recipient)
        name = delivery.details.get("engineer", delivery.recipient)
        return known or Engineer(delivery.recipient, name, delivery.address)

    def _configuration(self) -> Configuration:
        return self._env.configuration.current()
