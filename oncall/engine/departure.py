"""What is only known as a message leaves: which number called last, how many turns its length takes of the carrier, and
what it says where that is made only now.

None is worth a page that does not leave.
"""

from dataclasses import replace
from datetime import timedelta

from oncall.core.carrier_pace import paces
from oncall.core.delivery import Delivery
from oncall.core.engineer import ContactMethod
from oncall.core.plain_text import segments
from oncall.engine.locking import locked
from oncall.engine.messages import HANDED_OVER
from oncall.engine.paces import account_in_force
from oncall.engine.quiet_words import MATTER
from oncall.errors import ConfigurationError, StoreError
from oncall.ports import Environment, Message

# Telephones that do not disturb let a second call through that comes from the same number.
CALLS_AGAIN_WITHIN = timedelta(minutes=3)


class Departure:
    """Asked once for every message, just before it is handed over."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def prepared(self, delivery: Delivery, message: Message, claimed_for: str) -> Message:
        """The same, from the number that called last, counted as what it costs the carrier, and remembered.

        ``claimed_for`` is the provider by whose pace it was claimed, "" where nobody remembers.
        """
        provider = claimed_for or account_in_force(self._env)[0]
        try:
            if delivery.method is ContactMethod.CALL:
                return replace(message, counted_at=provider, ask_first=self._called_last(message.to))
            if delivery.method is ContactMethod.SMS:
                self._take_turns(segments(message.text) - 1, provider)
                self._remember(delivery, message)
        except (StoreError, ConfigurationError) as error:
            self._env.log("delivery.unprepared", delivery=delivery.id, problem=str(error))
        return replace(message, counted_at=provider)

    def _remember(self, delivery: Delivery, message: Message) -> None:
        """The words by which it is looked up where nobody hears whether it went: in a minute they would be others."""
        if MATTER not in delivery.details or delivery.details.get(HANDED_OVER) == message.text:
            return
        with self._env.database.begin() as uow:
            _, current = locked(uow, delivery.id)
            if current is not None and current.attempts == delivery.attempts:
                uow.deliveries.save(replace(current, details={**current.details, HANDED_OVER: message.text}))

    def _called_last(self, number: str) -> str:
        """The provider that called this number a moment ago; "" for none, or where there is only one."""
        if len(self._env.configuration.current().providers_in_order()) == 1:
            return ""
        with self._env.database.read() as uow:
            return uow.deliveries.last_provider(number, self._env.clock.now() - CALLS_AGAIN_WITHIN)

    def _take_turns(self, more: int, provider: str) -> None:
        """A claim takes one turn; the other segments of a text take more."""
        of_account = paces(self._env.configuration.current().limits_of(provider), provider) if more else {}
        if ContactMethod.SMS in of_account:
            with self._env.database.begin() as uow:
                uow.deliveries.take_turns(ContactMethod.SMS, more, self._env.clock.now(), of_account)
