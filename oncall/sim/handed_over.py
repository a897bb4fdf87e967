"""What the provider took and when: no more a second than the account allows, and whether it was kept busy."""

from collections import deque
from datetime import datetime, timedelta

from oncall.core.carrier_pace import paces
from oncall.core.engineer import ContactMethod
from oncall.core.hotline import Limits

_SECOND = timedelta(seconds=1)
_LOOKS_BACK_FOR = timedelta(seconds=30)
_BUSY_SHARE = 0.7


class HandedOver:
    """Calls and texts that the provider took in the last half minute."""

    def __init__(self) -> None:
        self._limits, self._spare = Limits(), 0
        self._taken: dict[ContactMethod, deque[datetime]] = {ContactMethod.CALL: deque(), ContactMethod.SMS: deque()}

    def allowed(self, limits: Limits, *, clocks_differ: bool) -> None:
        """What the schedules say from now on. Where ``clocks_differ``, an engine that is ahead finds the turn over that
        another has just begun: one more is handed over then, which the account keeps for a second."""
        self._limits, self._spare = limits, int(clocks_differ)
        for taken in self._taken.values():
            taken.clear()

    def took(self, method: ContactMethod, now: datetime) -> str:
        """The provider took one; what is wrong with that, "" where nothing is."""
        taken = self._taken[method]
        taken.append(now)
        while taken[0] <= now - _LOOKS_BACK_FOR:
            taken.popleft()
        pace = paces(self._limits).get(method)
        lately = sum(at > now - _SECOND for at in taken)
        if pace is None or lately <= pace.per_second + pace.burst + self._spare:
            return ""
        return f"{lately} of {method.value} went within a second, and the account takes {pace.per_second:g}"

    def is_busy(self, method: ContactMethod, now: datetime) -> bool:
        """Whether the account has had about all that it takes lately, so that what waits must wait."""
        pace = paces(self._limits).get(method)
        lately = sum(at > now - _LOOKS_BACK_FOR for at in self._taken.get(method, ()))
        return pace is not None and lately >= _BUSY_SHARE * pace.per_second * _LOOKS_BACK_FOR.total_seconds()
