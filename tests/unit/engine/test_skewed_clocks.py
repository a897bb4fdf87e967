"""Two engines on one database whose clocks differ by five seconds: nothing is lost, and nothing is sent twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.core.call import Call
from oncall.core.delivery import DeliveryState
from oncall.engine.unheard import Unheard
from oncall.errors import OutcomeUnknownError
from oncall.ports import Message
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import ALICE, CALL, HOTLINE, MINUTE, NIGHT, SECOND, STRANGER, Night

SKEW = 5 * SECOND


class Pair:
    """``right`` has the right time; the clock of ``wrong`` differs by ``skew``."""

    def __init__(self, database: SqlDatabase, skew: timedelta) -> None:
        self.right, self.wrong, self.skew = Night(database, prefix="a"), Night(database, prefix="b"), skew
        self.at(NIGHT)

    def at(self, now: timedelta | object) -> None:
        self.right.clock.at = now
        self.wrong.clock.at = now + self.skew

    def pass_second_by_second(self, seconds: int, turns: Callable[[], None] | None = None) -> None:
        for _ in range(seconds):
            self.at(self.right.clock.at + SECOND)
            (turns or self.both)()

    def both(self) -> None:
        self.wrong.turn()
        self.right.turn()

    def sent(self) -> list[Message]:
        return [m for night in (self.right, self.wrong) for line in (night.calls, night.texts) for m in line.sent]

    def twice(self) -> list[str]:
        ids = [message.delivery_id for message in self.sent()]
        return sorted({one for one in ids if ids.count(one) > 1})


@pytest.fixture(params=[SKEW, -SKEW], ids=["ahead", "behind"])
def pair(request: pytest.FixtureRequest, database: SqlDatabase) -> Pair:
    return Pair(database, request.param)


def test_a_night_goes_by_as_with_right_clocks(pair: Pair) -> None:
    incident = pair.right.phoned()
    pair.right.runtime.intake.caller_finished("CA-jane")
    pair.pass_second_by_second(420)
    assert pair.twice() == []
    pages = pair.right.pages(incident.number)
    assert {page.recipient for page in pages if page.sent_at} == {"alice", "bob"}
    assert not [page for page in pages if page.sent_at and page.sent_at - page.due_at > SKEW + SECOND]
    pair.wrong.runtime.respond.acknowledge(incident.number, engineer="bob", via="SMS")
    before = len(pair.sent())
    pair.pass_second_by_second(60)
    assert not [message for message in pair.sent()[before:] if message.to == ALICE]
    assert pair.right.runtime.audit.check(pair.right.clock.at) == []
    assert pair.wrong.runtime.audit.check(pair.wrong.clock.at) == []


def test_an_incident_that_a_clock_behind_opened_is_paged_for_by_one_ahead(pair: Pair) -> None:
    incident = pair.wrong.phoned()
    pair.wrong.runtime.intake.caller_finished("CA-jane")
    pair.pass_second_by_second(6)
    assert {page.method.value for page in pair.right.pages(incident.number) if page.sent_at} == {"sms", "call"}


def test_the_slowest_send_is_not_taken_over_by_an_engine_whose_clock_is_ahead(pair: Pair) -> None:
    def ten_seconds(_message: Message) -> None:
        pair.right.calls.before = lambda _message: None
        pair.pass_second_by_second(10, lambda: pair.wrong.runtime.engine.run_once())

    pair.right.calls.before = ten_seconds
    pair.right.paged()
    pair.pass_second_by_second(30)
    assert pair.twice() == []
    assert not pair.wrong.calls.looked_up


def test_a_slow_look_up_and_a_slow_send_after_it_are_not_taken_over_either(pair: Pair) -> None:
    pair.right.calls.raises = [OutcomeUnknownError("no answer in ten seconds")]
    incident = pair.right.paged()
    [doubtful] = [page for page in pair.right.pages(incident.number) if page.state is DeliveryState.WAITING][:1]
    find, others = pair.right.calls.find, []

    def slowly(*asked: object) -> None:
        pair.pass_second_by_second(9, lambda: others.append(pair.wrong.runtime.engine.run_once()))
        find(*asked)  # type: ignore[arg-type]

    pair.right.calls.find = slowly  # type: ignore[method-assign, assignment]
    pair.right.calls.before = lambda _message: pair.pass_second_by_second(
        9, lambda: others.append(pair.wrong.runtime.engine.run_once())
    )
    pair.at(doubtful.due_at)
    pair.right.turn()
    assert len(others) >= 18
    assert doubtful.id not in [message.delivery_id for message in pair.wrong.calls.sent]
    assert [page.state for page in pair.right.pages(incident.number) if page.id == doubtful.id] == [DeliveryState.SENT]


def test_an_engine_that_stood_still_lets_go_of_what_another_has_sent_meanwhile(database: SqlDatabase) -> None:
    """A virtual machine is paused between the claim and the send, and goes on a minute later."""
    pair = Pair(database, SKEW)
    pair.right.phoned()
    pair.at(NIGHT + MINUTE)
    pair.right.runtime.engine._tick.run(pair.right.clock.at)
    claimed = pair.right.runtime.engine._dispatch.claim(pair.right.clock.at, 9)
    pair.pass_second_by_second(40, lambda: pair.wrong.turn())
    assert len(pair.wrong.calls.to(ALICE)) == 1
    for delivery in claimed:
        pair.right.runtime.engine._dispatch.deliver(delivery)
    assert pair.right.calls.sent == []
    assert pair.twice() == []


def test_an_engine_that_stood_still_sends_nothing_that_was_acknowledged_meanwhile(database: SqlDatabase) -> None:
    pair = Pair(database, SKEW)
    incident = pair.right.phoned()
    pair.at(NIGHT + MINUTE)
    pair.right.runtime.engine._tick.run(pair.right.clock.at)
    claimed = pair.right.runtime.engine._dispatch.claim(pair.right.clock.at, 9)
    pair.right.runtime.respond.acknowledge(incident.number, engineer="alice", via="test")
    pair.at(NIGHT + 2 * MINUTE)
    for delivery in claimed:
        pair.right.runtime.engine._dispatch.deliver(delivery)
    assert not [message for message in pair.sent() if message.to == ALICE]


def test_an_engine_that_stood_still_goes_on_with_what_nobody_took_over(database: SqlDatabase) -> None:
    night = Night(database)
    incident = night.phoned()
    night.clock.at += MINUTE
    night.runtime.engine._tick.run(night.clock.at)
    claimed = night.runtime.engine._dispatch.claim(night.clock.at, 9)
    night.clock.at += MINUTE
    for delivery in claimed:
        night.runtime.engine._dispatch.deliver(delivery)
    assert {page.state for page in night.pages(incident.number) if page.id in {one.id for one in claimed}} == {
        DeliveryState.SENT
    }
    assert night.calls.to(ALICE)
    assert CALL in {one.method for one in claimed}


def test_an_alarm_that_a_wrong_clock_stored_far_in_the_future_keeps_nobody_quiet(database: SqlDatabase) -> None:
    right, wrong = Night(database, prefix="a"), Night(database, prefix="b")
    wrong.clock.at += 24 * 60 * MINUTE
    for night, told in ((wrong, True), (right, True), (right, False)):
        with database.begin() as uow:
            assert night.runtime.operators.tell(uow, "test", "a test", night.clock.at) is told


def test_an_alarm_of_an_engine_a_few_seconds_ahead_is_not_repeated(pair: Pair) -> None:
    for night, told in ((pair.wrong, True), (pair.right, False)):
        with night.database.begin() as uow:
            assert night.runtime.operators.tell(uow, "test", "a test", night.clock.at) is told


def test_the_audit_of_an_engine_ahead_finds_nothing_stuck_that_is_not(database: SqlDatabase) -> None:
    pair = Pair(database, SKEW)
    pair.right.phoned()
    for _ in range(90):
        pair.at(pair.right.clock.at + SECOND)
        pair.right.turn()
        assert pair.wrong.runtime.audit.check(pair.wrong.clock.at) == []


def test_what_went_unheard_on_a_machine_behind_counts_for_a_call_that_came_in_on_one_ahead(
    database: SqlDatabase,
) -> None:
    """By the clocks the key was lost before the call began; by the sun it was lost in it, so nobody may be screened."""
    pair = Pair(database, SKEW)
    ahead, behind = (Unheard(n.runtime.engine._env, lambda _s, do: do()) for n in (pair.wrong, pair.right))
    pair.at(NIGHT + MINUTE)
    call = Call("CA-x", pair.wrong.phoned().number, STRANGER, HOTLINE, pair.wrong.clock.at)
    pair.at(NIGHT + MINUTE + 2 * SECOND)
    behind.missed()
    for unheard in (ahead, behind):
        with database.read() as uow:
            assert not unheard.nothing_of(uow, call)
    later = replace(call, started_at=pair.wrong.clock.at + 10 * SECOND)
    with database.read() as uow:
        assert ahead.nothing_of(uow, later)
