"""Calls: a telephone rings, and what it says is asked from us when somebody answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from oncall.channels.lookup import asked, the_one_not_recorded
from oncall.channels.retries import retried
from oncall.channels.twilio import TwilioAccount
from oncall.core.accounted import AskAccounted
from oncall.core.webhook_urls import asked_while_waiting, told_afterwards
from oncall.ports import Clock, Message, ProviderStatus, Receipt, Rng


@dataclass(frozen=True, slots=True)
class VoiceChannel:
    """Reaches somebody by a call."""

    account: TwilioAccount
    public_url: str
    clock: Clock
    rng: Rng
    log: Callable[..., None]

    def send(self, message: Message) -> Receipt:
        """Ring ``message.to``. Its text is not sent: the call asks for it."""
        url = f"{self.public_url}/voice/deliveries/{message.delivery_id}"

        def ring() -> Receipt:
            return self.account.create_call(
                message.to,
                url=asked_while_waiting(url),
                status_callback=told_afterwards(f"{url}/status"),
                ring_seconds=message.ring_seconds,
                machine_callback=told_afterwards(f"{url}/machine") if message.detect_machine else "",
            )

        return retried(ring, clock=self.clock, rng=self.rng)

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        """A call to this number that no other delivery accounts for; calls carry no words to compare."""
        found = asked(lambda: self.account.calls_to(message.to), self.log, message.delivery_id)
        return the_one_not_recorded(found, since, known())

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        """Stop it while it is queued or ringing; whoever has answered hears how the matter stands."""
        retried(lambda: self.account.cancel_call(provider_id), clock=self.clock, rng=self.rng)

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        """How the call goes, or how it ended; None where Twilio knows no such call."""
        return self.account.call_status(provider_id)
