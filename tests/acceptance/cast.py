"""The people of the acceptance tests, led by hand: `jane.dials(); alice.phone.rings(); alice.presses("1")`."""

from collections.abc import Callable, Mapping
from typing import Any

from oncall.core.incident import Incident, TimelineEntry
from oncall.sim.people import Person
from oncall.sim.phone import PhoneCall
from oncall.sim.verbs import Gather, Record
from oncall.sim.world import World
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, JANE, WEEKLY
from oncall.web import create_app

PATIENCE_SECONDS = 400.0


class PhoneByHand:
    """A telephone that does what the test says."""

    def __init__(self, owner: "Somebody") -> None:
        self._owner = owner
        self._seen = 0

    def rings(self, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for the next ring."""
        owner = self._owner

        def rings_anew() -> bool:
            return len(owner.rang) > self._seen and owner.rang[-1].status == "ringing"

        assert owner.world.run_until(rings_anew, within_seconds=within_seconds), (
            f"{owner.name}'s telephone did not ring\n" + "\n".join(owner.world.timeline())
        )
        self._seen = len(owner.rang)
        owner.call = owner.rang[-1]

    def stays_silent(self, for_seconds: float) -> None:
        """Nothing rings in this time."""
        before = len(self._owner.rang)
        self._owner.world.run_for(for_seconds)
        assert len(self._owner.rang) == before, "\n".join(self._owner.world.timeline())

    def is_busy(self) -> None:
        """Every call to it finds it busy."""
        self._owner.world.carrier.phone(self._owner.number).call_outcome = "busy"

    def cannot_be_called(self, outcome: str) -> None:
        """Every call to it ends like that, in the carrier's words."""
        self._owner.world.carrier.phone(self._owner.number).call_outcome = outcome

    def refuses_calls(self, code: int) -> None:
        """The provider refuses to call it."""
        self._owner.world.carrier.phone(self._owner.number).call_refusal = code

    def refuses_texts(self, code: int) -> None:
        """The provider refuses to text it."""
        self._owner.world.carrier.phone(self._owner.number).message_refusal = code

    def loses_texts(self, code: int) -> None:
        """Texts to it end undelivered, with this code."""
        self._owner.world.carrier.phone(self._owner.number).message_error = code


class Somebody(Person):
    """A person led by the test. Everything they do waits until it can be done."""

    world: World

    def __init__(self, world: World, name: str, number: str) -> None:
        super().__init__(world, name, number)
        self.line = PhoneByHand(self)
        self._read = 0
        self._gathers = 0
        self._records: list[str] = []
        self.hangs_up_when: Callable[[str], bool] = lambda _text: False

    def __getattribute__(self, name: str) -> Any:
        # `alice.phone` reads as the product; the carrier's own Phone stays the carrier's.
        return super().__getattribute__("line" if name == "phone" else name)

    # ------------------------------------------------------------ on the phone

    def on_gather(self, call: PhoneCall, gather: Gather) -> None:
        self._gathers += 1

    def on_record(self, call: PhoneCall, record: Record) -> None:
        self._records.append("problem" if "/problem" in record.action else "name")

    def on_say(self, call: PhoneCall, text: str, language: str) -> None:
        super().on_say(call, text, language)
        if self.hangs_up_when(text):
            self.world.later(0.2, lambda: self.hangs_up_on(call))

    def answers(self) -> None:
        """Pick up the call that rings."""
        assert self.call is not None
        self.call.answer()

    def answers_as_voicemail(self) -> None:
        """The machine picks up, and talks."""
        assert self.call is not None
        self.call.answer(machine=True)

    def declines(self) -> None:
        """Turn down the call that rings."""
        assert self.call is not None
        self.call.decline()

    def presses(self, keys: str) -> None:
        """Answer if it rings, wait until keys count, and press one at each menu."""
        assert self.call is not None
        if self.call.status == "ringing" and self.call.incoming:
            self._gathers = 0
            self.answers()
        for key in keys:
            self._wait(lambda: self._gathers > 0, "nothing asked for a key")
            self._gathers = 0
            self.world.run_for(1.0)
            self.presses_key(self.call, key)
        self.world.run_for(0.5)

    def types_number(self, digits: str) -> None:
        """Type a number and hash."""
        self._wait(lambda: self._gathers > 0, "nothing asked for a number")
        assert self.call is not None
        self._gathers = 0
        self.world.run_for(1.0)
        self.presses_key(self.call, f"{digits}#")
        self.world.run_for(0.5)

    def says_name(self, words: str) -> None:
        """Speak after the beep that asks for the name, and press hash."""
        self._speaks("name", words)

    def says_problem(self, words: str) -> None:
        """Speak after the beep that asks for the problem, and press hash."""
        self._speaks("problem", words)

    def begins_to_say(self, part: str, words: str) -> None:
        """Speak after that beep, and do not end it."""
        self._waits_for_beep(part)
        assert self.call is not None
        self.says(self.call, words)
        self.world.run_for(1.0)

    def waits_for_beep(self, part: str) -> None:
        """Wait for the beep that asks for this."""
        self._waits_for_beep(part)

    def hangs_up(self) -> None:
        """Hang up now."""
        assert self.call is not None
        self.hangs_up_on(self.call)

    def explains(self) -> None:
        """Name and problem, as most say them."""
        self.says_name("Jane Doe of ACME")
        self.says_problem("The shop is down")

    def waits_for_the_end_of_the_call(self) -> None:
        """Listen until the hotline hangs up."""
        call = self.call
        assert call is not None
        self._wait(lambda: call.status == "completed", "the call did not end")

    def _speaks(self, part: str, words: str) -> None:
        self.begins_to_say(part, words)
        self.world.run_for(3.0)
        assert self.call is not None
        self.call.press("#")
        self.world.run_for(0.5)

    def _waits_for_beep(self, part: str) -> None:
        self._wait(lambda: bool(self._records) and self._records[-1] == part, f"no beep asked for the {part}")
        self._records.append("")

    # ------------------------------------------------------------ what they hear and read

    def hears(self, words: str) -> None:
        """Wait until a sentence with these words is spoken to them."""
        self._wait(lambda: any(words in h.words for h in self.heard if h.how == "call"), f'did not hear "{words}"')

    def gets_sms(self, words: str, within_seconds: float = PATIENCE_SECONDS) -> str:
        """Wait for a text with these words that was not waited for before; its whole body."""

        def unread() -> list[int]:
            return [i for i, h in enumerate(self.heard) if h.how == "sms" and i >= self._read and words in h.words]

        self._wait(lambda: bool(unread()), f'got no SMS with "{words}"', within_seconds)
        self._read = unread()[0] + 1
        return self.heard[self._read - 1].words

    def has_heard(self, words: str) -> bool:
        """Whether anything with these words has reached them."""
        return any(words in heard.words for heard in self.heard)

    def _wait(self, happened: Callable[[], bool], otherwise: str, seconds: float = PATIENCE_SECONDS) -> None:
        assert self.world.run_until(happened, within_seconds=seconds), f"{self.name}: {otherwise}\n" + "\n".join(
            self.world.timeline()
        )


class Stage:
    """A world with its cast. Carol is on call in the second line; on this night Alice has the first, Bob the second."""

    def __init__(self, *, files: Mapping[str, str] = WEEKLY, **world: Any) -> None:
        from oncall.sim.story import STARTS_AT

        self.world = World(create_app, starts_at=world.pop("starts_at", STARTS_AT), files=files, **world)
        self.jane = Somebody(self.world, "Jane Doe", JANE)
        self.alice = Somebody(self.world, "Alice Martin", ALICE)
        self.bob = Somebody(self.world, "Bob Peeters", BOB)
        self.carol = Somebody(self.world, "Carol Janssens", CAROL)
        self.dana = Somebody(self.world, "Dana Dubois", DANA)

    def stranger(self, number: str = "+32470333333") -> Somebody:
        """Somebody whose number nobody knows."""
        return Somebody(self.world, "a stranger", number)

    def incident(self, number: int = 1001) -> Incident:
        """The incident as it is stored."""
        with self.world.rows.read() as uow:
            found = uow.incidents.get(number)
        assert found is not None, f"there is no incident {number}"
        return found

    def incidents(self) -> list[Incident]:
        """All of them."""
        with self.world.rows.read() as uow:
            return uow.incidents.listing(include_resolved=True)

    def timeline(self, number: int = 1001) -> list[TimelineEntry]:
        """Its facts."""
        with self.world.rows.read() as uow:
            return uow.timeline.of(number)

    def facts(self, number: int = 1001) -> str:
        """Its facts as text."""
        return "\n".join(entry.text for entry in self.timeline(number))

    def pages_and_one_acknowledges(self, engineer: Somebody, within_seconds: float = PATIENCE_SECONDS) -> None:
        """This engineer's telephone rings, they press 1, and hear that they have it."""
        engineer.phone.rings(within_seconds)
        engineer.presses("1")
        engineer.hears("Acknowledged. You have incident")
