"""Saying that this engine works: a row of its own, every few seconds, for whoever looks from outside.

Nothing is decided by it. `/readyz`, `/metrics` and `oncall doctor` read it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from oncall.engine.cadence import is_time
from oncall.ports import EngineSign, Environment

FORGET_EVERY = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)


class SignOfLife:
    """``give`` stores that a turn was done, and what the audit said of it."""

    def __init__(self, env: Environment, *, engine: str, host: str, pid: int, release: str) -> None:
        self._env = env
        self._engine, self._host, self._pid, self._release = engine, host, pid, release
        self._started_at: datetime | None = None
        self._forgot_at: datetime | None = None

    def give(self, now: datetime, problems: Sequence[str]) -> None:
        """Raises StoreUnavailableError while the database is away."""
        self._started_at = self._started_at or now
        sign = EngineSign(
            self._engine, self._host, self._pid, self._release, self._started_at, now, "\n".join(problems)
        )
        forgets = is_time(now, self._forgot_at, FORGET_EVERY)
        with self._env.database.begin() as uow:
            uow.engines.put(sign)
            if forgets:
                uow.engines.forget(now - FORGOTTEN_AFTER)
        if forgets:
            self._forgot_at = now
