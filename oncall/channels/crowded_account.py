"""An account whose calls and texts go out through a second process while many are under way."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from oncall.channels.orders import Order
from oncall.channels.sending_process import SendingProcess
from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_http import TimeLimits
from oncall.ports import Clock, Receipt


class CrowdedAccount(TwilioAccount):
    """The same account; ``sending`` is shared by all accounts of this process."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_url: str,
        *,
        from_number: Callable[[], str],
        clock: Clock,
        sending: SendingProcess,
        limits: TimeLimits | None = None,
    ) -> None:
        super().__init__(account_sid, auth_token, api_url, from_number=from_number, clock=clock, limits=limits)
        self._sending = sending

    def create_call(
        self, to: str, *, url: str, status_callback: str, ring_seconds: int, machine_callback: str = ""
    ) -> Receipt:
        """Ring ``to``, as `TwilioAccount.create_call` does."""
        details: dict[str, Any] = {
            "url": url,
            "status_callback": status_callback,
            "ring_seconds": ring_seconds,
            "machine_callback": machine_callback,
        }
        order = self._order("create_call", to, details)
        return self._sending.carried_out(order, partial(super().create_call, to, **details))

    def create_message(self, to: str, *, body: str, status_callback: str, valid_for_seconds: int) -> Receipt:
        """Text ``to``, as `TwilioAccount.create_message` does."""
        details: dict[str, Any] = {
            "body": body,
            "status_callback": status_callback,
            "valid_for_seconds": valid_for_seconds,
        }
        order = self._order("create_message", to, details)
        return self._sending.carried_out(order, partial(super().create_message, to, **details))

    def _order(self, doing: Literal["create_call", "create_message"], to: str, details: Mapping[str, Any]) -> Order:
        sid, token = self.credentials
        seconds = self.seconds_left()
        until = self._clock.now().timestamp() + seconds
        return Order(sid, token, self._api_url, self.number, doing, to, details, seconds, until)
