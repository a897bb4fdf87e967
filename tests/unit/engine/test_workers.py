"""Work that goes on for long neither piles up nor confuses those who hand out more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from oncall.engine.workers import Threads
from tests.unit.engine.hotline import SECOND, Night


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


def test_behind_a_provider_that_hangs_nothing_more_waits() -> None:
    workers, go_on = Threads(1), Event()
    workers.submit(lambda: None)
    workers.drain()
    for _ in range(2):
        workers.submit(lambda: go_on.wait(10) and None)
    assert workers.free() == 0
    assert workers.may_wait() == 0
    go_on.set()
    workers.drain()


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

    def submit(self, job: Callable[[], None]) -> None:
        self.waiting.append(job)

    def drain(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


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
