"""Whether the fallback that is hosted elsewhere still rings the right engineers.

It is looked at every hour, and a while after each handoff and each publication, so that whoever hosts it by a timer has
had the time to put the new one there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.fallback import fallback_roster, what_is_outdated
from oncall.engine.operators import Operators
from oncall.errors import ChannelError, ConfigurationError
from oncall.ports import Environment
from oncall.twiml import dialled_numbers

EVERY = timedelta(hours=1)
AFTER_A_CHANGE = timedelta(minutes=15)
FAILURES_TOLD_AFTER = 3
TOLD_AGAIN_AFTER = timedelta(hours=6)


class FallbackWatch:
    """``look`` is a chore: called often, and does something seldom."""

    def __init__(self, env: Environment, operators: Operators, fetch: Callable[[str], str]) -> None:
        self._env = env
        self._operators = operators
        self._fetch = fetch
        self._due_at: datetime | None = None
        self._changed_at: datetime | None = None
        self._failures = 0

    def look(self) -> None:
        """Fetch it where that is due, and tell the operators where it is not right. Raises StoreError."""
        configuration = self._env.configuration.current()
        url = configuration.hotline.fallback_url
        if not url or not self._is_due(self._env.clock.now()):
            return
        now = self._env.clock.now()
        roster = fallback_roster(configuration, now)
        self._due_at = now + EVERY
        if roster.right_until is not None:
            self._due_at = min(self._due_at, roster.right_until + AFTER_A_CHANGE)
        wrong = self._wrong(url, configuration, now)
        if wrong:
            with self._env.database.begin() as uow:
                self._operators.tell(uow, "fallback", wrong, now, quiet_for=TOLD_AGAIN_AFTER)

    def _is_due(self, now: datetime) -> bool:
        changed_at = self._env.configuration.changed_at()
        if self._due_at is not None and changed_at != self._changed_at:
            self._due_at = min(self._due_at, now + AFTER_A_CHANGE)
        self._changed_at = changed_at
        return self._due_at is None or self._due_at <= now

    def _wrong(self, url: str, configuration: Configuration, now: datetime) -> str:
        try:
            hosted = dialled_numbers(self._fetch(url))
        except (ChannelError, ConfigurationError) as error:
            self._failures += 1
            self._env.log("fallback.unreadable", problem=str(error), times=self._failures)
            # A host that is away for a moment mends itself.
            if self._failures < FAILURES_TOLD_AFTER:
                return ""
            return f"The fallback that answers calls while this service does not cannot be read: {error}."
        self._failures = 0
        outdated = what_is_outdated(fallback_roster(configuration, now), hosted, configuration)
        if not outdated:
            return ""
        return f"The fallback that is hosted elsewhere {outdated}. Print it with `oncall fallback`, and host that."
