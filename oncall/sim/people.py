"""People with habits: engineers who sleep through the first call, callers who hang up in the middle of a sentence.

What they do is written down as deeds, so that the invariants know which acknowledgement was a human's.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from oncall.sim.audio import Speech, beep
from oncall.sim.carrier import Carrier
from oncall.sim.phone import Behaviour, PhoneCall, Text
from oncall.sim.verbs import Gather, Record

_VOICE = beep(0.05)
_ACKNOWLEDGES = re.compile(r"To acknowledge(?: all)?, press (\d)")
_PAGE = re.compile(r"^(\d{4,}) .*Reply ACK \d+$", re.S)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a human did. ``about`` is the call's SID for a key, and the words for a text."""

    at: datetime
    number: str
    kind: str
    what: str
    about: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that reached a human: a sentence on the telephone ("call"), or a text ("sms")."""

    at: datetime
    how: str
    words: str


class Surroundings(Protocol):
    """What people need of their world."""

    carrier: Carrier

    @property
    def now(self) -> datetime:
        """The present instant."""
        ...

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Call so many seconds from now."""
        ...

    def tell(self, who: str, what: str) -> None:
        """A line of the story."""
        ...

    def was_told(self, number: str, heard: Heard) -> None:
        """Somebody heard or read something."""
        ...

    def did(self, deed: Deed) -> None:
        """Somebody did something."""
        ...


class Person(Behaviour):
    """Somebody with a telephone, who listens and remembers, and does nothing by themselves."""

    def __init__(self, world: Surroundings, name: str, number: str) -> None:
        self.world = world
        self.name = name
        self.number = number
        self.heard: list[Heard] = []
        self.rang: list[PhoneCall] = []
        self.call: PhoneCall | None = None
        self.phone = world.carrier.phone(number, self)

    # ------------------------------------------------------------ what they do

    def dials(self, *, caller_id: str | None = None) -> PhoneCall:
        """Phone the hotline."""
        self.world.tell(self.name, "dials the hotline")
        self.call = self.world.carrier.dials(self.number, caller_id=caller_id)
        return self.call

    def texts(self, body: str) -> None:
        """Text the hotline."""
        self.world.tell(self.name, f'texts "{body}"')
        self.world.did(Deed(self.world.now, self.number, "sms", body, body))
        self.world.carrier.texts(self.number, body)

    def presses_key(self, call: PhoneCall, keys: str) -> None:
        """Press keys; nothing happens where the call is over."""
        if call.status == "in-progress":
            self.world.tell(self.name, f"presses {keys}")
            self.world.did(Deed(self.world.now, self.number, "key", keys, call.sid))
            call.press(keys)

    def says(self, call: PhoneCall, words: str, seconds: float = 3.0) -> None:
        """Say something; nothing happens where the call is over."""
        if call.status == "in-progress":
            self.world.tell(self.name, f'says "{words}"')
            self.world.did(Deed(self.world.now, self.number, "speech", words, call.sid))
            call.speak(Speech(_VOICE, seconds, words))

    def hangs_up_on(self, call: PhoneCall) -> None:
        """Hang up; nothing happens where the call is over."""
        if call.status in {"ringing", "in-progress"}:
            self.world.tell(self.name, "hangs up")
            call.hang_up()

    # ------------------------------------------------------------ what happens to them

    def on_ring(self, call: PhoneCall) -> None:
        """The telephone rings."""
        self.world.tell(self.name, "telephone rings")
        self.rang.append(call)
        self.call = call

    def on_say(self, call: PhoneCall, text: str, language: str) -> None:
        """A sentence begins."""
        self._hears("call", text, f'hears "{text}"')

    def on_play(self, call: PhoneCall, audio: bytes, content_type: str) -> None:
        """Audio begins."""
        self.world.tell(self.name, "hears the caller's own voice")

    def on_end(self, call: PhoneCall) -> None:
        """A call is over."""
        self.world.tell(self.name, f"call ends ({call.status})")

    def on_sms(self, text: Text) -> None:
        """A text arrived."""
        self._hears("sms", text.body, f'gets SMS "{text.body}"')

    def _hears(self, how: str, words: str, told: str) -> None:
        self.world.tell(self.name, told)
        heard = Heard(self.world.now, how, words)
        self.heard.append(heard)
        self.world.was_told(self.number, heard)


# ---------------------------------------------------------------- engineers


@dataclass(frozen=True, slots=True)
class Habit:
    """How an engineer takes a page.

    ``answers_after`` None lets it ring; ``sleeps_through`` are the first calls that are not heard. ``keys`` are pressed
    one at each menu, ``key_after`` seconds into it. ``texts`` answers a page's SMS, with ``{number}`` filled in.
    ``echoes`` is what a voicemail's echo sounds like to whoever listens for keys.
    """

    answers_after: float | None = 4.0
    sleeps_through: int = 0
    declines: bool = False
    voicemail_after: float | None = None
    echoes: str = ""
    keys: str = "1"
    key_after: float = 3.0
    texts: str = ""
    texts_after: float = 20.0


RELIABLE = Habit()


