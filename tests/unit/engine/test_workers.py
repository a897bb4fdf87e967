"""Work that goes on for long neither piles up nor confuses those who hand out more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Semaphore

import pytest

from oncall.engine import loop
from oncall.engine.workers import Threads
from tests.unit.engine.hotline import MINUTE, SECOND, Night


def test_with_more_handed_over_than_there_are_threads_there_is_no_room_and_never_less_than_none() -> None:
    workers, go_on = Threads(1), Event()
    for _ in range(3):
        workers.submit(lambda: go_on.wait(10) and None)
    assert workers.free() == 0
    go_on.set()
    workers.drain()
    assert workers.free() == 1


def test_as_much_may_wait_for_a_thread_as_was_done_lately() -> None:
    workers = Threads(2)
    assert workers.may_wait() == 0, "nobody knows yet how fast it goes"
    for _ in range(3):
        workers.submit(lambda: None)
    workers.drain()
    assert workers.free() == 2
    assert workers.may_wait() == 4
    assert workers.may_wait() == 0, "nothing was done since"


def test_behind_a_provider_that_hangs_nothing_more_waits() -> None:
    workers, go_on = Threads(1), Event()
    workers.submit(lambda: None)
    workers.drain()
    for _ in range(3):
        workers.submit(lambda: go_on.wait(10) and None)
    assert workers.free() == 0
    assert workers.may_wait() == 0
    go_on.set()
    workers.drain()


def test_whoever_has_more_to_hand_over_waits_until_a_thread_is_free_and_no_longer_than_they_want() -> None:
    workers, go_on = Threads(1), Event()
    for _ in range(3):
        workers.submit(lambda: go_on.wait(10) and None)
    workers.wait_for_room(0.01)
    assert workers.free() == 0, "nothing is done yet, and the wait is over all the same"
    go_on.set()
    workers.wait_for_room(10)
    assert workers._unfinished <= 2
    workers.drain()


def test_while_there_is_no_room_whoever_waits_for_it_does_wait_and_no_longer() -> None:
    workers, turns = Threads(1), Semaphore(0)
    for _ in range(2):
        workers.submit(lambda: turns.acquire() and None)
    assert workers.free() + workers.may_wait() == 0
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(workers.wait_for_room, 10)
        asks_again = wait([waits], 0.2).done
        turns.release()
        hears_of_it = wait([waits], 5).done
        turns.release()
    assert not asks_again, "it would ask at full speed, and take the time of those who send"
    assert hears_of_it
    workers.drain()


def test_however_much_was_done_lately_no_more_waits_while_enough_does() -> None:
    workers, go_on = Threads(4), Event()
    for _ in range(4):
        workers.submit(lambda: None)
    workers.drain()
    for _ in range(10):
        workers.submit(lambda: go_on.wait(10) and None)
    nothing_more = workers.may_wait()
    go_on.set()
    assert nothing_more == 0, "as they are handed over several at a time"
    workers.drain()


def test_what_was_done_while_no_more_was_to_wait_counts_as_done_lately() -> None:
    workers, turns = Threads(4), Semaphore(0)
    for _ in range(9):
        workers.submit(lambda: turns.acquire() and None)
    assert workers.may_wait() == 0, "five wait, and nothing is done"
    rooms: list[int] = []
    for left in (8, 7):
        turns.release()
        while workers._unfinished > left:
            pass
        rooms.append(workers.may_wait())
    turns.release(7)
    assert rooms == [0, 1], "twice as many as were done, less those that wait already"
    workers.drain()


def test_a_job_that_raises_leaves_its_thread_free() -> None:
    workers = Threads(1)

    def fail() -> None:
        raise ZeroDivisionError("a mistake of ours")

    workers.submit(fail)
    workers.drain()
    assert workers.free() == 1


@dataclass
class Slow:
    """Workers whose every thread is at something: what is submitted waits."""

    waiting: list[Callable[[], None]] = field(default_factory=list)

    def free(self) -> int:
        return 0

    def may_wait(self) -> int:
        return 0

    def wait_for_room(self, seconds: float) -> None:
        pass

    def submit(self, job: Callable[[], None], *, first: bool = False) -> None:
        self.waiting.append(job)

    def drain(self, seconds: float | None = None) -> bool:
        while self.waiting:
            self.waiting.pop(0)()
        return True


def test_a_chore_that_is_not_done_yet_is_not_begun_again(night: Night) -> None:
    slow = Slow()
    night.runtime.engine._workers = slow
    done: list[str] = []
    night.runtime.engine.also(lambda: done.append("looked"))
    for _ in range(30):
        night.clock.at += SECOND
        night.runtime.engine.run_once()
    slow.drain()
    assert done == ["looked"]
    night.clock.at += SECOND
    night.runtime.engine.run_once()
    slow.drain()
    assert done == ["looked", "looked"]


def test_while_more_first_pages_wait_than_can_be_taken_no_others_are_decided_about_but_once_a_second(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PAGES_AHEAD", 2)
    engine, slow = night.runtime.engine, OneAtATime()
    engine._workers = slow
    looked: list[datetime] = []
    look = engine._tick.run

    def counted(now: datetime) -> int:
        looked.append(now)
        return look(now)

    monkeypatch.setattr(engine._tick, "run", counted)
    for number in range(4):
        night.phoned(sid=f"CA{number}", number=f"+3247011111{number}")
    night.clock.at += MINUTE
    engine.run_once()
    assert len(looked) == 1
    night.phoned(sid="CA-late", number="+32470111119")
    night.runtime.intake.caller_finished("CA-late")
    engine.run_once()
    assert len(looked) == 1, "first pages fill all the room, and more of them wait"
    night.clock.at += SECOND
    engine.run_once()
    assert len(looked) == 2
    for _ in range(30):
        engine.run_once()
    assert len(night.texts.sent) + len(night.calls.sent) >= 5


@dataclass
class OneAtATime(Slow):
    """Workers with room for one job, which is done when it is handed over."""

    def free(self) -> int:
        return 1

    def submit(self, job: Callable[[], None], *, first: bool = False) -> None:
        job()


def test_whoever_waits_for_the_end_of_the_work_does_not_wait_for_ever() -> None:
    workers, go_on = Threads(1), Event()
    workers.submit(lambda: go_on.wait(10) and None)
    assert not workers.drain(0.01)
    go_on.set()
    assert workers.drain(10)


def test_an_engine_that_is_stopped_waits_seconds_for_what_hangs_and_says_so(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Slow()
    waited: list[float | None] = []

    def drain(seconds: float | None = None) -> bool:
        waited.append(seconds)
        return False

    monkeypatch.setattr(hanging, "drain", drain)
    engine = night.runtime.engine
    engine._workers = hanging
    assert not engine.run(lambda: True)
    assert waited == [loop.FINISH_SECONDS]
    assert "engine.left_unfinished" in [event for event, _ in night.logged]


def test_what_wants_to_know_of_the_end_hears_of_it_before_anything_is_waited_for(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    slow = Slow()
    monkeypatch.setattr(slow, "drain", lambda _seconds=None: happened.append("waited") is None)

    def at_end() -> None:
        happened.append("told")
        raise ValueError("a mistake of ours")

    engine = night.runtime.engine
    engine._workers = slow
    engine.also(lambda: None, at_end=at_end)
    assert engine.run(lambda: True)
    assert happened == ["told", "waited"]
