"""What the provider took and when: no more a second than each account allows, and whether one was kept busy."""

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from oncall.core.carrier_pace import Pace, paces
from oncall.core.configuration import Configuration
from oncall.core.engineer import ContactMethod
from oncall.core.hotline import Limits
from oncall.core.plain_text import segments
from oncall.core.provider import PRIMARY
from oncall.sim.world_accounts import ACCOUNT_SID, SECOND, SECOND_SID

_SIDS = {PRIMARY: ACCOUNT_SID, SECOND: SECOND_SID}
_SECOND = timedelta(seconds=1)
_LOOKS_BACK_FOR = timedelta(seconds=30)
_BUSY_SHARE = 0.7


class HandedOver:
    """Calls and texts that each account, by its SID, took in the last half minute."""

    def __init__(self) -> None:
        self._limits: Mapping[str, Limits] = {}
        self._spare = 0
        self._taken: defaultdict[tuple[str, ContactMethod], deque[tuple[datetime, int]]] = defaultdict(deque)

    def allowed(self, configuration: Configuration, *, clocks_differ: bool) -> None:
        """What the schedules say from now on of each account.

        Where ``clocks_differ``, an engine that is ahead finds the turn over that another has just begun; and of several
        accounts one takes at once what fails at another: one more is handed over then, which the account keeps for a
        second.
        """
        providers = [each.name for each in configuration.providers_in_order()]
        self._limits = {_SIDS.get(name, name): configuration.limits_of(name) for name in providers}
        self._spare = int(clocks_differ) + int(len(providers) > 1)
        self._taken.clear()

    def took(self, account: str, method: ContactMethod, text: str, now: datetime) -> str:
        """This account took one, with this ``text`` where it is one; what is wrong with that, "" where nothing is."""
        taken = self._taken[account, method]
        taken.append((now, max(segments(text), 1)))
        while taken[0][0] <= now - _LOOKS_BACK_FOR:
            taken.popleft()
        pace = self._pace(account, method)
        lately = sum(at > now - _SECOND for at, _ in taken)
        if pace is None or lately <= pace.per_second + pace.burst + self._spare:
            return ""
        return f"{lately} of {method.value} went within a second, and the account takes {pace.per_second:g}"

    def is_busy(self, method: ContactMethod, now: datetime) -> bool:
        """Whether an account has had about all that it takes lately, so that what waits must wait."""
        return any(self._is_busy(account, method, now) for account in self._limits)

    def _is_busy(self, account: str, method: ContactMethod, now: datetime) -> bool:
        pace = self._pace(account, method)
        lately = sum(turns for at, turns in self._taken.get((account, method), ()) if at > now - _LOOKS_BACK_FOR)
        return pace is not None and lately >= _BUSY_SHARE * pace.per_second * _LOOKS_BACK_FOR.total_seconds()

    def _pace(self, account: str, method: ContactMethod) -> Pace | None:
        return paces(self._limits.get(account, Limits())).get(method)