class Engineer(Person):
    """An engineer with a habit, which may change. Whoever ``listens`` waits to hear which key acknowledges."""

    def __init__(
        self, world: Surroundings, name: str, number: str, habit: Habit = RELIABLE, *, listens: bool = False
    ) -> None:
        super().__init__(world, name, number)
        self.habit = habit
        self.listens = listens
        self._slept = 0
        self._codes: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def on_ring(self, call: PhoneCall) -> None:
        """Answer it, or not."""
        super().on_ring(call)
        habit = self.habit
        if self._slept < habit.sleeps_through:
            self._slept += 1
        elif habit.declines:
            self.world.later(3.0, call.decline)
        elif habit.voicemail_after is not None:
            self.world.later(habit.voicemail_after, lambda: call.answer(machine=True))
        elif habit.answers_after is not None:
            self._keys[call.sid] = habit.keys
            self.world.later(habit.answers_after, lambda: self._answer(call))

    def on_gather(self, call: PhoneCall, gather: Gather) -> None:
        """Press the next key of the habit."""
        left = self._keys.get(call.sid, "")
        if left:
            self._keys[call.sid] = left[1:]
            self.world.later(self.habit.key_after, lambda: self._presses(call, left[0]))
        elif self.habit.voicemail_after is not None and self.habit.echoes:
            self.world.later(2.0, lambda: call.press(self.habit.echoes))

    def on_say(self, call: PhoneCall, text: str, language: str) -> None:
        """Remember which key acknowledges."""
        super().on_say(call, text, language)
        if said := _ACKNOWLEDGES.search(text):
            self._codes[call.sid] = said[1]

    def on_sms(self, text: Text) -> None:
        """Answer a page by text, where that is the habit."""
        super().on_sms(text)
        page = _PAGE.match(text.body)
        several = "Reply ACK ALL" in text.body
        if (page or several) and self.habit.texts:
            answer = self.habit.texts.format(number="ALL" if several or page is None else page[1])
            self.world.later(self.habit.texts_after, lambda: self.texts(answer))

    def _presses(self, call: PhoneCall, key: str) -> None:
        code = self._codes.get(call.sid, "")
        if not self.listens or key != "1" or code == "1":
            self.presses_key(call, key)
        elif code:
            self.presses_key(call, code)
        elif call.status == "in-progress":
            self.world.later(1.0, lambda: self._presses(call, key))

    def _answer(self, call: PhoneCall) -> None:
        if call.status == "ringing":
            self.world.tell(self.name, "answers")
        call.answer()


# ---------------------------------------------------------------- callers


@dataclass(frozen=True, slots=True)
class Matter:
    """How a caller phones: what they do at each step, and when they hang up ("" for never).

    ``hangs_up_at`` is "greeting", "screening", "name prompt", "name", "problem prompt", "problem" or "thanks".
    """

    name: str = "Jane Doe of ACME Shop"
    problem: str = "The shop answers nothing but errors"
    screening_key: str = "1"
    hangs_up_at: str = ""
    callback_digits: str = ""


class Caller(Person):
    """A caller who phones about a matter."""

    def __init__(self, world: Surroundings, name: str, number: str, matter: Matter | None = None) -> None:
        super().__init__(world, name, number)
        self.matter = matter or Matter()
        self._recorded: set[str] = set()

    def on_connect(self, call: PhoneCall) -> None:
        """Hang up at once, where that is how they are."""
        if not call.incoming and self.matter.hangs_up_at == "greeting":
            self.world.later(1.0, lambda: self.hangs_up_on(call))

    def on_ring(self, call: PhoneCall) -> None:
        """Somebody phones them back with news."""
        super().on_ring(call)
        self.world.later(5.0, call.answer)

    def on_gather(self, call: PhoneCall, gather: Gather) -> None:
        """Press what is asked for: a key to get through, or the number to call back."""
        if self.matter.hangs_up_at == "screening":
            self.world.later(2.0, lambda: self.hangs_up_on(call))
        elif gather.num_digits == 1 and self.matter.screening_key:
            self.world.later(2.0, lambda: self.presses_key(call, self.matter.screening_key))
        elif gather.num_digits != 1 and self.matter.callback_digits:
            self.world.later(2.0, lambda: self.presses_key(call, f"{self.matter.callback_digits}#"))

    def on_record(self, call: PhoneCall, record: Record) -> None:
        """Speak after the beep, or hang up."""
        part = "problem" if "/problem" in record.action else "name"
        words = self.matter.problem if part == "problem" else self.matter.name
        if self.matter.hangs_up_at == f"{part} prompt":
            self.world.later(0.5, lambda: self.hangs_up_on(call))
            return
        if words:
            self.world.later(0.3, lambda: self.says(call, words))
            if self.matter.hangs_up_at == part:
                self.world.later(2.0, lambda: self.hangs_up_on(call))
            else:
                self.world.later(4.0, lambda: self._ends_recording(call))

    def on_say(self, call: PhoneCall, text: str, language: str) -> None:
        """Hang up while being thanked, where that is how they are."""
        super().on_say(call, text, language)
        if self.matter.hangs_up_at == "thanks" and not call.incoming and _NUMBER_SPOKEN.search(text):
            self.world.later(0.5, lambda: self.hangs_up_on(call))

    def _ends_recording(self, call: PhoneCall) -> None:
        if call.status == "in-progress":
            call.press("#")


_NUMBER_SPOKEN = re.compile(r"\d \d \d \d")


# Texts, and what is written and clicked in Slack.
_WRITTEN = frozenset({"sms", "slack", "github"})


@dataclass(slots=True)
class Memory:
    """Everything that humans did and were told, for the invariants."""

    deeds: list[Deed] = field(default_factory=list)
    told: dict[str, list[Heard]] = field(default_factory=dict)

    def human_acknowledged(self, number: str, since: datetime, keys: Collection[str]) -> bool:
        """Whether this number's owner pressed one of these keys, or wrote or clicked something, since then."""
        return any(
            deed.kind in _WRITTEN or (deed.kind == "key" and any(key in deed.what for key in keys))
            for deed in self.deeds
            if deed.number == number and deed.at >= since
        )
