"""The processes of a simulated world: the web and the engines, each with a Runtime that a crash throws away."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
from wsgiref.types import WSGIApplication

from oncall.bootstrap import Runtime
from oncall.engine.unheard import Again
from oncall.engine.workers import Workers
from oncall.errors import OncallError
from oncall.ports import Rng
from oncall.sim.timers import Timer, Timers
from oncall.sim.watched_database import CrashError

WebFactory = Callable[[Runtime], WSGIApplication]

# What a poll every second would find; longer only where nothing has been committed at all.
POLL_FOR = timedelta(seconds=1)
LONGEST_REST = timedelta(seconds=60)
_AT_ONCE = timedelta(milliseconds=1)
_THREADS = 16


class Host(Protocol):
    """What a process needs of its world."""

    @property
    def timers(self) -> Timers:
        """The time, and calls in the future."""
        ...

    @property
    def rng(self) -> Rng:
        """Chance."""
        ...

    def build(self, process: str, workers: Workers | None = None, again: Again | None = None) -> Runtime:
        """A fresh Runtime of this process on the world's rows."""
        ...

    def crashed(self, what: str) -> timedelta:
        """A process died; how long it takes until it is back."""
        ...


class TimedWorkers:
    """Workers whose jobs take a moment each, so that the world goes on between a claim and its sending."""

    def __init__(self, host: Host, died: Callable[[], None]) -> None:
        self._host = host
        self._died = died
        self._pending = 0
        self.alive = True

    def free(self) -> int:
        """Idle threads."""
        return _THREADS - self._pending

    def may_wait(self) -> int:
        """Nothing waits for a thread."""
        return 0

    def wait_for_room(self, seconds: float) -> None:
        """A world waits for nobody: time goes on by events."""

    def submit(self, job: Callable[[], None], *, first: bool = False) -> None:
        """Do it in a moment, if the process still lives then."""
        self._pending += 1
        delay = timedelta(milliseconds=2 + 60 * self._host.rng.random())
        self._host.timers.call_at(self._host.timers.now() + delay, lambda: self._do(job))

    def drain(self, seconds: float | None = None) -> bool:
        """Nothing waits for it in a world."""
        return True

    def _do(self, job: Callable[[], None]) -> None:
        if not self.alive:
            return
        self._pending -= 1
        try:
            job()
        except CrashError:
            self._died()


class EngineProcess:
    """One engine: a turn when it is woken, when something is due, and a second after any commit."""

    def __init__(self, host: Host, name: str) -> None:
        self._host = host
        self._name = name
        self._timer: Timer | None = None
        self._turn_at: datetime | None = None
        self.runtime: Runtime | None = None
        self._start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.runtime is not None

    def wake(self, after: timedelta = _AT_ONCE) -> None:
        """A turn by then at the latest."""
        if self.runtime is None:
            return
        at = self._host.timers.now() + after
        if self._turn_at is not None and self._turn_at <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._turn_at = at
        self._timer = self._host.timers.call_at(at, self._turn)

    def crash(self) -> None:
        """Die; somebody starts it again."""
        if self.runtime is not None:
            self.stop(self._host.crashed(self._name))

    def stop(self, back_in: timedelta) -> None:
        """Be gone for so long."""
        if self.runtime is None:
            return
        self.runtime = None
        self._workers.alive = False
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._turn_at = None
        self._host.timers.call_at(self._host.timers.now() + back_in, self._start)

    def _start(self) -> None:
        self._workers = TimedWorkers(self._host, self.crash)
        self.runtime = self._host.build(self._name, self._workers)
        self.wake()

    def _turn(self) -> None:
        self._timer = self._turn_at = None
        if self.runtime is None:
            return
        try:
            done = self.runtime.engine.run_once()
            self.wake(_AT_ONCE if done else self._rest())
        except CrashError:
            self.crash()
        except OncallError as error:
            # As the engine's own loop does: said, and tried again in a second.
            self.runtime.log("engine.turn_failed", problem=str(error))
            self.wake(POLL_FOR)

    def _rest(self) -> timedelta:
        assert self.runtime is not None
        due_at = self.runtime.engine.next_due_at()
        if due_at is None:
            return LONGEST_REST
        return min(max(due_at - self.runtime.clock.now(), timedelta(milliseconds=5)), LONGEST_REST)


class WebProcess:
    """The web; while it is down, connections are refused."""

    def __init__(self, host: Host, web: WebFactory) -> None:
        self._host = host
        self._web = web
        self.runtime: Runtime | None = None
        self.app: WSGIApplication | None = None
        self._start()

    def _begin_again(self) -> None:
        self._start()
        assert self.runtime is not None
        self.runtime.unheard.begun()

    def crash(self) -> None:
        """Die; somebody starts it again."""
        if self.app is not None:
            self.stop(self._host.crashed("web"))

    def stop(self, back_in: timedelta) -> None:
        """Be gone for so long."""
        if self.app is not None:
            self.app = self.runtime = None
            self._host.timers.call_at(self._host.timers.now() + back_in, self._begin_again)

    def _start(self) -> None:
        self.runtime = self._host.build("web", again=self._again)
        self.app = self._web(self.runtime)

    def _again(self, seconds: float, do: Callable[[], None]) -> None:
        """What a process means to do later dies with it."""
        runtime = self.runtime

        def do_it() -> None:
            if self.runtime is runtime:
                try:
                    do()
                except CrashError:
                    self.crash()

        self._host.timers.call_at(self._host.timers.now() + timedelta(seconds=seconds), do_it)
