"""Several telephone providers behind one channel: who refuses, or does not answer, hands over to the next at once.

Everything happens within the ten seconds that a channel has. A provider that may have taken a message before it fell
silent is asked whether it did; where it cannot tell, the next one sends it too: rather twice than never.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oncall.channels.providers import Providers
from oncall.channels.twilio import TwilioAccount
from oncall.core.accounted import Accounted, AskAccounted
from oncall.core.delivery import DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.core.provider_errors import OPTED_OUT, another_provider_may_reach
from oncall.errors import (
    BusyError,
    ChannelError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    StoreError,
    TransientError,
)
from oncall.ports import Channel, Clock, Message, ProviderStatus, Receipt

SEND_WITHIN = timedelta(seconds=9.5)
# Sending may follow within the same lease.
FIND_WITHIN = timedelta(seconds=4)
# So many can fail in turn, and each still has the time that a slow day asks for.
ASKED_AT_MOST = 3
# The first gets somewhat more than its even share, and of it most for sending, the rest for asking whether it went.
_MORE_THAN_EVEN = 1.15
_FOR_SENDING = 0.7
# Nothing would be sent within it; and that we were late ourselves is not held against a provider.
_NO_TIME = timedelta(seconds=0.2)

# Counts a message that goes to this provider, and not to the one whose turn it has taken.
Elsewhere = Callable[[ContactMethod, str, Message], None]

# What our rows say of a message since an instant: its own id at the provider, "" where none, and what all others
# account for.
Recorded = Callable[[Message, datetime], tuple[str, Accounted]]


@dataclass(frozen=True, slots=True)
class FailoverChannel:
    """``make`` is the way out through one account; ``elsewhere`` is told just before a message goes to an account whose
    turn it has not taken, and takes none of its time."""

    method: ContactMethod
    providers: Providers
    make: Callable[[TwilioAccount], Channel]
    recorded: Recorded
    clock: Clock
    log: Callable[..., None]
    elsewhere: Elsewhere
    _made: dict[str, Channel] = field(default_factory=dict)

    def send(self, message: Message) -> Receipt:
        """Hand it to the first provider that takes it.

        Raises the gravest of their errors: OutcomeUnknownError where one may have taken it, RecipientError where the
        number is refused, then TransientError, then SetupError.
        """
        names = self.providers.in_order(message.ask_first)[:ASKED_AT_MOST]
        if len(names) == 1:
            return self._handed_to(names[0], message, None)
        until = self.clock.now() + SEND_WITHIN
        problems: list[tuple[str, ChannelError]] = []
        for index, name in enumerate(names):
            receipt = self._tried(name, message, until, len(names) - index, problems)
            if receipt is not None:
                self._tell(problems)
                return replace(receipt, perhaps_more=_perhaps_taken(problems))
        error = _gravest(problems)
        if not isinstance(error, SetupError):
            self._tell(problems)
        raise error from problems[-1][1]

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        """Ask every provider; None where none of them has it, or can tell."""
        names = self.providers.in_order()
        if len(names) == 1:
            return self._found(names[0], message, since, known, None)
        until = self.clock.now() + FIND_WITHIN
        for index, name in enumerate(names):
            left = until - self.clock.now()
            found = self._found(name, message, since, known, self.clock.now() + left / (len(names) - index))
            if found is not None:
                return found
        return None

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        """Stop it at the provider that took it; where nobody knows which, at each: others know no such call."""
        names = [provider] if provider else self.providers.usable()
        problem: ChannelError | None = None
        for name in names:
            account = self.providers.account(name)
            if account is None:
                self.log("cancel.no_credentials", provider=name, provider_id=provider_id)
                continue
            try:
                self._channel(name, account).cancel(provider_id)
            except ChannelError as error:
                problem = error
        if problem is not None:
            raise problem

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        """What the provider that took it says of it; where nobody knows which, the first that knows it."""
        problem: ChannelError | None = None
        for name in [provider] if provider else self.providers.usable():
            account = self.providers.account(name)
            if account is None:
                self.log("ask.no_credentials", provider=name, provider_id=provider_id)
                continue
            try:
                said = self._channel(name, account).ask(provider_id)
            except ChannelError as error:
                problem = error
            else:
                if said is not None:
                    return said
        if problem is not None:
            raise problem
        return None

    def _tried(
        self, name: str, message: Message, until: datetime, left: int, problems: list[tuple[str, ChannelError]]
    ) -> Receipt | None:
        """The receipt; None where it is the next one's turn. Raises RecipientError where no provider could help."""
        began_at = self.clock.now()
        if until - began_at < _NO_TIME:
            problems.append((name, TransientError("there was no time left to ask")))
            return None
        if message.counted_at not in ("", name):
            self.elsewhere(self.method, name, message)
        share = (until - began_at) if left == 1 else (until - began_at) * _MORE_THAN_EVEN / left
        try:
            return self._handed_to(name, message, began_at + (share if left == 1 else share * _FOR_SENDING))
        except RecipientError as error:
            if not _another_may_reach(error, message):
                raise
            problems.append((name, error))
        except OutcomeUnknownError as error:
            went = self._went(name, message, began_at, began_at + share) if left > 1 else None
            if went is None:
                problems.append((name, error))
            return went
        except ChannelError as error:
            problems.append((name, error))
        return None

    def _handed_to(self, name: str, message: Message, until: datetime | None) -> Receipt:
        account = self._account(name)
        self.providers.begins(name)
        try:
            with account.within(until):
                receipt = self._channel(name, account).send(message)
        except ChannelError as error:
            self.providers.failed(name, error)
            raise
        self.providers.succeeded(name)
        return replace(receipt, provider=name)

    def _went(self, name: str, message: Message, since: datetime, until: datetime) -> Receipt | None:
        """Whether this provider took it although its answer is missing: by its callbacks, or by its own lists."""
        try:
            own, _ = self.recorded(message, since)
            if own:
                return Receipt(own, "queued", provider=name)
            return self._found(name, message, since, lambda: self.recorded(message, since)[1], until)
        except StoreError as error:
            self.log("failover.rows_away", delivery=message.delivery_id, problem=str(error))
            return None

    def _found(
        self, name: str, message: Message, since: datetime, known: AskAccounted, until: datetime | None
    ) -> Receipt | None:
        account = self._account(name)
        with account.within(until):
            found = self._channel(name, account).find(message, since, known)
        return found and replace(found, provider=name)

    def _account(self, name: str) -> TwilioAccount:
        account = self.providers.account(name)
        if account is None:
            raise SetupError(f"there are no credentials of the telephone provider {name}", code="not-connected")
        return account

    def _channel(self, name: str, account: TwilioAccount) -> Channel:
        if name not in self._made:
            self._made[name] = self.make(account)
        return self._made[name]

    def _tell(self, problems: list[tuple[str, ChannelError]]) -> None:
        for name, error in problems:
            if isinstance(error, SetupError):
                self.providers.refused(name, self.method, error)


def _another_may_reach(error: RecipientError, message: Message) -> bool:
    """An engineer's STOP to one number is overcome by another; a customer's is respected, and they are phoned."""
    if error.code == OPTED_OUT and message.kind is DeliveryKind.NOTICE:
        return False
    return another_provider_may_reach(error.code)


def _gravest(problems: list[tuple[str, ChannelError]]) -> ChannelError:
    text = "; ".join(f"{name}: {error}" for name, error in problems)
    busy = [error for _, error in problems if isinstance(error, BusyError)]
    if len(busy) == len(problems):
        # The first that would take it again.
        return BusyError(text, wait_for=min(error.wait_for for error in busy), code=busy[0].code)
    for _, error in problems:
        if isinstance(error, OutcomeUnknownError):
            return OutcomeUnknownError(text, code=error.code, times=_perhaps_taken(problems))
    for kind in (RecipientError, TransientError, SetupError):
        for _, error in problems:
            if isinstance(error, kind):
                return kind(text, code=error.code)
    raise AssertionError("only these are ever collected")


def _perhaps_taken(problems: list[tuple[str, ChannelError]]) -> int:
    return sum(1 for _, error in problems if isinstance(error, OutcomeUnknownError))
