"""<Dial>: other phones are rung for the caller, and whoever answers first talks with them."""

from collections.abc import Mapping
from typing import Protocol

from oncall.sim.audio import Speech
from oncall.sim.steps import Stage, Step
from oncall.sim.verbs import Dial

# What nobody's answer is called where several phones were rung: the first of these that one of them ended as.
_UNANSWERED = ("no-answer", "busy", "failed", "canceled")


class Leg(Protocol):
    """A call to one of the phones that are rung."""

    sid: str
    status: str

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        ...

    @property
    def duration_seconds(self) -> int:
        """For how long it has stood, or stood."""
        ...

    def cancel(self, status: str) -> bool:
        """End it."""
        ...

    def hears(self, speech: Speech) -> None:
        """The caller says this."""
        ...


class LegListener(Protocol):
    """Who is told what becomes of a leg."""

    def answered(self, leg: Leg) -> None:
        """Somebody picked up."""
        ...

    def said(self, leg: Leg, speech: Speech) -> None:
        """Whoever answered says something."""
        ...

    def leg_ended(self, leg: Leg) -> None:
        """It is over; ``leg.status`` says how."""
        ...


class DialStage(Stage, Protocol):
    """What the step needs of its script beyond what all steps need."""

    def ring(self, number: str, dial: Dial, listener: LegListener) -> Leg:
        """Ring this phone for the caller."""
        ...


class DialStep(Step):
    """Rings all numbers at once, or one after the other where the verb says so; `LegListener` of all its legs."""

    def __init__(self, stage: DialStage, dial: Dial) -> None:
        super().__init__(stage)
        self._switch = stage
        self._dial = dial
        self._left = list(dial.numbers)
        self._legs: list[Leg] = []
        self._talks_with: Leg | None = None
        self._over = False

    def begin(self) -> None:
        """Ring."""
        self._ring_next()

    def speech(self, speech: Speech) -> bool:
        """What the caller says is heard by whoever answered."""
        if self._talks_with is None:
            return False
        self._talks_with.hears(speech)
        return True

    def answered(self, leg: Leg) -> None:
        """The first to answer has the caller; the other phones fall silent."""
        if self._over or self._talks_with is not None:
            return
        self._talks_with = leg
        for other in self._legs:
            if other is not leg:
                other.cancel("completed")

    def said(self, leg: Leg, speech: Speech) -> None:
        """The caller hears whom they talk with."""
        if leg is self._talks_with and speech.text:
            self._stage.behaviour.on_say(self._stage.call, speech.text, "")

    def leg_ended(self, leg: Leg) -> None:
        """Go on once the conversation is over, or no phone is left that could answer."""
        if self._over or (self._talks_with is not None and leg is not self._talks_with):
            return
        if self._talks_with is None and (self._left or not all(each.ended for each in self._legs)):
            if self._left:
                self._ring_next()
            return
        self._over = True
        if self._dial.action:
            self._stage.submit(self._dial.action, self._dial.method, self._outcome())
        else:
            self._stage.next()

    def hung_up(self) -> None:
        """The caller rang off: nobody is rung for them any more, and the action is still told."""
        if self._over:
            return
        self.stop()
        if self._dial.action:
            self._stage.submit(self._dial.action, self._dial.method, self._outcome())

    def stop(self) -> None:
        """All phones fall silent."""
        super().stop()
        self._over = True
        for leg in self._legs:
            leg.cancel("completed")

    def _ring_next(self) -> None:
        now, self._left = (self._left[:1], self._left[1:]) if self._dial.sequential else (self._left, [])
        self._legs += [self._switch.ring(number, self._dial, self) for number in now]

    def _outcome(self) -> Mapping[str, str]:
        if self._talks_with is not None:
            leg = self._talks_with
            return {
                "DialCallStatus": "completed",
                "DialCallSid": leg.sid,
                "DialCallDuration": str(leg.duration_seconds),
            }
        statuses = {leg.status for leg in self._legs}
        return {"DialCallStatus": next((each for each in _UNANSWERED if each in statuses), "canceled")}
