"""A phone in the browser: keeps what its page shows, and turns what is done on the page into what a phone does.

Prompts last until the page has played them, recordings until the page hands over what its microphone heard. Where there
is no microphone, words are typed: they become the transcript, and a short tone stands in for the voice.
"""

from dataclasses import dataclass, field
from typing import Any

from oncall.errors import UsageError
from oncall.sim.audio import Speech, beep, wav_seconds
from oncall.sim.carrier import Carrier
from oncall.sim.phone import Behaviour, PhoneCall, Text
from oncall.sim.steps import CHARACTERS_PER_SECOND
from oncall.sim.verbs import Gather, Record

MAX_CAPTIONS = 60
# Shorter recordings are not transcribed by the service.
SHORTEST_TYPED_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """One phone on the page. ``role`` is "customer", "stranger" (a number nobody knows) or "engineer"."""

    number: str
    name: str
    role: str = "engineer"


@dataclass(slots=True)
class BrowserPhone(Behaviour):
    """What the page shows of one phone."""

    entry: PhoneEntry
    carrier: Carrier
    captions: list[dict[str, str]] = field(default_factory=list)
    prompt: dict[str, Any] | None = None
    record: Record | None = None
    recordings: int = 0
    gathering: bool = False
    listening: bool = False
    media: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    ended: str = ""
    answers_by_hand = True

    # ------------------------------------------------------------ what happens to it

    def on_ring(self, call: PhoneCall) -> None:
        """It rings."""
        self._clear()

    def on_say(self, call: PhoneCall, text: str, language: str) -> None:
        """A sentence begins."""
        self._prompt(call, kind="say", text=text, language=language)
        self._caption("hotline", text)

    def on_play(self, call: PhoneCall, audio: bytes, content_type: str) -> None:
        """Audio begins."""
        self.media[call.prompt_number] = (audio, content_type)
        self._prompt(call, kind="play", url=f"{self.entry.number}/media/{call.sid}/{call.prompt_number}")
        self._caption("hotline", "(a recording is played)")

    def on_gather(self, call: PhoneCall, gather: Gather) -> None:
        """Keys are accepted from now on."""
        self.gathering = gather.keys
        self.listening = gather.speech
        self._changed()

    def on_record(self, call: PhoneCall, record: Record) -> None:
        """The beep has sounded."""
        self.prompt = None
        self.gathering = self.listening = False
        self.record = record
        self.recordings += 1
        self._changed()

    def on_end(self, call: PhoneCall) -> None:
        """It is over."""
        self.prompt = None
        self.record = None
        self.gathering = self.listening = False
        self.ended = {"busy": "busy", "no-answer": "not answered", "canceled": "missed", "failed": "failed"}.get(
            call.status, "call ended"
        )
        self._changed()

    def on_sms(self, text: Text) -> None:
        """A text arrived."""
        self._changed()

    # ------------------------------------------------------------ what is done with it

    def dial(self) -> None:
        """Call the hotline. Raises UsageError during another call."""
        if self._call() is not None:
            raise UsageError("This phone is in a call: hang up first.")
        self._clear()
        self.carrier.dials(self.entry.number)

    def press(self, keys: str) -> None:
        """Press keys."""
        if call := self._call():
            self.gathering = self.listening = False
            self._caption("you", f"pressed {keys}")
            call.press(keys)

    def say(self, text: str) -> None:
        """Say these words to a hotline that listens for words; nobody hears them otherwise."""
        speech = _speech(b"", text)
        if speech is not None and (call := self._call()) and call.speak(speech):
            self.gathering = self.listening = False
            self._caption("you", text)

    def hear(self, prompt_number: int) -> None:
        """The page has played this prompt."""
        if call := self._call():
            call.heard(prompt_number)

    def finish_recording(self, *, audio: bytes, text: str, key: str, hang_up: bool) -> None:
        """The page's microphone (or keyboard) has recorded this; nothing at all is silence. Raises UsageError."""
        call = self._call()
        if call is None or self.record is None:
            return
        speech = _speech(audio, text)
        if speech is not None:
            self._caption("you", text or f"({speech.seconds:.0f} seconds recorded)")
        if hang_up and speech is not None:
            call.speak(speech)
        self.record = None
        if hang_up:
            call.hang_up()
        else:
            call.end_recording(speech, key)
        self._changed()

    def state(self) -> dict[str, Any]:
        """What the page draws."""
        phone = self.carrier.phone(self.entry.number)
        return {
            "number": self.entry.number,
            "name": self.entry.name,
            "role": self.entry.role,
            "call": self._call_state(phone.call),
            "captions": self.captions,
            "ended": self.ended,
            "texts": [
                {"sid": text.sid, "at": text.at.isoformat(), "body": text.body, "incoming": text.incoming}
                for text in phone.texts[-100:]
            ],
        }

    def call(self) -> PhoneCall | None:
        """The call it is in, or that rings; None without one."""
        return self._call()

    def _call(self) -> PhoneCall | None:
        return self.carrier.phone(self.entry.number).call

    def _call_state(self, call: PhoneCall | None) -> dict[str, Any] | None:
        if call is None:
            return None
        record = self.record
        return {
            "sid": call.sid,
            "status": call.status,
            "other": call.other,
            "incoming": call.incoming,
            "gathering": self.gathering,
            "listening": self.listening,
            "prompt": self.prompt,
            "record": None
            if record is None
            else {
                "number": self.recordings,
                "beep": record.beep,
                "maxSeconds": record.max_seconds,
                "silenceSeconds": record.timeout_seconds,
                "finishOnKey": record.finish_on_key,
            },
        }

    def _prompt(self, call: PhoneCall, **what: str) -> None:
        self.record = None
        self.prompt = {"number": call.prompt_number, **what}
        self._changed()

    def _caption(self, who: str, text: str) -> None:
        self.captions.append({"who": who, "text": text})
        del self.captions[:-MAX_CAPTIONS]

    def _clear(self) -> None:
        self.captions.clear()
        self.media.clear()
        self.prompt = None
        self.record = None
        self.gathering = self.listening = False
        self.ended = ""
        self._changed()

    def _changed(self) -> None:
        self.carrier.network.on_change()


def _speech(audio: bytes, text: str) -> Speech | None:
    if audio:
        seconds = wav_seconds(audio)
        if seconds is None:
            raise UsageError("The recording is not a WAV file; the page sends 16-bit PCM.")
        return Speech(audio, seconds, text) if seconds > 0 else None
    if text:
        return Speech(beep(), max(SHORTEST_TYPED_SECONDS, len(text) / CHARACTERS_PER_SECOND), text)
    return None
