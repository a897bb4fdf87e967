"""Telling the operators that the service itself needs help: by their own notification rules, and by email at once."""

from datetime import datetime, timedelta

from oncall.core.page import operator_deliveries
from oncall.ports import Alarm, Environment, UnitOfWork

QUIET_FOR = timedelta(minutes=15)
# An alarm from further in the future was stored by a clock that was wrong: it keeps nobody quiet.
AHEAD_AT_MOST_FOR = timedelta(minutes=1)


class Operators:
    """``tell`` enqueues in the transaction of what caused it; the same cause is told again only after QUIET_FOR."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def tell(self, uow: UnitOfWork, key: str, text: str, now: datetime, *, quiet_for: timedelta = QUIET_FOR) -> bool:
        """Whether they were told; False where they were told of this cause less than ``quiet_for`` ago, or nobody
        is named."""
        last = uow.alarms.get(key)
        if last is not None and -AHEAD_AT_MOST_FOR <= now - last.raised_at < quiet_for:
            return False
        uow.alarms.put(Alarm(key, now, text))
        configuration = self._env.configuration.current()
        self._env.log("operators.told", cause=key, text=text)
        for name in configuration.hotline.operators:
            uow.deliveries.add(
                operator_deliveries(
                    configuration.engineers[name],
                    subject=f"On-call hotline of {configuration.hotline.company}: {key}",
                    text=text,
                    email_connected=self._env.email_connected,
                    now=now,
                    new_id=self._env.ids.new,
                )
            )
        uow.wake_engine()
        return bool(configuration.hotline.operators)
