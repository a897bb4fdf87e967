"""The telephone carrier: the provider's API on one side, phones on the other, webhooks to the hotline in between.

It is a machine of events over timers: nothing happens before the call that asked for it has returned, every chance
comes from the Rng it is given, and the same seed makes the same run. It does what the provider does, refusals included.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from oncall.ports import Ids, Rng
from oncall.sim.dial_step import LegListener
from oncall.sim.faults import Away, Faults
from oncall.sim.inbound_texts import Switchboard
from oncall.sim.live_call import CallOrder, CallTimes, LiveCall
from oncall.sim.live_message import LiveMessage, segments
from oncall.sim.network import CarrierSettings, DebuggerEntry, Network
from oncall.sim.pace import Pace
from oncall.sim.phone import Behaviour, Phone, Text
from oncall.sim.recordings import StoredRecording
from oncall.sim.refusal import Asked, RefusalError, RefusalRule, ResponseLostError
from oncall.sim.timers import Timers
from oncall.sim.twiml_reader import TwimlError
from oncall.sim.verbs import Dial
from oncall.sim.webhook import Fetch, WebhookRequest, WebhookSender

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_URL = re.compile(r"https?://[^\s/]+\S*")
MAX_BODY = 1600
CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


@dataclass(frozen=True, slots=True)
class HotlineNumber:
    """Our number at the carrier, and where its webhooks go; "" for none."""

    number: str
    voice_url: str
    status_url: str = ""
    sms_url: str = ""
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"


class Carrier:
    """One account at the carrier, and every phone in the world.

    ``beside`` is another account, with the same phones; both know each other's number.
    """

    def __init__(
        self,
        settings: CarrierSettings,
        hotline: HotlineNumber,
        *,
        fetch: Fetch,
        timers: Timers,
        ids: Ids,
        rng: Rng,
        beside: "Carrier | None" = None,
    ) -> None:
        self.settings = settings
        self.hotline = hotline
        sender = WebhookSender(timers, fetch, ids, rng, settings.auth_token)
        self.network = Network(settings, timers, ids, rng, sender)
        self.phones: dict[str, Phone] = {} if beside is None else beside.phones
        self.by_number: dict[str, Carrier] = {} if beside is None else beside.by_number
        self.by_number[hotline.number] = self
        self.away: Away | None = None
        self.calls: dict[str, LiveCall] = {}
        self.messages: dict[str, LiveMessage] = {}
        self._rules: list[RefusalRule] = []
        self._call_queue = Pace(timers, settings.calls_per_second)
        self._message_queue = Pace(timers, settings.messages_per_second)
        self._switchboard = Switchboard(self.network, self._take_message)
        self.network.ring = self._ring

    # ------------------------------------------------------------ the world around it

    def phone(self, number: str, behaviour: Behaviour | None = None) -> Phone:
        """The phone with this number, made when it is first asked for; a behaviour given replaces the one it had."""
        phone = self.phones.setdefault(number, Phone(number))
        if behaviour is not None:
            phone.behaviour = behaviour
        return phone

    def dials(self, number: str, hotline: str = "", *, caller_id: str | None = None) -> LiveCall:
        """This phone calls the hotline; ``caller_id`` is what the hotline is told, if not the phone's own number."""
        phone = self.phone(number)
        dialled = hotline or self.hotline.number
        reaches_us = dialled == self.hotline.number and phone.call is None
        order = CallOrder(
            direction="inbound",
            from_=number if caller_id is None else caller_id,
            to=dialled,
            url=self.hotline.voice_url,
            fallback_url=self.hotline.voice_fallback_url,
            fallback_method=self.hotline.voice_fallback_method,
            status_callback=self.hotline.status_url if reaches_us else "",
        )
        call = self._new_call(order, phone)
        if reaches_us:
            call.begin_incoming()
        else:
            call.end("failed")
        self.network.on_change()
        return call

    def texts(self, number: str, body: str, hotline: str = "") -> LiveMessage:
        """This phone texts the hotline; without a number, the one that it heard from last."""
        phone = self.phone(number)
        last = next((text.other for text in reversed(phone.texts) if text.incoming), "")
        account = self.by_number.get(hotline or last, self)
        if account is not self:
            return account.texts(number, body, account.hotline.number)
        message = self._new_message("inbound", number, hotline or self.hotline.number, body, phone)
        phone.texts.append(Text(self.network.now(), message.sid, message.to, body, incoming=False))
        message.status = "received"
        if message.to == self.hotline.number:
            self._switchboard.take(message, self.hotline.sms_url)
        self.network.on_change()
        return message

    def refuse(
        self,
        code: int,
        *,
        number: str = "",
        asked: frozenset[Asked] = frozenset(),
        from_at: datetime | None = None,
        until_at: datetime | None = None,
    ) -> RefusalRule:
        """Refuse such requests with this code, from now on or for a while: an outage, a suspension, a bad number."""
        rule = RefusalRule(code, number, asked, from_at, until_at)
        self._rules.append(rule)
        return rule

    def relent(self, rule: RefusalRule) -> None:
        """Refuse no more by this rule."""
        self._rules.remove(rule)

    @property
    def faults(self) -> Faults:
        """What goes wrong by chance."""
        return self.network.sender.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.network.sender.faults = faults

    @property
    def debugger(self) -> list[DebuggerEntry]:
        """Our own errors, as the carrier saw them."""
        return self.network.debugger

    @property
    def webhooks(self) -> list[WebhookRequest]:
        """The last thousand requests that were sent to us, oldest first."""
        return self.network.sender.sent

    def on_change(self, do: Callable[[], None]) -> None:
        """Call this whenever something that a phone shows has changed."""
        self.network.on_change = do

    # ------------------------------------------------------------ the provider's API

    def create_call(
        self,
        *,
        to: str,
        from_: str,
        url: str = "",
        method: str = "POST",
        twiml: str = "",
        status_callback: str = "",
        status_callback_events: frozenset[str] = frozenset(),
        timeout: float = 60.0,
        machine_detection: str = "",
        async_amd: str = "",
        async_amd_status_callback: str = "",
    ) -> str:
        """Queue a call; its SID. Raises RefusalError, or ResponseLostError where it was queued all the same."""
        self._admit(Asked.CALLS, to)
        self._check_call(to, from_, url, twiml, status_callback)
        if status_callback_events - CALL_EVENTS:
            raise RefusalError(20001, f"StatusCallbackEvent {sorted(status_callback_events - CALL_EVENTS)}")
        if async_amd_status_callback and not _URL.fullmatch(async_amd_status_callback):
            raise RefusalError(21609, async_amd_status_callback)
        order = CallOrder(
            direction="outbound-api",
            from_=from_,
            to=to,
            url=url,
            method=method,
            twiml=twiml,
            status_callback=status_callback,
            status_events=status_callback_events,
            timeout_seconds=timeout,
            detects_machines=machine_detection in {"Enable", "DetectMessageEnd"},
            # "True", as the client library writes a bool, is not "true".
            detects_beside=async_amd == "true",
            machine_callback=async_amd_status_callback,
        )
        call = self._new_call(order, self.phone(to))
        self._call_queue.enqueue(call.dial)
        return self._answered(call.sid)

    def update_call(self, sid: str, status: str) -> LiveCall:
        """End a call: ``canceled`` before it is answered, ``completed`` also after. Raises RefusalError 21220."""
        self._admit(Asked.CALLS, "")
        call = self._found_call(sid)
        if status not in {"canceled", "completed"}:
            raise RefusalError(20001, f"Status {status!r}")
        if not call.cancel(status):
            raise RefusalError(21220)
        self._answered(sid)
        return call

    def get_call(self, sid: str) -> LiveCall:
        """One call. Raises RefusalError(20404)."""
        self._admit(Asked.READS, "")
        return self._found_call(sid)

    def list_calls(self, *, to: str = "", from_: str = "", since: datetime | None = None) -> list[LiveCall]:
        """Calls, newest first. With ``since`` those that were dialled since: what is still queued has no start time."""
        self._admit(Asked.READS, to)
        found = [
            call
            for call in self.calls.values()
            if (not to or call.order.to == to)
            and (not from_ or call.order.from_ == from_)
            and (since is None or (call.times.dialled_at is not None and call.times.dialled_at >= since))
        ]
        return found[::-1]

    def create_message(
        self, *, to: str, from_: str, body: str, status_callback: str = "", validity_period: int = 36000
    ) -> str:
        """Queue a text; its SID. Raises RefusalError, or ResponseLostError where it was queued all the same."""
        self._admit(Asked.MESSAGES, to)
        self._check_message(to, from_, body, status_callback)
        if not 1 <= validity_period <= 36000:
            raise RefusalError(20001, f"ValidityPeriod {validity_period} is not from 1 to 36000")
        message = self._new_message("outbound-api", from_, to, body, self.phone(to))
        message.status_callback = status_callback
        message.validity_seconds = validity_period
        self._message_queue.enqueue(message.send, weight=segments(body))
        return self._answered(message.sid)

    def get_message(self, sid: str) -> LiveMessage:
        """One text. Raises RefusalError(20404)."""
        self._admit(Asked.READS, "")
        if sid not in self.messages:
            raise RefusalError(20404, sid)
        return self.messages[sid]

    def list_messages(self, *, to: str = "", from_: str = "", since: datetime | None = None) -> list[LiveMessage]:
        """Texts, newest first. With ``since`` those that were sent since: what is still queued has no such date."""
        self._admit(Asked.READS, to)
        found = [
            message
            for message in self.messages.values()
            if (not to or message.to == to)
            and (not from_ or message.from_ == from_)
            and (since is None or (message.sent_at or message.created_at) >= since)
            and (since is None or message.sent_at is not None or message.direction == "inbound")
        ]
        return found[::-1]

    def redact_message(self, sid: str) -> LiveMessage:
        """Forget what a text said. Raises RefusalError(20404)."""
        message = self.get_message(sid)
        message.body = ""
        return message

    def get_recording(self, sid: str) -> StoredRecording:
        """One recording. Raises RefusalError(20404), also once it is deleted."""
        self._admit(Asked.READS, "")
        recording = self.network.recordings.get(sid)
        if recording is None:
            raise RefusalError(20404, sid)
        return recording

    def recording_media(self, sid: str) -> bytes:
        """Its audio. Raises RefusalError(20404), also while it is not ready."""
        self._admit(Asked.READS, "")
        audio = self.network.recordings.media(sid, self.network.now())
        if audio is None:
            raise RefusalError(20404, sid)
        return audio

    def delete_recording(self, sid: str) -> None:
        """Delete its audio. Raises RefusalError(20404)."""
        self._admit(Asked.READS, "")
        if not self.network.recordings.delete(sid):
            raise RefusalError(20404, sid)

    def admit_read(self) -> None:
        """Raises RefusalError where requests that only read, or set what is not a call, are refused."""
        self._admit(Asked.READS, "")

    # ------------------------------------------------------------ inside

    def _admit(self, asked: Asked, number: str) -> None:
        now = self.network.now()
        for rule in self._rules:
            if rule.covers(asked, number, now):
                raise RefusalError(rule.code)
        if self.faults.rest_error and self.network.rng.random() < self.faults.rest_error:
            raise RefusalError(20503)

    def _answered(self, sid: str) -> str:
        if self.faults.rest_lost and self.network.rng.random() < self.faults.rest_lost:
            raise ResponseLostError(sid)
        return sid

    def _check_call(self, to: str, from_: str, url: str, twiml: str, status_callback: str) -> None:
        if not to:
            raise RefusalError(21201)
        if not _E164.fullmatch(to):
            raise RefusalError(21211, to)
        if from_ != self.hotline.number:
            raise RefusalError(21210, from_)
        if not twiml and not _URL.fullmatch(url):
            raise RefusalError(21205, url)
        if status_callback and not _URL.fullmatch(status_callback):
            raise RefusalError(21609, status_callback)
        if code := self.phone(to).call_refusal:
            raise RefusalError(code, to)

    def _check_message(self, to: str, from_: str, body: str, status_callback: str) -> None:
        if not to or not from_:
            raise RefusalError(21603 if to else 21604)
        if not _E164.fullmatch(to):
            raise RefusalError(21211, to)
        if from_ != self.hotline.number:
            raise RefusalError(21606, from_)
        if to == from_:
            raise RefusalError(21266)
        if not body.strip() or len(body) > MAX_BODY:
            raise RefusalError(21617 if body.strip() else 21602)
        if status_callback and not _URL.fullmatch(status_callback):
            raise RefusalError(21609, status_callback)
        if to in self._switchboard.opted_out:
            raise RefusalError(21610, to)
        if code := self.phone(to).message_refusal:
            raise RefusalError(code, to)

    def _new_call(self, order: CallOrder, phone: Phone) -> LiveCall:
        times = CallTimes(self.network.now())
        call = LiveCall(self.network.sid("CA"), order, phone, phone.behaviour, self.network, times)
        self.calls[call.sid] = call
        return call

    def _ring(self, number: str, dial: Dial, listener: LegListener, *, parent_sid: str, caller: str) -> LiveCall:
        """Ring a phone for a caller. What the account is allowed a second does not count here."""
        shown = dial.caller_id or caller
        if shown not in (self.hotline.number, caller):
            raise TwimlError(13214, f"callerId {shown} is neither a number of the account nor the caller's")
        order = CallOrder(
            direction="outbound-dial",
            from_=shown,
            to=number,
            timeout_seconds=dial.timeout_seconds,
            parent_sid=parent_sid,
        )
        leg = self._new_call(order, self.phone(number))
        leg.listener = listener
        self.network.after(0, leg.dial)
        return leg

    def _new_message(self, direction: str, from_: str, to: str, body: str, phone: Phone) -> LiveMessage:
        sid = self.network.sid("SM")
        message = LiveMessage(sid, direction, from_, to, body, self.network, phone, self.network.now())
        self.messages[sid] = message
        return message

    def _take_message(self, from_: str, to: str, body: str) -> None:
        """A text of the carrier's own, or one that our TwiML replied with."""
        message = self._new_message("outbound-reply", from_, to, body, self.phone(to))
        self._message_queue.enqueue(message.send, weight=segments(body))

    def _found_call(self, sid: str) -> LiveCall:
        if sid not in self.calls:
            raise RefusalError(20404, sid)
        return self.calls[sid]
