"""Virtual time moves only by hand; real time goes on when one call breaks."""

import threading
from datetime import UTC, datetime, timedelta

from oncall.sim.timers import RealTimers, VirtualTimers
from tests.unit.sim.tiny_hotline import NIGHT


class WallClock:
    def now(self):
        return datetime.now(UTC)

    def sleep(self, seconds):
        raise AssertionError("the timers wait, they never sleep")


def test_calls_come_by_time_and_then_in_the_order_they_were_asked_for():
    timers, seen = VirtualTimers(NIGHT), []
    for name, seconds in (("third", 9), ("first", 2), ("second", 2), ("past", -5)):
        timers.call_at(NIGHT + timedelta(seconds=seconds), lambda name=name: seen.append((name, timers.now())))
    timers.advance(8)
    assert [name for name, _ in seen] == ["past", "first", "second"]
    assert seen[1][1] == NIGHT + timedelta(seconds=2)
    assert timers.now() == NIGHT + timedelta(seconds=8)
    assert timers.next_at() == NIGHT + timedelta(seconds=9)
    assert timers.run_next() is True
    assert timers.run_next() is False


def test_a_cancelled_call_never_comes():
    timers, seen = VirtualTimers(NIGHT), []
    timers.call_at(NIGHT, lambda: seen.append(1)).cancel()
    timers.advance(1)
    assert seen == []
    assert timers.next_at() is None


def test_slow_work_begins_only_after_whoever_asked_has_finished():
    timers, seen = VirtualTimers(NIGHT), []
    timers.run(lambda: "answer", seen.append)
    assert seen == []
    timers.advance(0)
    assert seen == ["answer"]


def test_a_broken_call_stops_neither_the_next_one_nor_the_pool(caplog):
    timers, done = RealTimers(WallClock(), workers=1), threading.Event()

    def breaks(*_):
        raise RuntimeError("broken")

    timers.call_at(timers.now(), breaks)
    timers.run(breaks, breaks)
    timers.run(lambda: 1, breaks)
    timers.run(lambda: 2, lambda _: done.set())
    assert done.wait(10)
    timers.stop()
    assert [record.message for record in caplog.records].count("carrier timer failed") == 2
    assert [record.message for record in caplog.records].count("webhook worker failed") == 1


def test_the_lock_is_held_while_a_call_runs():
    timers, entered, blocked = RealTimers(WallClock()), threading.Event(), []
    timers.call_at(timers.now(), entered.set)
    assert entered.wait(10)
    with timers.lock:
        late = threading.Event()
        timers.call_at(timers.now(), late.set)
        blocked.append(late.wait(0.05))
    assert blocked == [False]
    assert late.wait(10)
    timers.stop()
