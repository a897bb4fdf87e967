"""What every call and text of one account shares, and the debugger in which its errors are recorded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from oncall.ports import Ids, Rng
from oncall.sim.dial_step import Leg, LegListener
from oncall.sim.recordings import Recordings
from oncall.sim.timers import Timer, Timers
from oncall.sim.verbs import Dial
from oncall.sim.webhook import Answer, FetchError, WebhookSender

API_VERSION = "2010-04-01"


class Ring(Protocol):
    """Rings a phone for a caller (<Dial>). Raises TwimlError where the number to be shown is none that it may show."""

    def __call__(self, number: str, dial: Dial, listener: LegListener, *, parent_sid: str, caller: str) -> Leg:
        """The call to it."""
        ...


@dataclass(frozen=True, slots=True)
class DebuggerEntry:
    """An error of ours, as the carrier's debugger shows it. ``sid`` is the call or text it happened in."""

    at: datetime
    code: int
    sid: str
    url: str
    message: str


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """The account, what it is allowed (0 a second: as much as it likes), and how long things take."""

    account_sid: str
    auth_token: str
    api_url: str = "https://api.twilio.com"
    calls_per_second: float = 1.0
    messages_per_second: float = 1.0
    dial_seconds: float = 1.0
    sms_seconds: float = 2.0
    recording_callback_seconds: float = 1.0
    transcript_seconds: float = 12.0
    max_call_seconds: float = 4 * 3600


@dataclass(slots=True)
class Network:
    """The shared parts."""

    settings: CarrierSettings
    timers: Timers
    ids: Ids
    rng: Rng
    sender: WebhookSender
    recordings: Recordings = field(default_factory=Recordings)
    debugger: list[DebuggerEntry] = field(default_factory=list)
    # The exchange's page waits for this: something that a phone shows has changed.
    on_change: Callable[[], None] = lambda: None
    # The carrier puts in how it rings a phone for a call that goes on.
    ring: Ring | None = None

    def now(self) -> datetime:
        """The present instant."""
        return self.timers.now()

    def after(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Call later."""
        return self.timers.call_at(self.now() + timedelta(seconds=seconds), do)

    def sid(self, prefix: str) -> str:
        """A fresh SID."""
        return prefix + self.ids.new()

    def debug(self, code: int, sid: str, url: str, message: str) -> None:
        """Record an error of the hotline's."""
        self.debugger.append(DebuggerEntry(self.now(), code, sid, url, message))

    def tell(self, url: str, params: dict[str, str], sid: str) -> None:
        """Send a callback; an answer that is not 2xx shows in the debugger."""

        def failed(result: Answer | FetchError) -> None:
            code, text = (11205, str(result)) if isinstance(result, FetchError) else (11200, f"HTTP {result.status}")
            self.debug(code, sid, url, text)

        self.sender.tell(url, params, failed)
