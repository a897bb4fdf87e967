"""What is to be told of the telephone providers: one is ill, one works again, one needs an operator's hand.

Each is one row in the alarms, so several processes tell it once, and every process can say how a provider stands.
"""

from collections.abc import Callable
from datetime import datetime

from oncall.core.engineer import ContactMethod
from oncall.core.provider import without_credentials_text
from oncall.engine.operators import Operators
from oncall.errors import SetupError, StoreError
from oncall.ports import Alarm, Environment, UnitOfWork

Told = Callable[[UnitOfWork, datetime], object]


def alarm_key(name: str) -> str:
    """The alarm of this provider: its text says what is wrong, "" while it is well."""
    return f"provider:{name}"


def is_well(uow: UnitOfWork, name: str) -> bool:
    """Whether no process has found it ill since one found it well."""
    alarm = uow.alarms.get(alarm_key(name))
    return alarm is None or not alarm.text


class ProviderNews:
    """`ports.ProviderNews`. Where the rows are away it is logged only: a page must not fail by the news about it."""

    def __init__(self, env: Environment, operators: Operators) -> None:
        self._env = env
        self._operators = operators

    def is_ill(self, name: str, problem: str) -> None:
        """It was found ill: others are asked before it from now on."""
        text = f"The telephone provider {name} is ill; where there is another, it is asked first. {problem}"
        self._tell("provider.ill", name, lambda uow, now: self._fell_ill(uow, name, text, now))

    def works(self, name: str) -> None:
        """It works, or works again."""
        if not self._is_known_to_be_well(name):
            self._tell("provider.works", name, lambda uow, now: self._recovered(uow, name, now))

    def refuses(self, name: str, method: ContactMethod, error: SetupError) -> None:
        """It refused a message, which may have gone another way, until an operator mends something."""
        how = method.value
        text = f"Nothing can be sent by {how} through {name} until our account or settings are mended: {error}"
        self._tell(
            "provider.refuses",
            name,
            lambda uow, now: self._operators.tell(uow, f"setup:{how}:{error.code}", text, now),
        )

    def lacks_credentials(self, uow: UnitOfWork, name: str, now: datetime) -> None:
        """The schedules name it, and nothing opens its account."""
        self._operators.tell(uow, f"no-credentials:{name}", without_credentials_text(name), now)

    def _fell_ill(self, uow: UnitOfWork, name: str, text: str, now: datetime) -> None:
        key = alarm_key(name)
        last = uow.alarms.get(key)
        if last is not None and last.text:
            return
        self._operators.tell(uow, f"provider:{name}", text, now)
        raised = uow.alarms.get(key)
        if raised is not None and not raised.text:
            # Told a short while ago, so not again; known it must be all the same.
            uow.alarms.put(Alarm(key, raised.raised_at, text))

    def _recovered(self, uow: UnitOfWork, name: str, now: datetime) -> None:
        key = alarm_key(name)
        last = uow.alarms.get(key)
        if last is not None and last.text:
            uow.alarms.put(Alarm(key, last.raised_at, ""))
            self._operators.tell(uow, f"provider-back:{name}", f"The telephone provider {name} works again.", now)

    def _is_known_to_be_well(self, name: str) -> bool:
        """Read only, as it is asked by every process at its first page; False where nobody can tell."""
        try:
            with self._env.database.read() as uow:
                return is_well(uow, name)
        except StoreError:
            return False

    def _tell(self, event: str, name: str, do: Told) -> None:
        now = self._env.clock.now()
        self._env.log(event, provider=name)
        try:
            with self._env.database.begin() as uow:
                do(uow, now)
        except StoreError as error:
            self._env.log("provider.untold", provider=name, problem=str(error))
