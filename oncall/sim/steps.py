"""The verbs that take time: prompts, gathering keys, recording. A step hears what the phone does meanwhile."""

from collections.abc import Callable, Mapping
from typing import Protocol

from oncall.sim.audio import Speech, joined, wav_seconds
from oncall.sim.phone import Behaviour, PhoneCall
from oncall.sim.timers import Timer
from oncall.sim.verbs import Gather, Pause, Prompt, Record, Say

CHARACTERS_PER_SECOND = 15
UNKNOWN_AUDIO_SECONDS = 3.0
# loop=0 means until the caller hangs up.
FOREVER = 1000


class Stage(Protocol):
    """What a step needs of the script that it is part of."""

    @property
    def call(self) -> PhoneCall:
        """The call."""
        ...

    @property
    def behaviour(self) -> Behaviour:
        """Who is on the phone."""
        ...

    def after(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Call later."""
        ...

    def next(self) -> None:
        """Go on with the next verb."""
        ...

    def submit(self, url: str, method: str, extra: Mapping[str, str]) -> None:
        """Send what was collected and go on with the document that comes back."""
        ...

    def media(self, url: str, then: Callable[[bytes, str], None]) -> None:
        """Fetch audio; the script ends in an application error where there is none."""
        ...

    def store(self, record: Record, speech: Speech, key: str) -> dict[str, str]:
        """Keep a recording; the parameters that tell of it."""
        ...

    def nothing_recorded(self, record: Record) -> None:
        """Tell that a recording stayed empty, where that was asked for."""
        ...


class Step:
    """A verb that takes time. What it does not listen to, it does not hear."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._timer: Timer | None = None

    def begin(self) -> None:
        """Start."""

    def key(self, key: str) -> None:
        """A key was pressed."""

    def speech(self, speech: Speech) -> bool:
        """Something was said; False when nothing listened."""
        return False

    def recorded(self, speech: Speech | None, key: str) -> None:
        """A phone that records by itself hands over what it has."""

    def heard(self, prompt_number: int) -> None:
        """A phone that listens at its own pace has played this prompt."""

    def hung_up(self) -> None:
        """The call has just ended."""

    def stop(self) -> None:
        """Call nothing more."""
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float, do: Callable[[], None]) -> None:
        self._cancel()
        self._timer = self._stage.after(seconds, do)


class Prompts(Step):
    """Says, plays and pauses, one after the other."""

    def __init__(self, stage: Stage, prompts: tuple[Prompt, ...], done: Callable[[], None]) -> None:
        super().__init__(stage)
        self._left = [p for prompt in prompts for p in [prompt] * _times(prompt)]
        self._done = done
        self._stopped = False
        self._waits_for = 0

    def begin(self) -> None:
        """Start the next prompt, or be done."""
        if self._stopped:
            return
        self._waits_for = 0
        if not self._left:
            self._done()
            return
        prompt = self._left.pop(0)
        if isinstance(prompt, Pause):
            self._wait(prompt.seconds, self.begin)
        elif isinstance(prompt, Say):
            self._last(len(prompt.text) / CHARACTERS_PER_SECOND)
            self._stage.behaviour.on_say(self._stage.call, prompt.text, prompt.language)
        else:
            self._stage.media(prompt.url, self._play)

    def heard(self, prompt_number: int) -> None:
        """Go on early: this prompt has been played."""
        if prompt_number == self._waits_for:
            self._wait(0, self.begin)

    def silence(self) -> None:
        """Fall silent for good: somebody barged in."""
        self._stopped = True
        self.stop()

    def _play(self, audio: bytes, content_type: str) -> None:
        if not self._stopped:
            self._last(wav_seconds(audio) or UNKNOWN_AUDIO_SECONDS)
            self._stage.behaviour.on_play(self._stage.call, audio, content_type)

    def _last(self, seconds: float) -> None:
        self._stage.call.prompt_number += 1
        self._waits_for = self._stage.call.prompt_number
        if self._stage.behaviour.answers_by_hand:
            # Only for a page that was closed in mid-sentence.
            seconds = seconds * 3 + 5
        self._wait(seconds, self.begin)


