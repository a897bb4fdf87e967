"""What follows a delivery that ended: the next notification rule at once, a call where SMS cannot reach, the
operators told."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from oncall.core.answering_machine import machine_fact
from oncall.core.delivery import CAME_TO_NOTHING, Delivery, DeliveryKind, DeliveryState
from oncall.core.delivery_facts import fact
from oncall.core.engineer import ContactMethod
from oncall.core.escalation import unreachable
from oncall.core.incident import Incident, IncidentState, TimelineEntry, TimelineKind
from oncall.core.notice import NoticePurpose
from oncall.core.page import bring_forward, went_nowhere
from oncall.core.provider_errors import classify_callback_error
from oncall.engine.operators import Operators
from oncall.engine.shift_texts import ShiftTexts
from oncall.ports import Environment, UnitOfWork

NOTICE_CALLS = 3
A_CALL_LASTS = timedelta(minutes=3)
GOODBYE_LASTS = timedelta(seconds=30)  # what is said after a key was pressed
RANG_LATELY_FOR = timedelta(minutes=15)
NOTICE_CALL_AGAIN_AFTER = timedelta(minutes=2)


class Aftermath:
    """Called with the incident locked, in the transaction that stored the delivery's new state."""

    def __init__(self, env: Environment, operators: Operators, shift_texts: ShiftTexts) -> None:
        self._env = env
        self._operators = operators
        self._shift_texts = shift_texts

    def record(self, uow: UnitOfWork, delivery: Delivery, now: datetime) -> None:
        """Write what became of a delivery into its incident's timeline."""
        self.record_all(uow, [delivery], now)

    def record_all(self, uow: UnitOfWork, deliveries: Iterable[Delivery], now: datetime) -> None:
        """Write what became of each into its incident's timeline; these may be of several incidents."""
        uow.timeline.add_many([(one.incident, _entry(one, now)) for one in deliveries if one.incident is not None])

    def after_failure(self, uow: UnitOfWork, incident: Incident | None, delivery: Delivery, now: datetime) -> None:
        """It failed, or must wait for another try: go on with what comes next."""
        match delivery.kind:
            case DeliveryKind.PAGE if incident is not None:
                self._next_rule(uow, delivery, now, only_if=incident.state is IncidentState.TRIGGERED)
                self._pass_if_unreachable(uow, incident.number, delivery, now)
            case DeliveryKind.OPERATOR if delivery.about_shifts:
                if delivery.state is DeliveryState.FAILED:
                    self._shift_texts.by_the_next_method(uow, delivery, now)
            case DeliveryKind.OPERATOR:
                self._next_rule(uow, delivery, now, only_if=True)
            case DeliveryKind.NOTICE if delivery.method is ContactMethod.EMAIL:
                pass  # the timeline says so; no telephone is known
            case DeliveryKind.NOTICE if delivery.state is DeliveryState.FAILED and incident is not None:
                self._speak_instead(uow, incident, delivery, now)
            case _:
                pass

    def after_withdrawal(self, uow: UnitOfWork, incident: Incident | None, notice: Delivery, now: datetime) -> None:
        """It was overtaken before it went: that somebody has it, who has given it back since. A customer whom nothing
        has reached yet hears at least that we are on it."""
        if incident is None or incident.state is not IncidentState.TRIGGERED or incident.held or incident.quiet:
            return
        if notice.purpose != NoticePurpose.ACKNOWLEDGED:
            return
        others = [one for one in uow.deliveries.of(incident.number) if one.kind is DeliveryKind.NOTICE]
        if any(one.state not in CAME_TO_NOTHING for one in others):
            return
        number, purpose = self._env.ids.new(), NoticePurpose.RECEIVED.value
        received = replace(_fresh(notice), id=number, chain=number, purpose=purpose, created_at=now, due_at=now)
        uow.deliveries.add([replace(received, position=0, details={**received.details, "at": now.isoformat()})])
        uow.wake_engine()

    def after_machine(self, uow: UnitOfWork, incident: Incident | None, page: Delivery, now: datetime) -> None:
        """A machine may have answered: what comes next is not waited for, as if nobody had been reached."""
        if incident is None:
            return
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.PAGE, machine_fact(page))])
        self._next_rule(uow, page, now, only_if=incident.state is IncidentState.TRIGGERED)

    def after_arrival(self, uow: UnitOfWork, delivery: Delivery, now: datetime) -> None:
        """An operator who answered the telephone needs no second call."""
        if delivery.kind is DeliveryKind.OPERATOR and delivery.method is ContactMethod.CALL:
            for seen in uow.deliveries.chain(delivery.chain):
                other = _as_it_stands(uow, seen) if seen.state is DeliveryState.WAITING else seen
                if other.state is DeliveryState.WAITING:
                    uow.deliveries.save(replace(other, state=DeliveryState.CANCELLED, finished_at=now))

    def _next_rule(self, uow: UnitOfWork, delivery: Delivery, now: datetime, *, only_if: bool) -> None:
        if not only_if:
            return
        ours = _was_busy(delivery) and uow.deliveries.holds_the_line(
            delivery.address, but=delivery.incident, since=now - A_CALL_LASTS, lately=now - GOODBYE_LASTS
        )
        next_one = partial(bring_forward, after=delivery, now=now, line_is_ours=ours)
        following = next_one(uow.deliveries.chain(delivery.chain))
        if following is not None:
            following = next_one([_as_it_stands(uow, following)])
        if following is not None:
            uow.deliveries.save(following)
            uow.wake_engine()

    def _pass_if_unreachable(self, uow: UnitOfWork, number: int, failed: Delivery, now: datetime) -> None:
        """The step is passed at once where every page of it went nowhere: refused, or found to be for a dead number."""
        # Read again: of two pages that were refused together the first may have changed it.
        incident = uow.incidents.get(number, lock=True)
        if incident is None or incident.state is not IncidentState.TRIGGERED or incident.paged_at is None:
            return
        if incident.quiet or failed.created_at != incident.paged_at:
            return
        all_pages = [one for one in uow.deliveries.of(incident.number) if one.kind is DeliveryKind.PAGE]
        pages = [page for page in all_pages if page.created_at == incident.paged_at]
        if not all(went_nowhere(page) for page in pages):
            return
        sooner = unreachable(incident, now, every_minute=_is_no_dialling_in_vain(all_pages, pages, now))
        if sooner != incident:
            uow.incidents.save(sooner)
        follows = "the next step is paged" if sooner.step else f"the list starts again {_until(sooner.due_at, now)}"
        text = f"Incident {incident.number}: nobody of the step that was just paged can be reached; {follows}"
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.ESCALATION, text)])
        if not incident.drill:
            self._operators.tell(uow, f"unreachable:{incident.number}", text + ".", now)
        uow.wake_engine()

    def _speak_instead(self, uow: UnitOfWork, incident: Incident, delivery: Delivery, now: datetime) -> None:
        """SMS cannot reach the customer: a call speaks the notice, a few times until it is answered."""
        calls = sum(1 for other in uow.deliveries.chain(delivery.chain) if other.method is ContactMethod.CALL)
        if calls >= NOTICE_CALLS:
            whom = f"The customer of incident {incident.number}"
            text = f"{whom} could not be told ({delivery.purpose}) by SMS or by {calls} calls"
            uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.NOTICE, text)])
            self._operators.tell(uow, f"untold:{incident.number}", text + ".", now)
            return
        call = replace(
            _fresh(delivery),
            id=self._env.ids.new(),
            method=ContactMethod.CALL,
            position=delivery.position + 1,
            created_at=now,
            # Not in step with another notice to the same telephone, or both find it busy each time.
            due_at=now if calls == 0 else now + NOTICE_CALL_AGAIN_AFTER * (1 + self._env.rng.random()),
        )
        uow.deliveries.add([call])
        uow.wake_engine()


