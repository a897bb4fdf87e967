"""Telling the operators when the pager itself is what is ill: straight from this process, not through the rows.

Three things are noticed: the database is away, what is due is not sent, and the provider refuses everything. Each is
told by email and by the operators' webhook, at most every QUIET_FOR by the processes of one machine together. Addresses
are those of the last configuration that was read.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.engine.workers import Workers
from oncall.errors import ChannelError, ConfigurationError, RecipientError, StoreError
from oncall.ports import Channel, Environment, Message

AWAY_FOR = timedelta(seconds=60)
STUCK_FOR = timedelta(seconds=30)
REFUSED_FOR = timedelta(seconds=60)
REFUSED_TIMES = 3
QUIET_FOR = timedelta(minutes=15)
AGAIN_FOR = timedelta(minutes=1)
_TELEPHONE = frozenset({ContactMethod.SMS, ContactMethod.CALL})


class Told(Protocol):
    """What other processes on this machine have told. It knows of no database: that may be what is away."""

    def take(self, what: str, now: datetime, quiet_for: timedelta) -> bool:
        """Whether this is ours to tell: nobody here has taken it within ``quiet_for``."""
        ...

    def give_back(self, what: str) -> None:
        """It could not be told: anybody may try."""
        ...


class NobodyElse:
    """`Told` where there are no other processes."""

    def take(self, _what: str, _now: datetime, _quiet_for: timedelta) -> bool:
        """Always ours."""
        return True

    def give_back(self, _what: str) -> None:
        """Nobody waits for it."""


class _Trouble:
    """One thing that may be ill: since when, how often it was noticed, and when it was last told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.since: datetime | None = None
        self.times = 0
        self.quiet_until: datetime | None = None


class Distress:
    """``mail`` and ``post`` are the ways that are set up; without either nothing can be told, and nothing is."""

    def __init__(
        self,
        env: Environment,
        *,
        mail: Channel | None,
        post: Callable[[str], None] | None,
        workers: Workers,
        told: Told,
    ) -> None:
        self._env = env
        self._mail = mail
        self._post = post
        self._workers = workers
        self._told = told
        self._away, self._stuck, self._refused = _Trouble("away"), _Trouble("stuck"), _Trouble("refused")
        self._lock = Lock()

    def database_away(self, problem: str) -> None:
        """A turn could not be done because the database did not answer."""
        self._noticed(
            self._away,
            AWAY_FOR,
            1,
            f"The hotline's database has been away for more than a minute. Nobody is paged until it is back: {problem}",
        )

    def database_back(self) -> None:
        """A turn was done."""
        self._over(self._away)

    def audited(self, stuck: Sequence[str]) -> None:
        """What the audit found stuck."""
        if stuck:
            self._noticed(
                self._stuck, STUCK_FOR, 1, f"The hotline is stuck, and pages may not go out. {' '.join(stuck)}"
            )
        else:
            self._over(self._stuck)

    def went(self, delivery: Delivery) -> None:
        """The provider took one."""
        if delivery.method in _TELEPHONE:
            self._over(self._refused)

    def refused(self, delivery: Delivery, error: ChannelError) -> None:
        """The provider did not take one. A wrong number says nothing of the provider."""
        if delivery.method in _TELEPHONE and not isinstance(error, RecipientError):
            text = f"No call and no text of the hotline has gone for more than a minute: {error}"
            self._noticed(self._refused, REFUSED_FOR, REFUSED_TIMES, text)

    def _over(self, trouble: _Trouble) -> None:
        with self._lock:
            trouble.since, trouble.times = None, 0

    def _noticed(self, trouble: _Trouble, lasting: timedelta, times: int, text: str) -> None:
        now = self._env.clock.now()
        with self._lock:
            trouble.since, trouble.times = trouble.since or now, trouble.times + 1
            told = trouble.quiet_until is not None and now < trouble.quiet_until
            if told or now - trouble.since < lasting or trouble.times < times:
                return
            trouble.quiet_until = now + QUIET_FOR
        if self._mail is not None or self._post is not None:
            self._workers.submit(lambda: self._tell(trouble, text, now))

    def _tell(self, trouble: _Trouble, text: str, now: datetime) -> None:
        if not self._told.take(trouble.name, now, QUIET_FOR):
            # Whoever took it may find that it cannot be told.
            with self._lock:
                trouble.quiet_until = now + AGAIN_FOR
            return
        company, addresses = self._whom()
        # What failed is told in its own words, which may end without a stop.
        what = f"{text.removesuffix('.')}."
        whole = f"{company}: {what} Look at the runbook, and phone the engineer on call where anybody waits."
        said = [self._posted(whole), *(self._mailed(address, company, whole) for address in addresses)]
        self._env.log("distress.told", ways=sum(said), text=text)
        if not any(said):
            self._told.give_back(trouble.name)
            with self._lock:
                trouble.quiet_until = now + AGAIN_FOR

    def _whom(self) -> tuple[str, list[str]]:
        """The company's name, and the operators' addresses, as far as this process has ever read them."""
        try:
            configuration = self._env.configuration.current()
        except (ConfigurationError, StoreError):
            return "On-call hotline", []
        operators = [configuration.engineers[name] for name in configuration.hotline.operators]
        addresses = [each.address(ContactMethod.EMAIL) for each in operators]
        return f"On-call hotline of {configuration.hotline.company}", [one for one in addresses if one]

    def _posted(self, text: str) -> bool:
        if self._post is None:
            return False
        try:
            self._post(text)
        except ChannelError as error:
            self._env.log("distress.failed", way="webhook", problem=str(error))
            return False
        return True

    def _mailed(self, address: str, subject: str, text: str) -> bool:
        if self._mail is None:
            return False
        try:
            self._mail.send(Message(self._env.ids.new(), DeliveryKind.OPERATOR, address, text, f"{subject} needs help"))
        except ChannelError as error:
            self._env.log("distress.failed", way="email", problem=str(error))
            return False
        return True
