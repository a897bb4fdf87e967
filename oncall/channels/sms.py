"""SMS: a text, with a status callback that carries the delivery's id."""

from collections.abc import Callable
from datetime import datetime

from oncall.channels.lookup import asked, the_one_not_recorded
from oncall.channels.retries import retried
from oncall.channels.twilio import TwilioAccount
from oncall.ports import Clock, Message, Receipt, Rng

# What Twilio accepts.
_VALID_AT_LEAST_SECONDS = 1
_VALID_AT_MOST_SECONDS = 36_000


class SmsChannel:
    """Reaches somebody by a text."""

    def __init__(
        self,
        account: TwilioAccount,
        public_url: str,
        *,
        clock: Clock,
        rng: Rng,
        log: Callable[..., None],
    ) -> None:
        self._account = account
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._rng = rng
        self._log = log

    def send(self, message: Message) -> Receipt:
        """Text ``message.to``; a stale text dies at the provider."""
        status_callback = f"{self._public_url}/sms/deliveries/{message.delivery_id}/status"
        valid_for = max(_VALID_AT_LEAST_SECONDS, min(message.expires_in_seconds, _VALID_AT_MOST_SECONDS))

        def text() -> Receipt:
            return self._account.create_message(
                message.to, body=message.text, status_callback=status_callback, valid_for_seconds=valid_for
            )

        return retried(text, clock=self._clock, rng=self._rng)

    def find(self, message: Message, since: datetime, known: frozenset[str]) -> Receipt | None:
        """A text of ours with these words to this number that no other delivery accounts for."""
        found = asked(lambda: self._account.messages_to(message.to), self._log, message.delivery_id)
        # A trial account puts a sentence of Twilio's before ours.
        words = message.text.strip()
        same = [one for one in found if one.body.strip().endswith(words)]
        return the_one_not_recorded(same, since, known)

    def cancel(self, provider_id: str) -> None:
        """Nothing: a text that has been handed over cannot be called back."""