def _as_it_stands(uow: UnitOfWork, seen: Delivery) -> Delivery:
    """The same, locked: an engine whose clock is ahead may have claimed it since it was read, and what is stored over
    that would go twice."""
    return uow.deliveries.get(seen.id, lock=True) or seen


def _is_no_dialling_in_vain(all_pages: Sequence[Delivery], last: Sequence[Delivery], now: datetime) -> bool:
    """Whether the list may start again every minute: the provider refuses what is ours, or cannot be reached, so that
    nothing is dialled, and whoever mends that waits for the page; or others in the list have a telephone that rings."""
    if any(classify_callback_error(page.error_code) == "setup" for page in last):
        return True
    # Not every fault of ours has a code of the provider's.
    if all(page.sent_at is None for page in last) and not all(_is_theirs(page) for page in last):
        return True
    rang = [one for one in all_pages if one.finished and one.sent_at is not None and not went_nowhere(one)]
    return any(now - page.created_at <= RANG_LATELY_FOR for page in rang)


def _is_theirs(page: Delivery) -> bool:
    """Whether it failed because whoever is paged has no such address."""
    return not page.address or classify_callback_error(page.error_code) == "recipient"


def _until(due_at: datetime | None, now: datetime) -> str:
    minutes = round((due_at - now).total_seconds() / 60) if due_at is not None else 0
    if minutes < 1:
        return "in less than a minute"
    return "in a minute" if minutes == 1 else f"in {minutes} minutes"


def _entry(delivery: Delivery, now: datetime) -> TimelineEntry:
    kind = TimelineKind.NOTICE if delivery.kind is DeliveryKind.NOTICE else TimelineKind.PAGE
    return TimelineEntry(now, kind, fact(delivery))


def _was_busy(delivery: Delivery) -> bool:
    return delivery.method is ContactMethod.CALL and delivery.provider_status == "busy"


def _fresh(delivery: Delivery) -> Delivery:
    """The same facts as a delivery that nobody has tried."""
    return Delivery(
        id=delivery.id,
        kind=delivery.kind,
        purpose=delivery.purpose,
        incident=delivery.incident,
        recipient=delivery.recipient,
        method=delivery.method,
        address=delivery.address,
        created_at=delivery.created_at,
        due_at=delivery.due_at,
        chain=delivery.chain,
        position=delivery.position,
        urgency=delivery.urgency,
        details=delivery.details,
    )
