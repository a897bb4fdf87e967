"""Each promise, deliberately broken: the invariant that guards it catches it, and says how to see it again."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from oncall.bootstrap import Runtime
from oncall.core import escalation
from oncall.core.change import Change
from oncall.core.incident import Incident
from oncall.core.voice_menu import PageKey
from oncall.engine import answering, dispatch, messages, respond
from oncall.engine.calendars import CalendarKeeper
from oncall.engine.callbacks import Callbacks
from oncall.engine.intake import Intake
from oncall.engine.respond import Respond
from oncall.engine.unheard import Unheard
from oncall.ports import ImportedCalendar
from oncall.sim import pagerduty_schedule
from oncall.sim.clocks import Clocks, VirtualClock
from oncall.sim.invariants import BrokenPromiseError
from oncall.sim.people import Caller, Engineer, Habit
from oncall.sim.world import World
from oncall.sim.world_schedules import ALICE, BOB, CAROL, DANA, JANE, TWO_ANSWERS, WEEKLY, asking_pagerduty
from oncall.store import agenda, claims
from oncall.web import create_app, signatures
from tests.acceptance.cast import Stage

Alter = Callable[[Runtime], Runtime]


def a_night(
    alter: Alter = lambda runtime: runtime,
    habit: Habit | None = None,
    seconds: float = 1500,
    calls_after: float = 0,
    **more: Any,
) -> World:
    """Jane calls, the engineers have this habit; the world some time later. Raises BrokenPromiseError."""
    from oncall.sim.story import STARTS_AT

    world = World(create_app, starts_at=STARTS_AT, alter=alter, **more)
    for name, number in (
        ("Alice Martin", ALICE),
        ("Bob Peeters", BOB),
        ("Carol Janssens", CAROL),
        ("Dana Dubois", DANA),
    ):
        Engineer(world, name, number, habit or Habit())
    world.run_for(calls_after)
    Caller(world, "Jane Doe", JANE).dials()
    world.run_for(seconds)
    return world


def the_promise_that_breaks(break_it: Callable[[], Any]) -> int:
    with pytest.raises(BrokenPromiseError) as caught:
        break_it()
    assert "See it again with: oncall simulate --seed 1" in str(caught.value)
    return int(str(caught.value).split()[1])


def test_unbroken_the_night_is_quiet() -> None:
    a_night().invariants.at_end()


def test_1_a_call_that_is_answered_before_it_is_committed_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = Intake.call_arrived

    def answered_first(self: Intake, **call: str) -> Incident:
        return arrived(self, **{**call, "sid": "CA" + "0" * 32})

    monkeypatch.setattr(Intake, "call_arrived", answered_first)
    assert the_promise_that_breaks(a_night) == 1


def test_1_an_incident_that_is_never_paged_is_seen_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.engine.tick.page_deliveries", lambda *_args, **_more: [])
    assert the_promise_that_breaks(lambda: a_night().invariants.at_end()) == 1


def test_1_a_customer_who_is_screened(monkeypatch: pytest.MonkeyPatch) -> None:
    def screened(self: Intake, uow: Any, incident: Incident, _now: Any) -> Incident:
        return self._respond.screen(uow, incident.number).incident

    monkeypatch.setattr(Intake, "_page_now", screened)
    assert the_promise_that_breaks(a_night) == 1


def test_1_a_stranger_who_is_screened_although_their_key_came_while_the_database_was_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Unheard, "nothing_of", lambda *_args: True)
    monkeypatch.setattr(Unheard, "keep", lambda *_args: None)

    def rings_off_in_trouble() -> None:
        stage = Stage()
        stranger = stage.stranger()
        stranger.dials()
        stage.world.run_for(3)
        stage.world.database_away_for(5)
        stranger.presses("1")
        stage.world.run_for(6)
        stranger.hangs_up()
        stage.world.run_for(30)

    assert the_promise_that_breaks(rings_off_in_trouble) == 1


def test_2_an_open_incident_without_a_next_action(monkeypatch: pytest.MonkeyPatch) -> None:
    paging = escalation._paging

    def forgets(*args: Any) -> escalation.Turn:
        turn = paging(*args)
        return replace(turn, incident=replace(turn.incident, due_at=None))

    monkeypatch.setattr(escalation, "_paging", forgets)
    assert the_promise_that_breaks(a_night) == 2


def test_2_an_engine_that_does_not_look() -> None:
    stage = Stage()
    stage.jane.dials()
    for engine in stage.world.engines:
        engine.runtime = None
    assert the_promise_that_breaks(lambda: stage.world.run_for(300)) == 2


def test_2_a_page_that_is_dropped_after_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.engine.dispatch.Dispatch.deliver", lambda _self, _delivery: None)
    monkeypatch.setattr("oncall.engine.loop.Engine._hand_out", lambda _self, _now: 0)
    assert the_promise_that_breaks(a_night) == 2


def test_3_acknowledged_is_said_and_never_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_said(self: Respond, *, delivery_id: str, key: PageKey) -> Any:
        class NeverMindError(Exception):
            pass

        begin = self._env.database.begin

        @contextmanager
        def rolled_back() -> Any:
            try:
                with begin() as uow:
                    yield uow
                    raise NeverMindError
            except NeverMindError:
                pass

        database = type("Forgetful", (), {"begin": staticmethod(rolled_back), "read": self._env.database.read})()
        return pressed(
            Respond(replace(self._env, database=database), self._answers._notices, self._answers._partners),
            delivery_id=delivery_id,
            key=key,
        )

    pressed = Respond.key_pressed
    monkeypatch.setattr(Respond, "key_pressed", only_said)
    assert the_promise_that_breaks(a_night) == 3


def test_3_the_customer_is_told_a_name_before_anybody_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "notice_text", lambda *_facts: "Alice Martin has your incident 1001 since 03:07")
    assert the_promise_that_breaks(lambda: a_night(habit=Habit(answers_after=None), seconds=60)) == 3


def test_3_the_customer_is_told_that_somebody_has_it_who_passed_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "outdated", lambda *_args: False)

    def passes_while_texts_wait() -> None:
        stage = Stage()
        stage.jane.dials()
        stage.jane.explains()
        stage.alice.phone.rings()
        stage.world.provider_refuses_for(60)
        for engineer, words in ((stage.alice, "ACK 1001"), (stage.alice, "PASS 1001"), (stage.bob, "ACK 1001")):
            engineer.texts(words)
            stage.world.run_for(5)
        stage.world.run_for(120)

    assert the_promise_that_breaks(passes_while_texts_wait) == 3


def test_4_telephones_that_ring_on_after_the_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "silenced", lambda delivery, _now: delivery)
    habit = Habit(answers_after=None, texts="ACK", texts_after=5.0)
    assert the_promise_that_breaks(lambda: a_night(habit=habit)) == 4


def test_4_a_page_that_is_claimed_after_the_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, now = claims.deliveries.c, claims.bindparam("now")
    due = claims.to_send, rows.ready_at <= now
    first = claims.Prepared(claims._all.where(*due).limit(claims.bindparam("most")))
    for query in ("_first_due", "_first_due_and_open", "_first_pages_due", "_first_pages_due_and_open"):
        monkeypatch.setattr(claims, query, first)
    monkeypatch.setattr(claims, "_methods_due", claims.select(rows.method).distinct().where(*due))
    next_any = claims.select(rows.ready_at).where(claims.to_send).order_by(rows.ready_at).limit(1)
    firsts = (agenda._ours[0], next_any, *agenda._ours[2:])

    def first_of_each(partners: tuple[str, ...]) -> agenda.Prepared:
        every = (*firsts, *map(agenda.next_due_of, partners))
        return agenda.Prepared(agenda.union_all(*(agenda._one(place, first) for place, first in enumerate(every))))

    monkeypatch.setattr(agenda, "_first_of_each", first_of_each)
    monkeypatch.setattr(answering, "silenced", lambda delivery, _now: delivery)
    assert the_promise_that_breaks(lambda: a_night(habit=Habit(answers_after=None, texts="ACK", texts_after=1.0))) == 4


def test_4_an_engineer_who_is_paged_on_after_their_own_acknowledgement_while_others_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answering, "silenced", lambda delivery, _now: delivery)
    habit = Habit(answers_after=None, texts="ACK {number}", texts_after=5.0)

    def nobody_is_silenced() -> None:
        from oncall.sim.story import STARTS_AT

        world = World(create_app, starts_at=STARTS_AT, files=TWO_ANSWERS)
        for name, number in (("Alice Martin", ALICE), ("Bob Peeters", BOB), ("Carol Janssens", CAROL)):
            Engineer(world, name, number, habit)
        Caller(world, "Jane Doe", JANE).dials()
        world.run_for(600)

    assert the_promise_that_breaks(nobody_is_silenced) == 4


def test_5_a_voicemail_that_acknowledges(monkeypatch: pytest.MonkeyPatch) -> None:
    def answering_is_enough(runtime: Runtime) -> Runtime:
        class Eager(Callbacks):
            def call_answered(self, delivery_id: str, provider_id: str) -> None:
                super().call_answered(delivery_id, provider_id)
                runtime.respond.key_pressed(delivery_id=delivery_id, key=PageKey.ACKNOWLEDGE)

        old = runtime.deliveries
        return replace(runtime, deliveries=Eager(old._env, old._aftermath, old._operators))

    voicemail = Habit(voicemail_after=15.0)
    assert the_promise_that_breaks(lambda: a_night(answering_is_enough, voicemail)) == 5


def test_6_a_page_that_is_sent_twice_although_nothing_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = "oncall.engine.dispatch.Dispatch._hand_over"
    from oncall.engine.dispatch import Dispatch

    hand_over = Dispatch._hand_over

    def twice(self: Dispatch, *args: Any) -> Any:
        hand_over(self, *args)
        return hand_over(self, *args)

    monkeypatch.setattr(deliver, twice)
    assert the_promise_that_breaks(a_night) == 6


def test_7_nobody_on_call_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escalation, "START_AGAIN_AFTER", timedelta(hours=2))
    monkeypatch.setattr(escalation, "engineers_of", lambda *_args: ())
    assert the_promise_that_breaks(a_night) == 2


def test_2_an_engine_whose_clock_is_minutes_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(self: Clocks, process: str) -> VirtualClock:
        return VirtualClock(self._timers, timedelta(minutes=-5 if process.startswith("engine") else 0))

    monkeypatch.setattr(Clocks, "of", of)
    assert the_promise_that_breaks(a_night) == 2


def test_clocks_that_differ_by_seconds_break_nothing() -> None:
    for seed in range(1, 6):
        a_night(seed=seed, clocks_differ=True, engines=2).invariants.at_end()


def test_8_a_schedule_at_pagerduty_that_is_forgotten_while_it_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgets(self: CalendarKeeper, uow: Any, before: ImportedCalendar, *rest: Any) -> None:
        uow.imported_calendars.save(replace(before, text="", changed_at=self._env.clock.now()))

    def night() -> None:
        world = a_night(files=asking_pagerduty(WEEKLY), schedule_away_within_seconds=900, calls_after=600)
        assert world.oncalls is not None
        assert world.oncalls.refused

    monkeypatch.setattr(pagerduty_schedule, "_LONGEST_AWAY_SECONDS", 100_000)
    night()
    monkeypatch.setattr(CalendarKeeper, "_failed", forgets)
    assert the_promise_that_breaks(night) == 8


def test_9_a_customer_who_is_not_told_who_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledge = respond.acknowledge

    def quietly(*args: Any, **more: Any) -> Change:
        return replace(acknowledge(*args, **more), notices=())

    monkeypatch.setattr(respond, "acknowledge", quietly)
    assert the_promise_that_breaks(lambda: a_night(seconds=120).invariants.at_end()) == 9


def test_10_a_door_that_lets_everybody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "refuse_others", lambda *_args: None)

    def forge() -> None:
        world = a_night(seconds=10)
        world.forge("/voice/incoming", {"CallSid": "CA1", "From": JANE, "CallStatus": "ringing"})
        world.run_for(1)

    assert the_promise_that_breaks(forge) == 10


def test_10_a_duplicate_that_opens_a_second_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Intake._new_call

    def always_new(self: Intake, uow: Any, sid: str, from_number: str, to_number: str) -> Incident:
        self._open(uow, from_number, answer_channel, by="a duplicate")
        return call(self, uow, sid, from_number, to_number)

    from oncall.core.incident import IntakeChannel

    answer_channel = IntakeChannel.PHONE
    monkeypatch.setattr(Intake, "_new_call", always_new)
    assert the_promise_that_breaks(a_night) == 10


def test_11_a_log_that_names_a_number_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.sim.world.mask_numbers", lambda text: text)

    def texts() -> None:
        world = a_night(seconds=5)
        world.carrier.texts(JANE, "hello")
        world.run_for(5)

    assert the_promise_that_breaks(texts) == 11
