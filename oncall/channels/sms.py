"""SMS: a text, with a status callback that carries the delivery's id."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from oncall.channels.lookup import asked, known_by_its_parts, the_one_not_recorded, with_these_words
from oncall.channels.retries import retried
from oncall.channels.twilio import TwilioAccount
from oncall.core.accounted import AskAccounted
from oncall.core.webhook_urls import told_afterwards
from oncall.ports import Clock, Message, ProviderStatus, Receipt, Rng

# What Twilio accepts.
_VALID_AT_LEAST_SECONDS = 1
_VALID_AT_MOST_SECONDS = 36_000


@dataclass(frozen=True, slots=True)
class SmsChannel:
    """Reaches somebody by a text."""

    account: TwilioAccount
    public_url: str
    clock: Clock
    rng: Rng
    log: Callable[..., None]

    def send(self, message: Message) -> Receipt:
        """Text ``message.to``; a stale text dies at the provider."""
        status_callback = told_afterwards(f"{self.public_url}/sms/deliveries/{message.delivery_id}/status")
        valid_for = max(_VALID_AT_LEAST_SECONDS, min(message.expires_in_seconds, _VALID_AT_MOST_SECONDS))

        def text() -> Receipt:
            return self.account.create_message(
                message.to, body=message.text, status_callback=status_callback, valid_for_seconds=valid_for
            )

        return retried(text, clock=self.clock, rng=self.rng)

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        """A text of ours with these words, or what never changes of them, to this number that no other delivery
        accounts for."""
        found = asked(lambda: self.account.messages_to(message.to), self.log, message.delivery_id)
        others = known()
        same = the_one_not_recorded(with_these_words(found, message), since, others)
        return same or the_one_not_recorded(known_by_its_parts(found, message), since, others)

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        """Nothing: a text that has been handed over cannot be called back."""

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        """How far the text has come; None where Twilio knows no such text."""
        return self.account.message_status(provider_id)
