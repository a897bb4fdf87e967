"""One call from dialling to its end: what the phone does, what the carrier tells of it, and the record that stays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from oncall.sim.audio import Speech
from oncall.sim.call_script import CallScript
from oncall.sim.dial_step import LegListener
from oncall.sim.network import API_VERSION, Network
from oncall.sim.phone import Behaviour, Phone
from oncall.sim.timers import Timer
from oncall.sim.twiml_reader import TwimlError, read_twiml

ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
DETECTION_SECONDS = 2.4
_SIP = {"completed": "200", "busy": "486", "canceled": "487", "no-answer": "487", "failed": "404"}
_GEO = {
    f"{who}{what}": "" for who in ("From", "To", "Caller", "Called") for what in ("City", "State", "Zip", "Country")
}


@dataclass(frozen=True, slots=True)
class CallOrder:
    """What a call was asked to be.

    ``direction`` is the carrier's word: "inbound", "outbound-api", or "outbound-dial" for what <Dial> rings.
    """

    direction: str
    from_: str
    to: str
    url: str = ""
    fallback_url: str = ""
    fallback_method: str = "POST"
    method: str = "POST"
    twiml: str = ""
    status_callback: str = ""
    status_events: frozenset[str] = frozenset()
    timeout_seconds: float = 60.0
    detects_machines: bool = False
    detects_beside: bool = False
    machine_callback: str = ""
    forwarded_from: str = ""
    parent_sid: str = ""


@dataclass(slots=True)
class CallTimes:
    """When what happened; None for what has not."""

    created_at: datetime
    dialled_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(slots=True, eq=False)
class LiveCall:
    """A call. The phone's side is ``answer`` to ``hang_up``; the carrier's side is ``dial``, ``cancel`` and ``end``."""

    sid: str
    order: CallOrder
    phone: Phone
    behaviour: Behaviour
    network: Network
    times: CallTimes
    status: str = "queued"
    answered_by: str = ""
    prompt_number: int = 0
    # Of a call that is rung for another one (<Dial>): it performs no document of its own.
    listener: LegListener | None = None
    script: CallScript = field(init=False)
    _sequence: int = 0
    _timer: Timer | None = None

    def __post_init__(self) -> None:
        self.script = CallScript(self, self.behaviour, self.network)

    # ------------------------------------------------------------ the phone's side

    @property
    def incoming(self) -> bool:
        """From the phone's point of view."""
        return self.order.direction != "inbound"

    @property
    def other(self) -> str:
        """The number at the other end, as the phone shows it."""
        return self.order.from_ if self.incoming else self.order.to

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status in ENDED

    def answer(self, *, machine: bool = False) -> None:
        """Pick up."""
        if self.status != "ringing" or not self.incoming:
            return
        if self.order.detects_machines:
            self.answered_by = self._guess(machine=machine)
        self._connected()
        if self.order.detects_machines and self.order.detects_beside:
            self.network.after(DETECTION_SECONDS, self._tell_guess)
        if self.listener is not None:
            self.listener.answered(self)
        elif self.order.twiml:
            self._perform_given()
        else:
            # The machine listens to the first words before it asks for our document: silence for whoever answered.
            waits = self.order.detects_machines and not self.order.detects_beside
            wait = DETECTION_SECONDS if waits else 0
            extra = {"AnsweredBy": self.answered_by} if waits else {}
            self.network.after(wait, lambda: self._first_document(extra))

    def decline(self) -> None:
        """Turn it down."""
        if self.status == "ringing" and self.incoming:
            self.end("busy")

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            if self.status == "in-progress":
                self.script.key(key)

    def speak(self, speech: Speech) -> bool:
        """Say something; False when nothing listened."""
        if self.listener is not None and self.status == "in-progress":
            self.listener.said(self, speech)
            return True
        return self.status == "in-progress" and self.script.speech(speech)

    def end_recording(self, speech: Speech | None, key: str = "") -> None:
        """Hand over what the phone itself recorded."""
        if self.status == "in-progress":
            self.script.recorded(speech, key)

    def heard(self, prompt_number: int) -> None:
        """That prompt has been played."""
        if self.status == "in-progress":
            self.script.heard(prompt_number)

    def hears(self, speech: Speech) -> None:
        """Whoever is at the other end of <Dial> says this."""
        if speech.text and self.status == "in-progress":
            self.behaviour.on_say(self, speech.text, "")

    def hang_up(self) -> None:
        """End it; a call that still rings at the hotline ends as not answered."""
        if self.incoming and self.status == "ringing":
            self.decline()
        elif not self.ended:
            self.end("completed")

    # ------------------------------------------------------------ the carrier's side

    def begin_incoming(self) -> None:
        """The phone dials the hotline: fetch the first document."""
        self.status = "ringing"
        self.times.dialled_at = self.network.now()
        self.phone.call = self
        verified = "TN-Validation-Passed-A" if self.order.from_.startswith("+") else "No-TN-Validation"
        self.script.fetch(
            self.order.url, self.order.method, {"CallToken": self.network.ids.new(), "StirVerstat": verified}
        )
        self._limit()

    def dial(self) -> None:
        """Leave the queue and look for the phone."""
        if self.status != "queued":
            return
        self.status = "initiated"
        self.times.dialled_at = self.network.now()
        self._report("initiated")
        self._timer = self.network.after(self.network.settings.dial_seconds, self._reach)

    def cancel(self, status: str) -> bool:
        """Obey ``canceled`` or ``completed``; False where that cannot be done any more."""
        if self.ended or (status == "canceled" and self.status == "in-progress"):
            return False
        self.end("completed" if self.status == "in-progress" else "canceled")
        return True

    def connect(self) -> None:
        """An incoming call is taken by its first verb that does anything."""
        if self.status == "ringing" and not self.incoming:
            self._connected()

    def end(self, status: str) -> None:
        """End it, once."""
        if self.ended:
            return
        self._stop_timer()
        self.status = status
        self.times.ended_at = self.network.now()
        if self.phone.call is self:
            self.phone.call = None
        self.script.finish()
        self._report("completed")
        self.behaviour.on_end(self)
        if self.listener is not None:
            self.listener.leg_ended(self)
        self.network.on_change()

    @property
    def fallback_url(self) -> str:
        """Where the carrier turns when our document fails; "" for nowhere."""
        return self.order.fallback_url

    @property
    def fallback_method(self) -> str:
        """How it asks there."""
        return self.order.fallback_method

    def params(self) -> dict[str, str]:
        """The parameters of every voice webhook."""
        order = self.order
        found = {
            "CallSid": self.sid,
            "AccountSid": self.network.settings.account_sid,
            "From": order.from_,
            "To": order.to,
            "Caller": order.from_,
            "Called": order.to,
            "CallStatus": self.status,
            "ApiVersion": API_VERSION,
            "Direction": order.direction,
            **_GEO,
        }
        if order.forwarded_from:
            found["ForwardedFrom"] = order.forwarded_from
        if order.parent_sid:
            found["ParentCallSid"] = order.parent_sid
        return found

    @property
    def duration_seconds(self) -> int:
        """From answer to end (or now), in whole seconds."""
        if self.times.answered_at is None:
            return 0
        until = self.times.ended_at or self.network.now()
        return math.ceil((until - self.times.answered_at).total_seconds())

    def _guess(self, *, machine: bool) -> str:
        chance = self.network.sender.faults.machine_misjudged
        misjudged = bool(chance) and self.network.rng.random() < chance
        return "machine_start" if machine is not misjudged else "human"

    def _tell_guess(self) -> None:
        """The call goes on meanwhile; of one that has ended nothing is told."""
        if self.order.machine_callback and not self.ended:
            told = {
                "CallSid": self.sid,
                "AccountSid": self.network.settings.account_sid,
                "AnsweredBy": self.answered_by,
                "MachineDetectionDuration": str(int(DETECTION_SECONDS * 1000)),
            }
            self.network.tell(self.order.machine_callback, told, self.sid)

    def _first_document(self, extra: Mapping[str, str]) -> None:
        if not self.ended:
            self.script.fetch(self.order.url, self.order.method, extra)

    def _perform_given(self) -> None:
        try:
            verbs = read_twiml(self.order.twiml.encode())
        except TwimlError as error:
            self.script.fail(error.code, "", str(error))
            return
        self.script.perform("", verbs)

    def _reach(self) -> None:
        outcome = self.phone.call_outcome
        if outcome in {"failed", "busy"} or (not outcome and self.phone.call is not None):
            self.end(outcome or "busy")
            return
        self.status = "ringing"
        self._report("ringing")
        self._timer = self.network.after(self.order.timeout_seconds, lambda: self.end("no-answer"))
        if not outcome:
            self.phone.call = self
            self.behaviour.on_ring(self)
            self.network.on_change()

    def _connected(self) -> None:
        self._stop_timer()
        self.status = "in-progress"
        self.times.answered_at = self.network.now()
        self._report("answered")
        self._limit()
        self.behaviour.on_connect(self)
        self.network.on_change()

    def _limit(self) -> None:
        self._stop_timer()
        self._timer = self.network.after(self.network.settings.max_call_seconds, lambda: self.end("completed"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _report(self, event: str) -> None:
        """Send the status callback of this event, where it was asked for; without any wish only the end is told."""
        wanted = self.order.status_events or frozenset({"completed"})
        if not self.order.status_callback or event not in wanted:
            return
        told = {
            **self.params(),
            "Timestamp": format_datetime(self.network.now()),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._sequence),
        }
        self._sequence += 1
        if event == "completed":
            seconds = self.duration_seconds
            told |= {
                "CallDuration": str(seconds),
                "Duration": str(math.ceil(seconds / 60)),
                "SipResponseCode": _SIP[self.status],
            }
            if self.answered_by:
                told["AnsweredBy"] = self.answered_by
        self.network.tell(self.order.status_callback, told, self.sid)
