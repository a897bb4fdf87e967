"""What the provider says of a delivery afterwards: only forward, never twice, and what failed is followed at once."""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial

from oncall.core import delivery as transitions
from oncall.core.answering_machine import may_be_a_machine
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.delivery_facts import late_fact
from oncall.core.incident import Incident, TimelineEntry, TimelineKind
from oncall.core.provider_errors import classify_callback_error, meaning
from oncall.core.second_call import is_beside, is_second, second_id
from oncall.engine.aftermath import Aftermath
from oncall.engine.locking import locked, locked_bundle
from oncall.engine.operators import Operators
from oncall.engine.second_calls import note_second_call
from oncall.ports import Environment, UnitOfWork


class Callbacks:
    """Status callbacks of pages, notices and operator messages, by the delivery's id that their URL carries."""

    def __init__(self, env: Environment, aftermath: Aftermath, operators: Operators) -> None:
        self._env = env
        self._aftermath = aftermath
        self._operators = operators

    def call_answered(self, delivery_id: str, provider_id: str) -> None:
        """What the call had to say is being spoken, or has been."""
        self.provider_said(delivery_id=delivery_id, provider_id=provider_id, status=transitions.SPOKEN)

    def provider_said(
        self,
        *,
        delivery_id: str,
        provider_id: str,
        status: str,
        error_code: str = "",
        answered_by: str = "",
        provider: str = "",
    ) -> None:
        """Record a status. Unknown deliveries and statuses, late and repeated ones change nothing.

        ``provider`` is the name of the telephone provider that called back, "" where it is not known.
        ``answered_by`` (machine detection) is a guess and is only logged: a machine never acknowledges anyway.
        """
        delivery_id = self._that_has_news(self._env.database.read(), delivery_id, provider_id, status)
        if not delivery_id:
            return
        now = self._env.clock.now()

        def take_in(uow: UnitOfWork) -> None:
            together: list[tuple[Incident | None, Delivery]] = []
            for incident, before in locked_bundle(uow, delivery_id):
                silent = transitions.said_nothing(before, status)
                after = transitions.provider_said(
                    before,
                    provider_id=provider_id,
                    status="failed" if silent else status,
                    code=error_code,
                    detail=transitions.NOTHING_SAID if silent else meaning(error_code),
                    now=now,
                    provider=provider,
                )
                if after == before:
                    self._late_success(uow, before, provider_id, status, now)
                else:
                    self._changed(uow, incident, before, after, now)
                together.append((incident, after))
            note_second_call(uow, together, provider_id=provider_id, provider=provider, status=status, now=now)

        self._env.database.write(take_in)
        self._env.log("callback", delivery=delivery_id, status=status, code=error_code, answered_by=answered_by)

    def is_news(self, *, delivery_id: str, provider_id: str, status: str) -> bool:
        """Whether a status may change anything: most of a flood do not, and must not wait for those who write.

        What changes meanwhile only makes it less of a change, as statuses move forward. Raises StoreUnavailableError
        once where the database has been away meanwhile.
        """
        return bool(self._that_has_news(self._env.database.look(), delivery_id, provider_id, status))

    def _that_has_news(
        self, reading: AbstractContextManager[UnitOfWork], delivery_id: str, provider_id: str, status: str
    ) -> str:
        """The id of the delivery that it may change, which is another for a second call of the same; "" for none."""
        if not transitions.is_status(status):
            self._env.log("callback.unknown_status", delivery=delivery_id, status=status)
            return ""
        with reading as uow:
            together = uow.standings.of(delivery_id)
            if not together:
                self._env.log("callback.unknown_delivery", delivery=delivery_id, status=status)
                return ""
            if all(is_beside(one, provider_id) for one in together):
                own_id = second_id(together[0].bundle or delivery_id, provider_id)
                if own := uow.standings.of(own_id):
                    delivery_id, together = own_id, own
        news = any(
            transitions.may_change(one, provider_id=provider_id, status=status)
            or is_second(one, provider_id=provider_id, status=status)
            for one in together
        )
        return delivery_id if news else ""

    def never_ended(self, delivery_id: str) -> None:
        """The provider has been asked often enough how a call ended: what follows a failure goes on without it."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            for incident, before in locked_bundle(uow, delivery_id):
                after = transitions.never_ended(before, now)
                if after != before:
                    self._changed(uow, incident, before, after, now)

    def not_asked(self, asked: Delivery, wait_for: timedelta) -> None:
        """The provider was too busy, or away, to be asked what became of this delivery, and does not want to be asked
        before ``wait_for`` has passed: it is asked again soon, and for hours at most."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            incident, before = locked(uow, asked.id)
            # With another question, or news, since then, this one is of the past.
            if before is None or (before.asks, before.ask_at) != (asked.asks, asked.ask_at):
                return
            after = transitions.not_asked(before, now, wait_for)
            self._changed(uow, incident, before, after, now)

    def _changed(
        self, uow: UnitOfWork, incident: Incident | None, before: Delivery, after: Delivery, now: datetime
    ) -> None:
        uow.deliveries.save(after)
        if _worth_telling(before, after):
            self._aftermath.record(uow, after, now)
        if after.state is DeliveryState.FAILED:
            self._aftermath.after_failure(uow, incident, after, now)
            self._alarm(uow, after, now)
        if after.state is DeliveryState.DELIVERED:
            self._aftermath.after_arrival(uow, after, now)

    def _late_success(self, uow: UnitOfWork, before: Delivery, provider_id: str, status: str, now: datetime) -> None:
        """It reached somebody after we gave it up: a fact, which undoes nothing that was done since."""
        late = transitions.reached_after_all(before, provider_id=provider_id, status=status)
        if late == before:
            return
        uow.deliveries.save(late)
        if late.incident is not None:
            kind = TimelineKind.NOTICE if late.kind is DeliveryKind.NOTICE else TimelineKind.PAGE
            uow.timeline.add(late.incident, [TimelineEntry(now, kind, late_fact(late))])
        self._env.log("callback.late_success", delivery=late.id, status=status)

    def provider_guessed(self, *, delivery_id: str, provider_id: str, answered_by: str) -> None:
        """Record that a machine may have answered; the next method goes at once, and the call goes on as it was.

        Unknown deliveries, other guesses and repeated ones change nothing.
        """
        now = self._env.clock.now()
        guess = partial(may_be_a_machine, provider_id=provider_id, answered_by=answered_by)
        with self._env.database.read() as uow:
            seen = uow.deliveries.get(delivery_id)
            together = uow.deliveries.bundled(seen.bundle) if seen is not None and seen.bundle is not None else [seen]

        def take_in(uow: UnitOfWork) -> None:
            for incident, before in locked_bundle(uow, delivery_id):
                after = guess(before)
                if after is not None:
                    uow.deliveries.save(after)
                    self._aftermath.after_machine(uow, incident, after, now)

        if any(one is not None and guess(one) is not None for one in together):
            self._env.database.write(take_in)
        self._env.log("callback.answered_by", delivery=delivery_id, answered_by=answered_by, known=seen is not None)

    def _alarm(self, uow: UnitOfWork, delivery: Delivery, now: datetime) -> None:
        """A failure that a human must mend; carriers refuse some messages only after the provider took them."""
        if not delivery.error_code or delivery.kind is DeliveryKind.OPERATOR:
            return
        blame = classify_callback_error(delivery.error_code)
        how = delivery.method.value
        if blame == "setup":
            text = f"Nothing arrives by {how} until our account or settings are mended: {delivery.error}"
            self._operators.tell(uow, f"setup:{how}:{delivery.error_code}", text, now)
        elif blame == "recipient" and delivery.kind is DeliveryKind.PAGE:
            name = delivery.details.get("engineer", delivery.recipient)
            self._operators.tell(
                uow,
                f"recipient:{delivery.recipient}:{how}",
                f"{name} cannot be paged by {how}: {delivery.error}",
                now,
            )


def _worth_telling(before: Delivery, after: Delivery) -> bool:
    return before.state is not after.state
