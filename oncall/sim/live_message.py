"""One text through the carrier: accepted, queued, sent, delivered or not; and what its texts cost in segments."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from oncall.sim.network import API_VERSION, Network
from oncall.sim.phone import Phone, Text

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
UNDELIVERED_TEXTS = {
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
}


def segments(body: str) -> int:
    """How many messages the carrier sends for it: one curly quote turns 160 characters into 70."""
    if all(character in _GSM or character in _GSM_EXTENDED for character in body):
        length = len(body) + sum(character in _GSM_EXTENDED for character in body)
        return 1 if length <= 160 else math.ceil(length / 153)
    length = len(body.encode("utf-16-be")) // 2
    return 1 if length <= 70 else math.ceil(length / 67)


@dataclass(slots=True, eq=False)
class LiveMessage:
    """A text. ``direction`` is the carrier's word: "inbound", "outbound-api" or "outbound-reply"."""

    sid: str
    direction: str
    from_: str
    to: str
    body: str
    network: Network
    phone: Phone
    created_at: datetime
    status: str = "queued"
    status_callback: str = ""
    validity_seconds: int = 36000
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    error_code: int = 0
    on_delivered: Callable[[Text], None] = lambda _text: None

    def send(self) -> None:
        """Leave the queue; a text that waited longer than it is valid for dies there."""
        if (self.network.now() - self.created_at).total_seconds() > self.validity_seconds:
            self._become("failed", 30001)
            return
        self.sent_at = self.network.now()
        self._become("sent")
        self.network.after(self.network.settings.sms_seconds, self._arrive)

    def _arrive(self) -> None:
        if self.phone.message_error:
            self._become("undelivered", self.phone.message_error)
            return
        self._become("delivered")
        text = Text(self.network.now(), self.sid, self.from_, self.body, incoming=True)
        self.phone.texts.append(text)
        self.on_delivered(text)
        self.phone.behaviour.on_sms(text)
        self.network.on_change()

    def _become(self, status: str, error_code: int = 0) -> None:
        self.status = status
        self.error_code = error_code
        self.updated_at = self.network.now()
        if not self.status_callback:
            return
        told = {
            "MessageSid": self.sid,
            "MessageStatus": status,
            "SmsSid": self.sid,
            "SmsStatus": status,
            "AccountSid": self.network.settings.account_sid,
            "From": self.from_,
            "To": self.to,
            "ApiVersion": API_VERSION,
        }
        if error_code:
            told["ErrorCode"] = str(error_code)
        if status in {"delivered", "undelivered"}:
            told["RawDlrDoneDate"] = self.network.now().strftime("%y%m%d%H%M")
        self.network.tell(self.status_callback, told, self.sid)
