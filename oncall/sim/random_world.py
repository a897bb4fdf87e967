"""Random worlds: several callers, engineers with all sorts of habits, and everything going wrong that can.

All chance comes from the seed. After the storm everybody answers; then every promise must hold to the end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from oncall.bootstrap import Runtime
from oncall.core.delivery import DeliveryKind
from oncall.core.incident import IncidentState, Resolution
from oncall.sim.faults import NO_FAULTS, Away, Faults
from oncall.sim.mishaps import NO_MISHAPS, Mishaps
from oncall.sim.people import RELIABLE, Caller, Engineer, Habit, Matter
from oncall.sim.processes import WebFactory
from oncall.sim.world import BrokenPromiseError, World
from oncall.sim.world_accounts import account_that_takes
from oncall.sim.world_schedules import (
    ALICE,
    BOB,
    CAROL,
    DANA,
    HOURLY,
    JANE,
    OFFICE,
    SECOND_PROVIDER,
    TWO_ANSWERS,
    WEEKLY,
    WITH_A_GAP,
    WITHOUT_ALICE,
    asking_pagerduty,
    for_sleepers,
    with_limits,
)
from oncall.system import SeededRng

T = TypeVar("T")
_ENGINEERS = (("Alice Martin", ALICE), ("Bob Peeters", BOB), ("Carol Janssens", CAROL), ("Dana Dubois", DANA))
_CROWDED = 0.2
_STORM_SECONDS = 35 * 60
_MEETS_PAGERDUTY = 0.4
_CLOCKS_DIFFER = 0.3
_ASKS_PAGERDUTY = 0.2
_CALLS_WITHIN_SECONDS = 20 * 60
# An ordinary night, the two in which Brussels changes its clocks, and a handoff a few minutes away.
_NIGHTS = (
    datetime(2026, 3, 10, 2, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 45, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 16, 7, 50, tzinfo=UTC),
)
_HABITS = (
    RELIABLE,
    Habit(answers_after=12.0),
    Habit(sleeps_through=1),
    Habit(sleeps_through=3, answers_after=15.0),
    Habit(declines=True),
    Habit(declines=True, texts="Ack"),
    Habit(answers_after=None),
    Habit(answers_after=None, texts="ack {number}", texts_after=70.0),
    Habit(answers_after=None, texts="👍 ACK {number} 🚀"),
    Habit(answers_after=None, texts="ACK {number} 10m"),
    Habit(voicemail_after=20.0),
    Habit(keys=""),
    Habit(keys="95"),
    Habit(keys="91"),
    Habit(keys="*1"),
    Habit(keys="3"),
    Habit(keys="66"),
    Habit(keys="69"),
    Habit(answers_after=None, texts="PASS {number}"),
    Habit(answers_after=None, texts="PASS {number} to Bob"),
    Habit(declines=True, texts="pass {number} carol janssens"),
    Habit(answers_after=None, texts="on my way"),
    Habit(answers_after=25.0, texts="TAKE 1h", texts_after=5.0),
    Habit(declines=True, texts="take backup 30m"),
)
# Only where a call asks for a digit: elsewhere such a voicemail is why one is asked for.
ECHOING_VOICEMAIL = Habit(voicemail_after=18.0, echoes="1")
_CALLED_BACK_AT = "+32470999999"
_MATTERS = (
    Matter(),
    Matter(),
    Matter(callback_digits=_CALLED_BACK_AT.replace("+32", "0")),
    Matter(screening_key=""),
    Matter(name="", problem=""),
    Matter(name="", problem="", screening_key=""),
    *(
        Matter(hangs_up_at=step)
        for step in ("greeting", "screening", "name prompt", "name", "problem prompt", "problem", "thanks")
    ),
)
_CALLERS = (
    ("Jane Doe", JANE),
    ("the office", OFFICE),
    ("Globex", "+32470222222"),
    ("a stranger", "+32470333333"),
    ("another stranger", "+33612345678"),
    ("somebody withheld", "anonymous"),
    ("a premium number", "+3290012345"),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened in a random world."""

    seed: int
    incidents: int
    screened: int
    pages: int
    notices: int
    crashes: int
    webhooks: int
    simulated_minutes: int


