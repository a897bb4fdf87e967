"""Performs the TwiML of one call: fetches documents, takes verbs one by one, and hangs up when none are left."""

from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urljoin

from oncall.sim.audio import Speech
from oncall.sim.dial_step import DialStep, Leg, LegListener
from oncall.sim.network import Network
from oncall.sim.phone import Behaviour, PhoneCall
from oncall.sim.recording_callbacks import keep_recording, tell_of_empty_recording
from oncall.sim.steps import GatherStep, Prompts, RecordStep, Step
from oncall.sim.timers import Timer
from oncall.sim.twiml_reader import TwimlError, read_answer
from oncall.sim.verbs import Dial, Gather, Hangup, Pause, Play, Record, Redirect, Reject, Reply, Say, Verb
from oncall.sim.webhook import Answer, FetchError

APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."
# A document that redirects to itself without a word would otherwise never end.
MAX_SILENT_DOCUMENTS = 200


class ScriptedCall(PhoneCall, Protocol):
    """The call, as its script needs it."""

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        ...

    @property
    def fallback_url(self) -> str:
        """Where the carrier turns when our document fails; "" for nowhere."""
        ...

    @property
    def fallback_method(self) -> str:
        """How it asks there."""
        ...

    def params(self) -> dict[str, str]:
        """The parameters of every voice webhook."""
        ...

    def connect(self) -> None:
        """An incoming call is taken by its first verb that does anything."""
        ...

    def end(self, status: str) -> None:
        """End it."""
        ...


class CallScript:
    """One call's run through its documents."""

    def __init__(self, call: ScriptedCall, behaviour: Behaviour, network: Network) -> None:
        self.call: ScriptedCall = call
        self.behaviour = behaviour
        self._network = network
        self._url = ""
        self._verbs: list[Verb] = []
        self._step: Step = Step(self)
        self._silent_documents = 0
        self._fell_back = False
        # Grows with every document and at the end, so that an answer that comes too late is known by its number.
        self._turn = 0

    def fetch(self, url: str, method: str = "POST", extra: Mapping[str, str] | None = None) -> None:
        """Go on with the document at this URL."""
        self._silent_documents += 1
        if self._silent_documents > MAX_SILENT_DOCUMENTS:
            self.fail(11215, url, f"{MAX_SILENT_DOCUMENTS} documents without a word")
            return
        self._turn += 1
        turn = self._turn

        def go_on(result: Answer | FetchError) -> None:
            if turn == self._turn and not self.call.ended:
                self._read(url, result)

        self._network.sender.ask(url, {**self.call.params(), **(extra or {})}, go_on, method=method)

    def perform(self, url: str, verbs: tuple[Verb, ...]) -> None:
        """Perform these verbs; ``url`` is what relative ones are joined to."""
        self._url = url
        self._verbs = list(verbs)
        self.next()

    def next(self) -> None:
        """Perform the next verb, or hang up."""
        self._step.stop()
        self._step = Step(self)
        if self.call.ended:
            return
        if not self._verbs:
            self.call.connect()
            self.call.end("completed")
            return
        verb = self._verbs.pop(0)
        if not isinstance(verb, Reject | Pause):
            self.call.connect()
        self._perform(verb)

    def submit(self, url: str, method: str, extra: Mapping[str, str]) -> None:
        """Send what was collected. After the end of the call the answer is ignored."""
        target = urljoin(self._url, url) if url else self._url
        if self.call.ended:
            self._network.tell(target, {**self.call.params(), **extra}, self.call.sid)
        else:
            self.fetch(target, method, extra)

    def media(self, url: str, then: Callable[[bytes, str], None]) -> None:
        """Fetch audio for <Play>."""
        target = urljoin(self._url, url)
        turn = self._turn

        def check(result: Answer | FetchError) -> None:
            if turn != self._turn or self.call.ended:
                return
            if isinstance(result, FetchError) or not 200 <= result.status < 300:
                self.fail(11200, target, str(getattr(result, "status", result)))
            elif not result.content_type.startswith("audio/"):
                self.fail(12300, target, f"content type {result.content_type!r} is not audio")
            else:
                then(result.body, result.content_type)

        self._network.sender.ask(target, {}, check, method="GET")

    def ring(self, number: str, dial: Dial, listener: LegListener) -> Leg:
        """Ring this phone for the caller. Raises TwimlError."""
        if self._network.ring is None:
            raise TwimlError(13224, "nobody can be rung by this carrier")
        params = self.call.params()
        return self._network.ring(number, dial, listener, parent_sid=self.call.sid, caller=params["From"])

    def store(self, record: Record, speech: Speech, key: str) -> dict[str, str]:
        """Keep a recording and send its callbacks later."""
        return keep_recording(self._network, self.call.params(), self._url, record, speech, key)

    def nothing_recorded(self, record: Record) -> None:
        """Tell that a recording stayed empty, where that was asked for."""
        tell_of_empty_recording(self._network, self.call.params(), self._url, record)

    def after(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Call later."""
        return self._network.after(seconds, do)

    def fail(self, code: int, url: str, message: str) -> None:
        """What the caller hears when our document is at fault."""
        self._network.debug(code, self.call.sid, url, message)
        if self.call.fallback_url and not self._fell_back and not self.call.ended:
            self._fell_back = True
            method = self.call.fallback_method
            self.fetch(self.call.fallback_url, method, {"ErrorCode": str(code), "ErrorUrl": url})
            return
        self._turn += 1
        self._silent_documents = 0
        self._step.stop()
        self.perform(self._url or url, (Say(APPLICATION_ERROR, "en-US"), Hangup()))

    def key(self, key: str) -> None:
        """A key was pressed."""
        self._step.key(key)

    def speech(self, speech: Speech) -> bool:
        """Something was said; False when nothing listened."""
        return self._step.speech(speech)

    def recorded(self, speech: Speech | None, key: str) -> None:
        """The phone hands over what it recorded."""
        self._step.recorded(speech, key)

    def heard(self, prompt_number: int) -> None:
        """The phone has played this prompt."""
        self._step.heard(prompt_number)

    def finish(self) -> None:
        """The call has ended."""
        self._turn += 1
        self._step.hung_up()
        self._step.stop()

    def _read(self, url: str, result: Answer | FetchError) -> None:
        try:
            verbs = read_answer(result)
        except TwimlError as error:
            self.fail(error.code, url, str(error))
            return
        self.perform(url, verbs)

    def _begin(self, step: Step) -> None:
        self._silent_documents = 0
        self._step = step
        try:
            step.begin()
        except TwimlError as error:
            self.fail(error.code, self._url, str(error))

    def _perform(self, verb: Verb) -> None:
        match verb:
            case Say() | Play() | Pause():
                self._begin(Prompts(self, (verb,), self.next))
            case Gather():
                self._begin(GatherStep(self, verb))
            case Record():
                self._begin(RecordStep(self, verb))
            case Dial():
                self._begin(DialStep(self, verb))
            case Redirect(url, method):
                self.fetch(urljoin(self._url, url) if url else self._url, method)
            case Hangup():
                self.call.end("completed")
            case Reject(reason):
                self.call.end("busy" if reason == "busy" else "no-answer")
            case Reply():
                self.fail(12200, self._url, "<Message> cannot stand in the document of a call")
