"""The telephone providers: which is asked first, and what this process knows of their health."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from oncall.channels.twilio import TwilioAccount
from oncall.core import circuit_breaker
from oncall.core.circuit_breaker import BreakerState, CircuitBreaker
from oncall.core.engineer import ContactMethod
from oncall.core.provider import PRIMARY
from oncall.core.provider_errors import speaks_against_the_provider
from oncall.errors import ChannelError, ConfigurationError, RecipientError, SetupError
from oncall.ports import Clock, ProviderNews

OpenAccount = Callable[[str], TwilioAccount | None]


class Providers:
    """``preferred`` are the names that the schedules list, in order; ``open_account`` gives the account behind a name,
    None where the environment holds no credentials of it: such a one is passed by.

    May be used by several threads. A breaker is this process's own; what it finds is told to ``report_to``.
    """

    def __init__(self, open_account: OpenAccount, preferred: Callable[[], Sequence[str]], clock: Clock) -> None:
        self._open_account = open_account
        self._preferred = preferred
        self._clock = clock
        self._accounts: dict[str, TwilioAccount | None] = {}
        self._breakers: dict[str, CircuitBreaker] = {}
        self._answered: set[str] = set()
        self._news: ProviderNews | None = None
        self._lock = threading.Lock()

    def report_to(self, news: ProviderNews) -> None:
        """Tell these from now on what changes."""
        self._news = news

    def account(self, name: str) -> TwilioAccount | None:
        """The account of the provider with this name; None without credentials."""
        with self._lock:
            if name not in self._accounts:
                self._accounts[name] = self._open_account(name)
            return self._accounts[name]

    def warm(self) -> None:
        """Pay now for what the library imports at its first request; nothing is sent."""
        for name in self.usable():
            account = self.account(name)
            if account is not None:
                account.warm()

    def usable(self) -> list[str]:
        """Those with credentials, in order of preference; the account of TWILIO_ACCOUNT_SID where there is no other."""
        return [name for name in self._preferred() if self.account(name) is not None] or [PRIMARY]

    def in_order(self, first: str = "") -> list[str]:
        """All of `usable`, this one first: but those that were found ill come last, and are never left out."""
        names = self.usable()
        if len(names) == 1:
            return names
        now = self._clock.now()
        with self._lock:
            ill = {name for name in names if self._state(name, now) is BreakerState.OPEN}
        return sorted(names, key=lambda name: (name in ill, name != first))

    def name_of(self, account_sid: str) -> str:
        """The provider to whom this account belongs, "" where there is none."""
        for name in self._names():
            account = self.account(name)
            if account is not None and account.account_sid == account_sid:
                return name
        return ""

    def begins(self, name: str) -> None:
        """A message is about to be handed to it."""
        now = self._clock.now()
        with self._lock:
            if self._state(name, now) is BreakerState.HALF_OPEN:
                self._breakers[name] = circuit_breaker.probing(self._breakers[name], now)

    def succeeded(self, name: str) -> None:
        """It did its part."""
        with self._lock:
            before = self._breakers.get(name, CircuitBreaker())
            self._breakers[name] = circuit_breaker.succeeded(before)
            # A process that died while it was ill cannot say that it is well again.
            is_news = not before.is_up or name not in self._answered
            self._answered.add(name)
        if is_news and self._news is not None:
            self._news.works(name)

    def failed(self, name: str, error: ChannelError) -> None:
        """It did not take a message; what is the recipient's or our request's fault does not speak against it."""
        if isinstance(error, RecipientError):
            self.succeeded(name)
            return
        if not speaks_against_the_provider(error.code):
            return
        with self._lock:
            before = self._breakers.get(name, CircuitBreaker())
            after = circuit_breaker.failed(before, self._clock.now())
            self._breakers[name] = after
        if before.is_up and not after.is_up and self._news is not None:
            self._news.is_ill(name, str(error))

    def refused(self, name: str, method: ContactMethod, error: SetupError) -> None:
        """An operator must mend something there, although the message may have gone another way."""
        if self._news is not None:
            self._news.refuses(name, method, error)

    def _names(self) -> Iterator[str]:
        """The account of TWILIO_ACCOUNT_SID first: it is there before any schedule is."""
        yield PRIMARY
        try:
            yield from self._preferred()
        except ConfigurationError:
            return

    def _state(self, name: str, now: datetime) -> BreakerState:
        return circuit_breaker.state(self._breakers.get(name, CircuitBreaker()), now)