def run_random_world(
    web: WebFactory,
    *,
    seed: int,
    incidents: int = 3,
    faults: bool = True,
    alter: Callable[[Runtime], Runtime] = lambda runtime: runtime,
) -> tuple[World, Summary]:
    """The world after its storm and the calm that follows. Raises BrokenPromiseError, which names the seed."""
    storm = _Storm(web, seed=seed, incidents=incidents, faults=faults, alter=alter)
    storm.run()
    return storm.world, storm.summary()


def meets_pagerduty(seed: int) -> bool:
    """Whether the world of this seed, where things go wrong, has PagerDuty as a partner."""
    return SeededRng(f"partners {seed}").random() < _MEETS_PAGERDUTY


def clocks_differ(seed: int) -> bool:
    """Whether in the world of this seed, where things go wrong, each process has a clock that is seconds wrong."""
    return SeededRng(f"clocks {seed}").random() < _CLOCKS_DIFFER


def asks_pagerduty(seed: int) -> bool:
    """Whether in the world of this seed, where things go wrong, PagerDuty says who is on call."""
    return SeededRng(f"schedule {seed}").random() < _ASKS_PAGERDUTY


class _Storm:
    def __init__(
        self, web: WebFactory, *, seed: int, incidents: int, faults: bool, alter: Callable[[Runtime], Runtime]
    ) -> None:
        self._rng = SeededRng(f"storm {seed}")
        # Chance of its own, so that the other worlds stay as they were.
        self._crowd = SeededRng(f"crowd {seed}")
        crowded = self._crowd.random() < _CROWDED
        self._per_second = per_second = 1 if crowded else 5
        self._seed = seed
        self._faults = faults
        self._two_providers = SeededRng(f"providers {seed}").random() < 0.4
        # A chance of their own, so that the worlds without them stay what they were.
        chance = SeededRng(f"sleepers {seed}")
        self._asked_for_a_digit = frozenset(number for _, number in _ENGINEERS if chance.random() < 0.25)
        self._listens_for_machines = chance.random() < 0.4
        self._chance_of_sleepers = chance
        command = f"oncall simulate --seed {seed} --incidents {incidents}{' --faults' if faults else ''}"
        night, drawn = self._one_of(_NIGHTS), self._one_of((WEEKLY, WEEKLY, HOURLY, WITH_A_GAP, TWO_ANSWERS))
        files, asks = self._as_drawn(drawn), faults and asks_pagerduty(seed)
        self.world = World(
            web,
            seed=seed,
            starts_at=night,
            files=asking_pagerduty(files) if asks else files,
            two_providers=self._two_providers,
            account=account_that_takes(per_second),
            engines=1 + self._perhaps(0.3),
            faults=self._carrier_faults() if faults else NO_FAULTS,
            mishaps=self._mishaps() if faults else NO_MISHAPS,
            pagerduty_within_seconds=_STORM_SECONDS if faults and meets_pagerduty(seed) else None,
            alter=alter,
            replay=command,
            fresh=chance.random() < 0.2,
            clocks_differ=faults and clocks_differ(seed),
            schedule_away_within_seconds=_STORM_SECONDS if asks else None,
        )
        self._provider_one_back_at = night
        # Others give this number, too: whoever it belongs to hears what becomes of it.
        Caller(self.world, "somebody withheld", _CALLED_BACK_AT)
        self._engineers = [self._engineer(name, number) for name, number in _ENGINEERS]
        for _ in range(incidents):
            self.world.later(self._rng.random() * _CALLS_WITHIN_SECONDS, self._somebody_calls)
        self._plan_the_rest()
        if crowded:
            self.world.later(60 + self._crowd.random() * _CALLS_WITHIN_SECONDS, self._many_call)

    def run(self) -> None:
        """The storm, the calm, and the end."""
        world = self.world
        world.run_for(_STORM_SECONDS)
        world.faults = NO_FAULTS
        world.mishaps = NO_MISHAPS
        if world.pagerduty is not None:
            world.pagerduty.answers_get_lost = False
        for engineer in self._engineers:
            engineer.habit = RELIABLE
            engineer.phone.call_outcome = ""
            engineer.phone.message_error = 0
        # Of a call that somebody else answered only its own list can tell.
        world.run_for(max((self._provider_one_back_at - world.now).total_seconds(), 0))
        world.run_until(lambda: self._none_in(IncidentState.TRIGGERED), within_seconds=45 * 60)
        world.run_for(90)
        self._resolve_everything()
        world.run_until(lambda: self._none_in(IncidentState.ACKNOWLEDGED), within_seconds=120)
        world.run_for(8 * 60)
        world.invariants.at_end()
        unlike = world.pagerduty.unlike() if world.pagerduty is not None else []
        if unlike:
            raise BrokenPromiseError(f"PagerDuty was told another story: {unlike[0]}; {world.replay}")

    def summary(self) -> Summary:
        """What happened."""
        seen = self.world.invariants
        kinds = [seen.deliveries[sent].kind for sent in seen.sent]
        return Summary(
            seed=self._seed,
            incidents=len(seen.stories),
            screened=sum(story.latest.resolution is Resolution.SCREENED for story in seen.stories.values()),
            pages=kinds.count(DeliveryKind.PAGE),
            notices=kinds.count(DeliveryKind.NOTICE),
            crashes=self.world.crashes,
            webhooks=seen.webhooks,
            simulated_minutes=int((self.world.now - self.world.story[0].at).total_seconds() // 60),
        )

    # ------------------------------------------------------------ what goes wrong

    def _carrier_faults(self) -> Faults:
        def rarely(most: float) -> float:
            return self._rng.random() * most if self._perhaps(0.5) else 0.0

        return Faults(
            callback_lost=rarely(0.4),
            callback_doubled=rarely(0.4),
            final_callback_lost=rarely(0.9),
            callback_delayed=rarely(0.6),
            webhook_lost=rarely(0.05),
            webhook_doubled=rarely(0.3),
            webhook_delayed=rarely(0.3),
            rest_error=rarely(0.2),
            rest_lost=rarely(0.15),
            transcript_lost=rarely(0.5),
            recording_late_seconds=rarely(40.0),
            machine_misjudged=0.3,
        )

    def _mishaps(self) -> Mishaps:
        return Mishaps(
            crash_before_commit=0.012 * self._rng.random(),
            crash_after_commit=0.012 * self._rng.random(),
            response_lost=0.02 * self._rng.random(),
            wake_lost=0.3 * self._rng.random(),
            restart_seconds=6 * self._rng.random(),
        )

    def _plan_the_rest(self) -> None:
        world = self.world
        for habit_change in self._engineers:
            self._sometime(0.5, lambda one=habit_change: self._new_habit(one))  # type: ignore[misc]
        self._sometime(0.5, lambda: self._forge())
        self._sometime(0.3, lambda: self._strange_text())
        if not self._faults:
            return
        self._sometime(0.4, lambda: world.database_away_for(5 + 60 * self._rng.random()))
        self._sometime(
            0.3, lambda: world.provider_refuses_for(20 + 200 * self._rng.random(), self._one_of((20503, 20003)))
        )
        self._sometime(0.25, lambda: world.host_down_for(20 + 400 * self._rng.random()))
        self._sometime(0.2, lambda: world.publish(self._as_drawn(WITHOUT_ALICE)))
        self._sometime(0.2, lambda: self._out_of_coverage(self._one_of(self._engineers)))

        if self._two_providers:
            ways: tuple[Away | int, ...] = (20503, 20003, Away.HANGS, Away.HTML, Away.LIST)
            how = self._one_of(ways)
            self._sometime(0.8, lambda: self._provider_one_away(60 + _STORM_SECONDS * self._rng.random(), how))

    def _provider_one_away(self, seconds: float, how: Away | int) -> None:
        self._provider_one_back_at = self.world.now + timedelta(seconds=seconds)
        self.world.provider_one_away_for(seconds, how)

    def _as_drawn(self, files: Mapping[str, str]) -> Mapping[str, str]:
        limited = with_limits(self._for_sleepers(files), self._per_second)
        return {**limited, **SECOND_PROVIDER} if self._two_providers else limited

    def _sometime(self, chance: float, do: Callable[[], None]) -> None:
        at = self._rng.random() * (_STORM_SECONDS - 300)
        if self._perhaps(chance):
            self.world.later(at, do)

    def _engineer(self, name: str, number: str) -> Engineer:
        engineer = Engineer(self.world, name, number, listens=number in self._asked_for_a_digit)
        self._new_habit(engineer)
        return engineer

    def _for_sleepers(self, files: Mapping[str, str]) -> Mapping[str, str]:
        return for_sleepers(files, confirm=self._asked_for_a_digit, machine_detection=self._listens_for_machines)

    def _new_habit(self, engineer: Engineer) -> None:
        engineer.habit = self._one_of(_HABITS)
        if engineer.listens and self._chance_of_sleepers.random() < 0.4:
            engineer.habit = ECHOING_VOICEMAIL

    def _out_of_coverage(self, engineer: Engineer) -> None:
        engineer.phone.call_outcome = "no-answer"
        engineer.phone.message_error = 30003

    def _forge(self) -> None:
        form: Mapping[str, str] = {"CallSid": "CA" + "f" * 32, "From": ALICE, "CallStatus": "ringing", "Digits": "1"}
        self.world.forge(self._one_of(("/voice/incoming", "/voice/status", "/sms/incoming")), form)

    # ------------------------------------------------------------ people

    def _somebody_calls(self) -> None:
        name, number = self._one_of(_CALLERS)
        withheld = number == "anonymous"
        caller = Caller(self.world, name, _CALLED_BACK_AT if withheld else number, self._one_of(_MATTERS))
        if caller.phone.call is not None:
            return
        if number == OFFICE:
            caller.phone.message_refusal = 21614
        if number == "+32470222222" and self._perhaps(0.3):
            caller.texts("STOP")
        if self._perhaps(0.15):
            caller.texts("DOWN the database is gone")
        else:
            caller.dials(caller_id=self._one_of(("", "anonymous", "+266696687")) if withheld else None)
        if self._perhaps(0.3):
            self.world.later(120.0, lambda: caller.texts(self._one_of(("STATUS", "still down!", "REOPEN", "DOWN"))))

    def _many_call(self) -> None:
        """Something that many customers share is down, and the account takes one call a second."""
        for n in range(5 + int(self._crowd.random() * 8)):
            caller = Caller(self.world, f"one of many {n}", f"+3247055{n:04}")
            self.world.later(self._crowd.random() * 10, lambda caller=caller: _dials(caller))  # type: ignore[misc]

    def _strange_text(self) -> None:
        number = self._one_of(("+32470444444", BOB))
        self.world.carrier.texts(number, self._one_of(("", "hello?", "🔥" * 800, "ACK 9999", "REOPEN 1001", "42")))

    def _resolve_everything(self) -> None:
        config = self.world.engines[0].runtime
        assert config is not None
        known = config.configuration.current().engineers
        for number, story in self.world.invariants.stories.items():
            if story.latest.state is IncidentState.ACKNOWLEDGED:
                holder = story.latest.acknowledged_by
                who = "Alice Martin" if holder == "alice" and "alice" in known else "Bob Peeters"
                one = next(engineer for engineer in self._engineers if engineer.name == who)
                one.texts(f"RESOLVE {number} mended")

    # ------------------------------------------------------------ chance

    def _none_in(self, state: IncidentState) -> bool:
        return all(story.latest.state is not state for story in self.world.invariants.stories.values())

    def _one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self._rng.random() * len(choices))]

    def _perhaps(self, chance: float) -> bool:
        return self._rng.random() < chance


def _dials(caller: Caller) -> None:
    if caller.phone.call is None:
        caller.dials()
