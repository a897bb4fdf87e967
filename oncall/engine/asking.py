"""Asking the provider about what it has said nothing final of: what it answers goes through a callback's door.

A delivery is claimed by putting its next question off, so that one worker asks. Few are asked at a time, in workers
that pages leave free: nobody waits longer for a page because others' callbacks were lost.
"""

from datetime import datetime, timedelta
from threading import Lock

from oncall.core.delivery import Delivery
from oncall.engine.callbacks import Callbacks
from oncall.errors import BusyError, ChannelError, TransientError
from oncall.ports import Channels, Environment

AT_ONCE = 4
_ZERO = timedelta(0)


class Asking:
    """Of one engine."""

    def __init__(self, env: Environment, channels: Channels, callbacks: Callbacks) -> None:
        self._env = env
        self._channels = channels
        self._callbacks = callbacks
        self._under_way = 0
        self._lock = Lock()

    def claim(self, now: datetime, room: int) -> list[Delivery]:
        """What to ask about now, each to be given to ``ask``; at most half of the workers' ``room``, and never
        more than AT_ONCE at a time."""
        with self._lock:
            limit = min(room // 2, AT_ONCE - self._under_way)
        if limit <= 0:
            return []
        with self._env.database.begin() as uow:
            claimed = uow.deliveries.claim_asks(now, limit)
        with self._lock:
            self._under_way += len(claimed)
        return claimed

    def ask(self, delivery: Delivery) -> None:
        """Ask about one. A provider that is too busy, or away, is asked again soon: somebody waits for what follows."""
        try:
            if delivery.asked_enough:
                self._callbacks.never_ended(delivery.id)
            else:
                self._ask(delivery)
        finally:
            with self._lock:
                self._under_way -= 1

    def _ask(self, delivery: Delivery) -> None:
        channel = self._channels.get(delivery.method)
        if channel is None:
            return
        try:
            said = channel.ask(delivery.provider_id, provider=delivery.provider)
        except ChannelError as error:
            self._env.log("asking.failed", delivery=delivery.id, asks=delivery.asks, problem=str(error))
            if isinstance(error, TransientError):
                self._callbacks.not_asked(delivery, error.wait_for if isinstance(error, BusyError) else _ZERO)
            return
        self._env.log("asked", delivery=delivery.id, asks=delivery.asks, status=said.status if said else "unknown")
        if said is not None:
            self._callbacks.provider_said(
                delivery_id=delivery.id,
                provider_id=delivery.provider_id,
                status=said.status,
                error_code=said.error_code,
            )
