"""Sending what is due: claim by lease, send outside any transaction, record what the provider said.

1. ``claim`` leases due deliveries, and those whose worker died, and commits.
2. ``deliver`` renders one message, asks the provider first whether an earlier attempt went, sends it, and records
the answer.
3. ``stop`` tells the provider to stop what rings and is no longer wanted.

A lease is longer than any bounded send, so a delivery is in one pair of hands at a time.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core import delivery as transitions
from oncall.core.bundle_wording import bundle_sms
from oncall.core.delivery import MEETING, Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import Incident
from oncall.core.notice import NoticePurpose, outdated
from oncall.core.wording import notice_subject, notice_text, operator_text, page_email, page_sms
from oncall.engine.aftermath import Aftermath
from oncall.engine.courtesy import Courtesy
from oncall.engine.distress import Distress
from oncall.engine.leases import LEASE_FOR, STOP_LEASE_FOR, holds_on
from oncall.engine.locking import locked, locked_as_claimed
from oncall.engine.meetings import mailed_files
from oncall.engine.operators import Operators
from oncall.engine.paces import paces_in_force
from oncall.engine.shift_texts import is_over
from oncall.engine.welcome import attachments_of
from oncall.errors import (
    ChannelError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    StoreError,
    TransientError,
)
from oncall.ports import Attachment, Channel, Channels, Environment, Message, Receipt, UnitOfWork

PAGE_EXPIRES_SECONDS = 300
NOTICE_EXPIRES_SECONDS = 3600
LOOK_BACK_FOR = timedelta(seconds=30)


class Dispatch:
    """``worker`` names this engine in the leases."""

    def __init__(
        self,
        env: Environment,
        channels: Channels,
        aftermath: Aftermath,
        operators: Operators,
        *,
        worker: str,
        distress: Distress,
    ) -> None:
        self._env = env
        self._channels = channels
        self._aftermath = aftermath
        self._operators = operators
        self._worker = worker
        self._courtesy = Courtesy(env)
        self._distress = distress

    def claim(self, now: datetime, limit: int) -> list[Delivery]:
        """Lease at most ``limit`` due deliveries, the most urgent first."""
        with self._env.database.begin() as uow:
            return uow.deliveries.claim_due(
                now, worker=self._worker, lease_until=now + LEASE_FOR, limit=limit, paces=paces_in_force(self._env)
            )

    def next_due_at(self, uow: UnitOfWork, now: datetime) -> datetime | None:
        """When the next can be claimed, the carrier's pace considered; None when nothing waits."""
        return uow.deliveries.next_due_at(now, paces_in_force(self._env))

    def claim_stops(self, now: datetime, limit: int) -> list[Delivery]:
        """Lease at most ``limit`` deliveries that are to be stopped at the provider."""
        with self._env.database.begin() as uow:
            return uow.deliveries.claim_cancellations(
                now, worker=self._worker, lease_until=now + STOP_LEASE_FOR, limit=limit
            )

    def deliver(self, delivery: Delivery, *others: Delivery) -> None:
        """Send one claimed delivery, ``others`` in the same call or text, and record what came of it.

        Every failure is recorded; none is raised but StoreError.
        """
        try:
            incident = self._incident_of(delivery)
            if _outdated(delivery, incident) or is_over(delivery, self._env.clock.now()):
                self._withdraw(delivery)
                return
            if self._courtesy.other_ways_first((delivery, *others)):
                return
            receipt = self._hand_over(delivery, incident, others)
        except ChannelError as error:
            self._record_failure((delivery, *others), error)
        except StoreError:
            raise
        except Exception as problem:  # noqa: BLE001 - our own bug must not lose a page: recorded, and the next rule goes on
            self._env.log("dispatch.failed", delivery=delivery.id, problem=repr(problem))
            self._record_failure((delivery, *others), OutcomeUnknownError(f"our own mistake: {problem!r}"))
        else:
            if receipt is not None:
                self._record_sent(delivery, receipt)

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
            found = self._look_up(delivery, channel, self._message(delivery, self._incident_of(delivery)))
        return (found.provider_id, found.provider) if found else ("", "")

    def _hand_over(
        self, delivery: Delivery, incident: Incident | None, others: Sequence[Delivery] = ()
    ) -> Receipt | None:
        """None where it is in other hands by now, or nobody needs it any more."""
        channel = self._channels.get(delivery.method)
        if channel is None:
            raise SetupError(f"paging by {delivery.method.value} is not connected here", code="not-connected")
        if not delivery.address:
            raise RecipientError(f"{delivery.recipient} has no address for {delivery.method.value}", code="no-address")
        if delivery.bundle is None:
            message = self._message(delivery, incident)
            found = self._look_up(delivery, channel, message) if delivery.in_doubt else None
        else:
            found = self._look_up_bundle(delivery, channel) if delivery.in_doubt else None
            together = self._still_together(delivery) if delivery.in_doubt else ()
            message = self._message_of_bundle(together or (delivery, *others))
        if found is None and not holds_on(self._env, delivery, *others):
            self._env.log("delivery.let_go", delivery=delivery.id)
            return None
        return found or channel.send(message)

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
        return self._look_up(delivery, channel, self._message_of_bundle(together))

    def _message_of_bundle(self, together: Sequence[Delivery]) -> Message:
        numbers = {one.incident for one in together if one.incident is not None}
        with self._env.database.read() as uow:
            incidents = uow.incidents.get_many(numbers)
        lead = together[0]
        message = self._message(lead, incidents.get(lead.incident or 0))
        text = bundle_sms([incidents[number] for number in sorted(incidents)]) if len(incidents) > 1 else message.text
        return replace(message, delivery_id=lead.bundle or lead.id, text=text)

    def _look_up(self, delivery: Delivery, channel: Channel, message: Message) -> Receipt | None:
        since = delivery.created_at - LOOK_BACK_FOR
        with self._env.database.read() as uow:
            known = uow.deliveries.known_provider_ids(delivery.address, since)
        return channel.find(message, since, known)

    def _incident_of(self, delivery: Delivery) -> Incident | None:
        if delivery.incident is None:
            return None
        with self._env.database.read() as uow:
            return uow.incidents.get(delivery.incident)

    def _withdraw(self, delivery: Delivery) -> None:
        """A notice that has waited, and is overtaken by what happened since, is not sent."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            _, current = locked(uow, delivery.id)
            if current is not None and not current.finished:
                withdrawn = transitions.withdrawn(current, now)
                uow.deliveries.save(withdrawn)
                self._aftermath.record(uow, withdrawn, now)

    def _message(self, delivery: Delivery, incident: Incident | None) -> Message:
        subject, text = self._words(delivery, incident)
        may_wait = delivery.kind is DeliveryKind.NOTICE or delivery.unhurried
        expires = NOTICE_EXPIRES_SECONDS if may_wait else PAGE_EXPIRES_SECONDS
        hotline = self._env.configuration.current().hotline
        return Message(
            delivery.id,
            delivery.kind,
            delivery.address,
            text,
            subject,
            expires,
            ring_seconds=int(hotline.ring_for.total_seconds()),
            detect_machine=hotline.machine_detection and delivery.kind is DeliveryKind.PAGE,
            attachments=self._attachments(delivery),
        )

    def _attachments(self, delivery: Delivery) -> tuple[Attachment, ...]:
        if delivery.purpose != MEETING:
            return attachments_of(delivery, self._env.configuration.current().hotline)
        with self._env.database.read() as uow:
            return mailed_files(uow, delivery)

    def _words(self, delivery: Delivery, incident: Incident | None) -> tuple[str, str]:
        if delivery.unhurried:
            return delivery.details.get("subject", ""), delivery.details.get("text", "")
        if delivery.kind is DeliveryKind.OPERATOR or incident is None:
            return delivery.details.get("subject", ""), operator_text(delivery.details)
        hotline = self._env.configuration.current().hotline
        if delivery.kind is DeliveryKind.NOTICE:
            language = incident.language or hotline.language
            purpose = NoticePurpose(delivery.purpose)
            subject = notice_subject(purpose, incident, delivery.details, language)
            return subject, notice_text(purpose, incident, delivery.details, language)
        subject, body = page_email(incident, hotline=hotline.company)
        return subject, body if delivery.method.value == "email" else page_sms(incident, hotline=hotline.company)

    def _record_sent(self, delivery: Delivery, receipt: Receipt) -> None:
        self._distress.went(delivery)
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            for incident, current in locked_as_claimed(uow, delivery):
                if current.bundle is not None and current.id != delivery.id and current.settled == current.attempts:
                    continue  # it has left the bundle: refused before, or recorded already
                stored = transitions.sent(
                    current, receipt.provider_id, receipt.status, now, final=receipt.final, provider=receipt.provider
                )
                uow.deliveries.save(stored)
                self._aftermath.record(uow, stored, now)
                if stored.cancel_wanted:
                    uow.wake_engine()
                if stored.kind is DeliveryKind.PAGE:
                    self._record_end(uow, incident, stored, now)
        self._env.log("delivery.sent", delivery=delivery.id, method=delivery.method.value, kind=delivery.kind.value)

    def _record_end(self, uow: UnitOfWork, incident: Incident | None, page: Delivery, now: datetime) -> None:
        """A look-up may find that it is over: its callbacks were lost, and nobody would go on with what follows."""
        ended = transitions.provider_said(
            page, provider_id=page.provider_id, status=page.provider_status, code="", detail="", now=now
        )
        if not ended.finished or page.finished:
            return
        uow.deliveries.save(ended)
        self._aftermath.record(uow, ended, now)
        if ended.state is DeliveryState.FAILED:
            self._aftermath.after_failure(uow, incident, ended, now)

    def _record_failure(self, together: Sequence[Delivery], error: ChannelError) -> None:
        self._distress.refused(together[0], error)
        now, attempts = self._env.clock.now(), {one.id: one.attempts for one in together}
        chance = self._env.rng.random()
        with self._env.database.begin() as uow:
            for incident, current in locked_as_claimed(uow, together[0]):
                if current.finished or current.attempts != attempts.get(current.id) or current.provider_id:
                    continue
                stored = self._failed(current, error, now, chance)
                uow.deliveries.save(stored)
                self._aftermath.record(uow, stored, now)
                self._aftermath.after_failure(uow, incident, stored, now)
                self._alarm(uow, stored, error, now)
        lead = together[0]
        self._env.log("delivery.failed", delivery=lead.id, method=lead.method.value, problem=str(error))

    def _failed(self, current: Delivery, error: ChannelError, now: datetime, chance: float) -> Delivery:
        unknown = isinstance(error, OutcomeUnknownError)
        if current.cancel_wanted and not unknown:
            return transitions.stopped(current, now)
        may_wait = current.kind is DeliveryKind.NOTICE or current.unhurried
        notice_waits_for_operators = isinstance(error, SetupError) and may_wait
        wait_for = None
        if isinstance(error, TransientError) or notice_waits_for_operators:
            wait_for = transitions.retry_in(current, chance)
        if wait_for is None:
            return transitions.failed(current, now, error=str(error), code=error.code)
        again = transitions.retried(
            current, now + wait_for, error=str(error), code=error.code, gone_for_sure=not unknown
        )
        # Refused for sure, it is free to go with others next time; in doubt, the bundle is looked up as a whole.
        return again if again.attempts > again.settled else replace(again, bundle=None)

    def _alarm(self, uow: UnitOfWork, delivery: Delivery, error: ChannelError, now: datetime) -> None:
        """What a human must mend; not about operator messages themselves, whose failing must not breed more of them."""
        if delivery.kind is DeliveryKind.OPERATOR:
            return
        if isinstance(error, SetupError):
            text = f"Nothing can be sent by {delivery.method.value} until our account or settings are mended: {error}"
            self._operators.tell(uow, f"setup:{delivery.method.value}:{error.code}", text, now)
        elif isinstance(error, RecipientError) and delivery.kind is DeliveryKind.PAGE:
            name = delivery.details.get("engineer", delivery.recipient)
            text = f"{name} cannot be paged by {delivery.method.value}: {error}"
            self._operators.tell(uow, f"recipient:{delivery.recipient}:{delivery.method.value}", text, now)


def _outdated(delivery: Delivery, incident: Incident | None) -> bool:
    notice = delivery.kind is DeliveryKind.NOTICE and incident is not None
    return notice and incident is not None and outdated(NoticePurpose(delivery.purpose), incident, delivery.details)
