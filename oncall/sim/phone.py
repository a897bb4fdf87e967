"""A phone, and whoever holds it. Scripted people and the phones in the browser drive it by the same few methods."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from oncall.sim.audio import Speech
from oncall.sim.verbs import Gather, Record


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS as the phone shows it. ``incoming`` is from the phone's point of view."""

    at: datetime
    sid: str
    other: str
    body: str
    incoming: bool


class PhoneCall(Protocol):
    """A call as the phone has it. What comes too late, or when nobody listens, does nothing."""

    sid: str
    status: str
    prompt_number: int

    @property
    def other(self) -> str:
        """The number at the other end, as the phone shows it."""
        ...

    @property
    def incoming(self) -> bool:
        """Whether this phone was called."""
        ...

    def answer(self, *, machine: bool = False) -> None:
        """Pick up; ``machine`` for a voicemail."""
        ...

    def decline(self) -> None:
        """Turn it down: the other side hears that we are busy."""
        ...

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        ...

    def speak(self, speech: Speech) -> bool:
        """Say something; False when nothing listened."""
        ...

    def end_recording(self, speech: Speech | None, key: str = "") -> None:
        """Hand over what was recorded here, as a phone that recorded it itself does; None for silence."""
        ...

    def heard(self, prompt_number: int) -> None:
        """That prompt has been played to its end (for phones that listen at their own pace)."""
        ...

    def hang_up(self) -> None:
        """End the call."""
        ...


class Behaviour:
    """What somebody does with a phone; this one leaves it lying on the table. Override what matters.

    ``answers_by_hand`` says that prompts last until ``heard``, recordings until ``end_recording``: as in the browser.
    """

    answers_by_hand = False

    def on_ring(self, call: PhoneCall) -> None:
        """It rings."""

    def on_connect(self, call: PhoneCall) -> None:
        """The call stands."""

    def on_say(self, call: PhoneCall, text: str, language: str) -> None:
        """A sentence begins."""

    def on_play(self, call: PhoneCall, audio: bytes, content_type: str) -> None:
        """Audio begins."""

    def on_gather(self, call: PhoneCall, gather: Gather) -> None:
        """Keys (or words) are accepted from now on; its prompts are still to come."""

    def on_record(self, call: PhoneCall, record: Record) -> None:
        """The beep has sounded."""

    def on_end(self, call: PhoneCall) -> None:
        """It is over; ``call.status`` says how."""

    def on_sms(self, text: Text) -> None:
        """A text arrived."""


@dataclass(slots=True)
class Phone:
    """One telephone, and how the network sees its number.

    ``call_outcome`` "busy", "no-answer" or "failed" ends every call to it like that; "" lets it ring.
    ``message_error`` ends every text to it as undelivered with that code (30003, 30005, 30006…); 0 delivers.
    ``call_refusal`` and ``message_refusal`` are what the API answers when a call or text is asked for (21211, 21614…).
    """

    number: str
    behaviour: Behaviour = field(default_factory=Behaviour)
    call_outcome: str = ""
    message_error: int = 0
    call_refusal: int = 0
    message_refusal: int = 0
    call: PhoneCall | None = None
    texts: list[Text] = field(default_factory=list)
