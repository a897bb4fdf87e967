"""What a refusal, or an answer that never came, makes of a delivery: another try, the next rule, a word to the
operators."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core import delivery as transitions
from oncall.core.attempts import perhaps_gone, refused
from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.next_try import retry_in
from oncall.engine.aftermath import Aftermath
from oncall.engine.distress import Distress
from oncall.engine.locking import locked_as_claimed
from oncall.engine.operators import Operators
from oncall.errors import (
    BusyError,
    ChannelError,
    OutcomeUnknownError,
    OvertakenError,
    RecipientError,
    SetupError,
    TransientError,
)
from oncall.ports import Environment, UnitOfWork

_ZERO = timedelta(0)


class Refusals:
    """``record`` is called where a channel raised."""

    def __init__(self, env: Environment, aftermath: Aftermath, operators: Operators, distress: Distress) -> None:
        self._env = env
        self._aftermath = aftermath
        self._operators = operators
        self._distress = distress

    def record(self, together: Sequence[Delivery], error: ChannelError) -> None:
        """These claimed deliveries, which were to go in one call or text, did not. Raises StoreError."""
        if isinstance(error, OvertakenError):
            self._withdraw(together[0])
            return
        self._distress.refused(together[0], error)
        now, claimed = self._env.clock.now(), {one.id: one for one in together}
        chance = self._env.rng.random()
        with self._env.database.begin() as uow:
            for incident, current in locked_as_claimed(uow, together[0]):
                as_claimed = claimed.get(current.id)
                if as_claimed is None or not _is_ours(current, as_claimed):
                    continue
                stored = _failed(current, as_claimed, error, now, chance)
                uow.deliveries.save(stored)
                self._aftermath.record(uow, stored, now)
                self._aftermath.after_failure(uow, incident, stored, now)
                self._alarm(uow, stored, error, now)
        lead = together[0]
        self._env.log("delivery.failed", delivery=lead.id, method=lead.method.value, problem=str(error))

    def _withdraw(self, delivery: Delivery) -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            for _, current in locked_as_claimed(uow, delivery):
                if _is_ours(current, delivery):
                    withdrawn = transitions.withdrawn(current, now)
                    uow.deliveries.save(withdrawn)
                    self._aftermath.record(uow, withdrawn, now)
        self._env.log("delivery.overtaken", delivery=delivery.id)

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


def _is_ours(current: Delivery, claimed: Delivery) -> bool:
    """Whether it stands as it was claimed: nobody else has had it since, or has heard how it went."""
    is_the_same = current.attempts == claimed.attempts
    return is_the_same and not current.finished and not current.provider_id


def _failed(current: Delivery, as_claimed: Delivery, error: ChannelError, now: datetime, chance: float) -> Delivery:
    unknown = isinstance(error, OutcomeUnknownError)
    if isinstance(error, OutcomeUnknownError):
        current = perhaps_gone(current, error.times)
    if current.cancel_wanted and not unknown:
        return transitions.stopped(current, now)
    may_wait = current.kind is DeliveryKind.NOTICE or current.unhurried
    notice_waits_for_operators = isinstance(error, SetupError) and may_wait
    wait_for = None
    if isinstance(error, TransientError) or notice_waits_for_operators:
        wait_for = retry_in(current, chance, error.wait_for if isinstance(error, BusyError) else _ZERO)
    if wait_for is None:
        return transitions.failed(current, now, error=str(error), code=error.code)
    attempted = current if unknown else refused(current, as_claimed)
    again = transitions.retried(attempted, now + wait_for, error=str(error), code=error.code)
    # Refused for sure, it is free to go with others next time; in doubt, the bundle is looked up as a whole.
    return again if again.attempts > again.settled else replace(again, bundle=None)
