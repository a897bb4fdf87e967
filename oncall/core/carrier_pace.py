"""What a telephone account takes a second, and how calls and texts are spread over it.

The carrier takes more than it may pass on, and queues it in the order in which it came: whatever waits there waits in
front of the next first page. So nothing is handed over that would have to wait: the queue stays here, in our order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.engineer import ContactMethod
from oncall.core.hotline import Limits
from oncall.core.provider import PRIMARY

UNLIMITED_PER_SECOND = 1000.0  # as much as this is no limit: nothing is counted
_BURST_SECONDS = 0.1
_CLOCKS_DIFFER_BY = timedelta(seconds=5)
_LONGEST_DEBT = 8  # turns of one call or text: the longest text that we write takes five


@dataclass(frozen=True, slots=True)
class Pace:
    """So many turns a second at the account of this ``provider``, by the generic cell rate algorithm.

    All that is remembered is ``taken_until``: the instant up to which the turns are taken. Fast accounts may take a
    tenth of a second's turns at once, so that nobody wakes for each of them.
    """

    per_second: float
    provider: str = PRIMARY

    @property
    def turn(self) -> timedelta:
        """How long one call or text takes up."""
        return timedelta(seconds=1 / self.per_second)

    @property
    def burst(self) -> int:
        """How many may go at the same instant."""
        return max(1, int(self.per_second * _BURST_SECONDS))

    def free(self, taken_until: datetime, now: datetime) -> int:
        """How many turns may be taken now."""
        return max(0, (self._latest(now) - self._begins(taken_until, now)) // self.turn + 1)

    def next_free_at(self, taken_until: datetime, now: datetime) -> datetime:
        """When the next turn may be taken; now where that is at once."""
        return max(now, now + (self._begins(taken_until, now) - self._latest(now)))

    def after(self, taken_until: datetime, now: datetime, turns: int) -> datetime:
        """What ``taken_until`` becomes with so many turns more, and never so far off that it would count as nonsense:
        what another account handed over may be more than this one can ever take."""
        begins = self._begins(taken_until, now)
        return max(begins, min(begins + self.turn * turns, now + self.turn * self.burst * _LONGEST_DEBT))

    def _latest(self, now: datetime) -> datetime:
        return now + self.turn * (self.burst - 1)

    def _begins(self, taken_until: datetime, now: datetime) -> datetime:
        # Further off than any honest clock puts it: a host whose clock is wrong must not silence the others.
        nonsense = taken_until > now + self.turn * self.burst * _LONGEST_DEBT + _CLOCKS_DIFFER_BY
        return now if nonsense else max(taken_until, now)


Paces = Mapping[ContactMethod, Pace]  # all of one account
UNPACED: Paces = {}


def paces(limits: Limits, provider: str = PRIMARY) -> Paces:
    """The pace of each contact method that has one, at the account of this provider. Email and the others, and what is
    unlimited, have none."""
    wanted = {ContactMethod.CALL: limits.calls_per_second, ContactMethod.SMS: limits.messages_per_second}
    return {method: Pace(rate, provider) for method, rate in wanted.items() if rate < UNLIMITED_PER_SECOND}


# A notice that has waited so long goes like a repeated page; what is about shifts has more time. Never before a first
# page. Among repeats the one that is longest due goes first, so nothing waits for ever.
NOTICE_AGES_AFTER = timedelta(minutes=2)
SHIFT_NOTICE_AGES_AFTER = timedelta(minutes=15)
