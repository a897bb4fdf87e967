"""Sending what is due: claim by lease, send outside any transaction, record what the provider said.

1. ``claim`` leases due deliveries, and those whose worker died, and commits.
2. ``deliver`` asks the provider first whether an earlier attempt went, sends one message, and has the answer recorded
(`receipts`, `refusals`).
3. ``stop`` tells the provider to stop what rings and is no longer wanted.

A lease is longer than any bounded send, so a delivery is in one pair of hands at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oncall.core import delivery as transitions
from oncall.core.accounted import Accounted, accounted, accounted_since
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import Incident, IncidentState
from oncall.core.notice import NoticePurpose, outdated
from oncall.engine.aftermath import Aftermath
from oncall.engine.courtesy import Courtesy
from oncall.engine.departure import Departure
from oncall.engine.distress import Distress
from oncall.engine.leases import LEASE_FOR, STOP_LEASE_FOR, holds_on
from oncall.engine.locking import locked
from oncall.engine.messages import Messages
from oncall.engine.operators import Operators
from oncall.engine.paces import AccountsKept, account_in_force
from oncall.engine.receipts import Receipts
from oncall.engine.refusals import Refusals
from oncall.engine.shift_texts import is_over
from oncall.errors import ChannelError, OutcomeUnknownError, RecipientError, SetupError, StoreError
from oncall.ports import Channel, Channels, Environment, Message, Receipt

LOOK_BACK_FOR = timedelta(seconds=30)
# A page that was claimed longer ago may have been answered meanwhile, and is looked at again.
FRESH_FOR = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class AsClaimed:
    """``incidents`` by number, and the ids of calls in whose place nothing else could go (`courtesy`).

    ``claimed_for`` is the telephone provider by whose pace they were claimed, "" where that is not known.
    """

    incidents: Mapping[int, Incident] = field(default_factory=dict)
    without_other_way: frozenset[str] = frozenset()
    claimed_for: str = ""


class Dispatch:
    """``worker`` names this engine in the leases."""

    def __init__(
        self,
        env: Environment,
        channels: Channels,
        aftermath: Aftermath,
        operators: Operators,
        receipts: Receipts,
        *,
        worker: str,
        distress: Distress,
    ) -> None:
        self._env = env
        self._channels = channels
        self._aftermath = aftermath
        self._messages = Messages(env)
        self._departure = Departure(env)
        self._receipts = receipts
        self._refusals = Refusals(env, aftermath, operators, distress)
        self._worker = worker
        self._courtesy = Courtesy(env)
        self._distress = distress
        self._accounts = AccountsKept(env.database)
        self._claimed_for = ""

    def claim(self, now: datetime, limit: int) -> list[Delivery]:
        """Lease at most ``limit`` due deliveries, the most urgent first."""
        self._claimed_for, paces = account_in_force(self._env)
        if paces:
            self._accounts.keep(self._claimed_for, now)
        with self._env.database.begin() as uow:
            return uow.deliveries.claim_due(
                now, worker=self._worker, lease_until=now + LEASE_FOR, limit=limit, paces=paces
            )

    def as_claimed(self, claimed: Sequence[Delivery], now: datetime) -> AsClaimed:
        """What is known of all these, just claimed, at once; of each it is read again where that fails."""
        claimed_for = self._claimed_for
        numbers = {one.incident for one in claimed if one.incident is not None}
        try:
            with self._env.database.look() as uow:
                incidents = uow.incidents.get_many(numbers)
                return AsClaimed(incidents, self._courtesy.without_other_way(uow, claimed, now), claimed_for)
        except Exception as problem:  # noqa: BLE001 - one unreadable row must not hold up the others, claim after claim
            self._env.log("dispatch.read_apart", problem=repr(problem))
            return AsClaimed(claimed_for=claimed_for)

    def claim_stops(self, now: datetime, limit: int) -> list[Delivery]:
        """Lease at most ``limit`` deliveries that are to be stopped at the provider."""
        with self._env.database.begin() as uow:
            return uow.deliveries.claim_cancellations(
                now, worker=self._worker, lease_until=now + STOP_LEASE_FOR, limit=limit
            )

    def deliver(self, delivery: Delivery, *others: Delivery, as_claimed: AsClaimed | None = None) -> None:
        """Send one claimed delivery, ``others`` in the same call or text, and record what came of it.

        ``as_claimed`` is what was known of it then. Every failure is recorded; none is raised but StoreError.
        """
        known = as_claimed or AsClaimed()
        try:
            incident = self._incident_of(delivery, known.incidents)
            if self._is_overtaken(delivery, incident):
                self._env.log("delivery.let_go", delivery=delivery.id)
                return
            if _outdated(delivery, incident) or is_over(delivery, self._env.clock.now()):
                self._withdraw(delivery)
                return
            if self._courtesy.other_ways_first((delivery, *others), known.without_other_way):
                return
            receipt = self._hand_over(delivery, incident, others, known.claimed_for)
        except ChannelError as error:
            self._refusals.record((delivery, *others), error)
        except StoreError:
            raise
        except Exception as problem:  # noqa: BLE001 - our own bug must not lose a page: recorded, and the next rule goes on
            self._env.log("dispatch.failed", delivery=delivery.id, problem=repr(problem))
            self._refusals.record((delivery, *others), OutcomeUnknownError(f"our own mistake: {problem!r}"))
        else:
            if receipt is not None:
                self._distress.went(delivery)
                self._receipts.record(delivery, receipt)

    def stop(self, delivery: Delivery) -> None:
        """Tell the provider to stop one call, looking for it first where its id was never recorded."""
        channel = self._channels.get(delivery.method)
        try:
            if not self._rings_for_others(delivery):
                provider_id, provider = delivery.provider_id, delivery.provider
                if not provider_id:
                    provider_id, provider = self._lost(delivery, channel)
                if provider_id and channel is not None:
                    channel.cancel(provider_id, provider=provider)
        except ChannelError as error:
            # The lease runs out and it is tried again; a call that nobody answers ends by itself meanwhile.
            self._env.log("stop.failed", delivery=delivery.id, problem=str(error))
            return
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            _, current = locked(uow, delivery.id)
            if current is not None:
                ended = transitions.stopped(current, now)
                uow.deliveries.save(ended)
                self._aftermath.record(uow, ended, now)

    def _rings_for_others(self, delivery: Delivery) -> bool:
        """Whether the call is about another incident that nobody has yet."""
        if delivery.bundle is None:
            return False
        with self._env.database.read() as uow:
            together = uow.deliveries.bundled(delivery.bundle)
        return any(one.id != delivery.id and not one.finished and not one.cancel_wanted for one in together)

    def _lost(self, delivery: Delivery, channel: Channel | None) -> tuple[str, str]:
        """Its id at the provider, and which that is, as far as can be found out; "" twice where nothing can."""
        found: Receipt | None = None
        if channel is not None:
            found = self._look_up(delivery, channel, self._messages.of(delivery, self._incident_of(delivery)))
        return (found.provider_id, found.provider) if found else ("", "")

    def _hand_over(
        self, delivery: Delivery, incident: Incident | None, others: Sequence[Delivery] = (), claimed_for: str = ""
    ) -> Receipt | None:
        """None where it is in other hands by now, or nobody needs it any more."""
        channel = self._channels.get(delivery.method)
        if channel is None:
            raise SetupError(f"paging by {delivery.method.value} is not connected here", code="not-connected")
        if not delivery.address:
            raise RecipientError(f"{delivery.recipient} has no address for {delivery.method.value}", code="no-address")
        if delivery.bundle is None:
            message = self._messages.of(delivery, incident)
            found = self._look_up(delivery, channel, message) if delivery.in_doubt else None
        else:
            found = self._look_up_bundle(delivery, channel) if delivery.in_doubt else None
            together = self._still_together(delivery) if delivery.in_doubt else ()
            message = self._messages.of_bundle(together or (delivery, *others))
        if found is not None:
            return found
        prepared = self._departure.prepared(delivery, message, claimed_for)
        # Last, as what came before may have taken long.
        if not holds_on(self._env, delivery, *others):
            self._env.log("delivery.let_go", delivery=delivery.id)
            return None
        return channel.send(prepared)

    def _still_together(self, delivery: Delivery) -> list[Delivery]:
        """All of a bundle in doubt that are recorded as sent with it, also those whose own next try would be later."""
        with self._env.database.read() as uow:
            together = uow.deliveries.bundled(delivery.bundle or delivery.id)
        return [one for one in together if not one.finished and not one.cancel_wanted and one.attempts > one.settled]

    def _look_up_bundle(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        """It went, if it went, as it was claimed first: about all of its incidents, whoever has some of them by now."""
        with self._env.database.read() as uow:
            together = uow.deliveries.bundled(delivery.bundle or delivery.id)
        recorded = next((one for one in together if one.provider_id and one.state is not DeliveryState.FAILED), None)
        if recorded is not None:
            return Receipt(recorded.provider_id, recorded.provider_status, provider=recorded.provider)
        return self._look_up(delivery, channel, self._messages.of_bundle(together))

    def _look_up(self, delivery: Delivery, channel: Channel, message: Message) -> Receipt | None:
        since = delivery.created_at - LOOK_BACK_FOR

        def known() -> Accounted:
            with self._env.database.read() as uow:
                return accounted(uow.deliveries.attempted(delivery.address, accounted_since(since)), delivery)

        return channel.find(self._messages.as_handed_over(delivery, message), since, known)

    def _incident_of(self, delivery: Delivery, as_claimed: Mapping[int, Incident] | None = None) -> Incident | None:
        if delivery.incident is None:
            return None
        # What a notice says may be overtaken within milliseconds. A page asks the same whatever was added meanwhile.
        is_page = delivery.kind is DeliveryKind.PAGE
        if is_page and as_claimed and self._is_fresh(delivery):
            return as_claimed.get(delivery.incident)
        # A look fails once where its connection was lost; a page would not leave before its lease has run out then.
        with self._env.database.read() if is_page else self._env.database.look() as uow:
            return uow.incidents.get(delivery.incident)

    def _is_fresh(self, delivery: Delivery) -> bool:
        until = delivery.lease_until
        return until is not None and until - self._env.clock.now() >= LEASE_FOR - FRESH_FOR

    def _is_overtaken(self, page: Delivery, incident: Incident | None) -> bool:
        """Whether somebody has answered while a page waited for its turn. One in doubt is looked up all the same."""
        if page.kind is not DeliveryKind.PAGE or page.bundle is not None or page.in_doubt or self._is_fresh(page):
            return False
        return incident is not None and incident.state is not IncidentState.TRIGGERED

    def _withdraw(self, delivery: Delivery) -> None:
        """A notice that has waited, and is overtaken by what happened since, is not sent."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            incident, current = locked(uow, delivery.id)
            if current is not None and not current.finished:
                withdrawn = transitions.withdrawn(current, now)
                uow.deliveries.save(withdrawn)
                self._aftermath.record(uow, withdrawn, now)
                self._aftermath.after_withdrawal(uow, incident, withdrawn, now)


def _outdated(delivery: Delivery, incident: Incident | None) -> bool:
    notice = delivery.kind is DeliveryKind.NOTICE and incident is not None
    return notice and incident is not None and outdated(NoticePurpose(delivery.purpose), incident, delivery.details)
