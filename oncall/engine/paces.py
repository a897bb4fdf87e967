"""What the telephone accounts take a second, as the schedules in force say, and by which of them is claimed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from oncall.core.carrier_pace import UNPACED, Paces, paces
from oncall.core.engineer import ContactMethod
from oncall.core.plain_text import segments
from oncall.core.provider import PRIMARY
from oncall.errors import ConfigurationError, StoreError
from oncall.ports import Clock, ConfigurationSource, Database, Environment, Message

# A standby that took over may lack the row.
LOOKED_AT_AGAIN_AFTER = timedelta(minutes=1)


def account_in_force(env: Environment) -> tuple[str, Paces]:
    """The provider that what is claimed now goes to, and the pace of each contact method that has one there; none while
    nothing is published that could say it. No other takes its turn only because this one is busy."""
    try:
        configuration = env.configuration.current()
    except ConfigurationError:
        return PRIMARY, UNPACED
    provider = env.provider_in_use() if configuration.providers else PRIMARY
    return provider, paces(configuration.limits_of(provider), provider)


def paces_in_force(env: Environment) -> Paces:
    """The pace of each contact method that has one, at the account in use."""
    return account_in_force(env)[1]


def paces_of_all(env: Environment) -> list[Paces]:
    """The same at every account: another process may use another one than we would."""
    try:
        configuration = env.configuration.current()
    except ConfigurationError:
        return [UNPACED]
    names = [each.name for each in configuration.providers_in_order()]
    return [paces(configuration.limits_of(name), name) for name in names]


@dataclass(frozen=True, slots=True)
class AccountsKept:
    """The accounts whose pace the rows keep, as far as is known. ``keep`` is asked before a turn of theirs is taken."""

    database: Database
    _since: dict[str, datetime] = field(default_factory=dict)

    def keep(self, provider: str, now: datetime) -> None:
        """Have it kept. Raises StoreError."""
        since = self._since.get(provider)
        if provider != PRIMARY and (since is None or now - since >= LOOKED_AT_AGAIN_AFTER):
            with self.database.begin() as uow:
                uow.deliveries.keep_pace_of(provider)
            self._since[provider] = now


@dataclass(frozen=True, slots=True)
class TurnsElsewhere:
    """Takes the turns of what is handed to another account than the one by whose pace it was claimed.

    It goes at once all the same; whatever is claimed for that account next waits. ``beside`` runs a function in a
    thread of its own: rows may be slow, and a message that fails over has little time left.
    """

    database: Database
    configuration: ConfigurationSource
    clock: Clock
    log: Callable[..., None]
    beside: Callable[[Callable[[], None]], None]
    _accounts: AccountsKept = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_accounts", AccountsKept(self.database))

    def take(self, method: ContactMethod, provider: str, message: Message) -> None:
        """Call it just before ``message`` is handed to this provider. It raises nothing: a page is worth more."""
        try:
            self.beside(partial(self._take, method, provider, message))
        except RuntimeError as problem:
            # The machine has no thread left.
            self._uncounted(provider, message, problem)

    def _take(self, method: ContactMethod, provider: str, message: Message) -> None:
        try:
            of_account = paces(self.configuration.current().limits_of(provider), provider)
            if method not in of_account:
                return
            turns = segments(message.text) if method is ContactMethod.SMS else 1
            now = self.clock.now()
            self._accounts.keep(provider, now)
            with self.database.begin() as uow:
                uow.deliveries.take_turns(method, turns, now, of_account)
        except (StoreError, ConfigurationError) as error:
            self._uncounted(provider, message, error)

    def _uncounted(self, provider: str, message: Message, problem: Exception) -> None:
        self.log("delivery.uncounted", delivery=message.delivery_id, provider=provider, problem=str(problem))