def _times(prompt: Prompt) -> int:
    return 1 if isinstance(prompt, Pause) else (prompt.loop or FOREVER)


class GatherStep(Step):
    """Collects keys or words, also while its prompts are still playing."""

    def __init__(self, stage: Stage, gather: Gather) -> None:
        super().__init__(stage)
        self._gather = gather
        self._digits = ""
        self._prompts = Prompts(stage, gather.prompts, self._listen)
        self._over = False

    def begin(self) -> None:
        """Accept keys at once, and start the prompts."""
        self._stage.behaviour.on_gather(self._stage.call, self._gather)
        if not self._over and not self._digits:
            self._prompts.begin()

    def key(self, key: str) -> None:
        """Collect a key."""
        if self._over or not self._gather.keys:
            return
        self._prompts.silence()
        if key == self._gather.finish_on_key and self._digits:
            self._finish({"Digits": self._digits})
            return
        if key != self._gather.finish_on_key:
            self._digits += key
        if self._gather.num_digits and len(self._digits) >= self._gather.num_digits:
            self._finish({"Digits": self._digits})
        else:
            self._listen()

    def speech(self, speech: Speech) -> bool:
        """Listen to words, where they are wanted and known."""
        if self._over or not self._gather.speech or not speech.text:
            return False
        self._prompts.silence()
        self._wait(speech.seconds, lambda: self._finish({"SpeechResult": speech.text, "Confidence": "0.9"}))
        return True

    def heard(self, prompt_number: int) -> None:
        """Go on to the next prompt."""
        self._prompts.heard(prompt_number)

    def hung_up(self) -> None:
        """What was collected is not sent."""
        self._over = True
        self._prompts.silence()

    def stop(self) -> None:
        """Call nothing more."""
        super().stop()
        self._prompts.stop()

    def _listen(self) -> None:
        self._wait(self._gather.timeout_seconds, self._time_is_up)

    def _time_is_up(self) -> None:
        if self._digits or self._gather.action_on_empty_result:
            self._finish({"Digits": self._digits})
        else:
            self._over = True
            self._stage.next()

    def _finish(self, extra: Mapping[str, str]) -> None:
        self._over = True
        self.stop()
        self._stage.submit(self._gather.action, self._gather.method, extra)


class RecordStep(Step):
    """Records until a key, silence, its length, or the end of the call.

    What has begun to be said counts whole, also where a key or the end of the call cuts it short.
    """

    def __init__(self, stage: Stage, record: Record) -> None:
        super().__init__(stage)
        self._record = record
        self._said: list[Speech] = []
        self._over = False
        self._limit: Timer | None = None

    def begin(self) -> None:
        """Beep, and listen."""
        if self._stage.behaviour.answers_by_hand:
            # Only for a page that was closed in mid-recording.
            self._wait(self._record.max_seconds + 10, self._finish)
        else:
            self._limit = self._stage.after(self._record.max_seconds, self._finish)
            self._wait(self._record.timeout_seconds, self._finish)
        self._stage.behaviour.on_record(self._stage.call, self._record)

    def speech(self, speech: Speech) -> bool:
        """Record it; silence counts from its end."""
        if self._over:
            return False
        self._said.append(speech)
        self._wait(speech.seconds + self._record.timeout_seconds, self._finish)
        return True

    def key(self, key: str) -> None:
        """End it, where this key does."""
        if key in self._record.finish_on_key:
            self._finish(key)

    def recorded(self, speech: Speech | None, key: str) -> None:
        """End it with what the phone recorded."""
        if speech is not None and not self._over:
            self._said.append(speech)
        self._finish(key)

    def hung_up(self) -> None:
        """The action is still told of what was said, and its answer ignored."""
        self._finish("hangup")

    def stop(self) -> None:
        """Call nothing more."""
        super().stop()
        if self._limit is not None:
            self._limit.cancel()

    def _finish(self, key: str = "") -> None:
        if self._over:
            return
        self._over = True
        self.stop()
        if self._said:
            told = self._stage.store(self._record, joined(self._said), key)
            self._stage.submit(self._record.action, self._record.method, told)
            return
        self._stage.nothing_recorded(self._record)
        if key != "hangup":
            self._stage.next()
