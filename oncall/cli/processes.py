"""Child processes that are started again when they die, and that never outlive this one."""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess

from oncall import logs
from oncall.system import monotonic

SECONDS_TO_STOP = 9.0
LONGEST_PAUSE = 30.0
LIVED_WELL_SECONDS = 60.0
_FIRST_PAUSE = 0.2
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the kernel send this process SIGTERM when its parent dies, even by SIGKILL.

    Only Linux can; elsewhere nothing happens, and the children look at their parent's id.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), signal.SIGTERM)


def pause_before_restart(deaths_in_a_row: int) -> float:
    """How many seconds to wait before starting a part again: 0.2, 0.4, 0.8 … 30."""
    return float(min(_FIRST_PAUSE * 2 ** min(deaths_in_a_row - 1, 10), LONGEST_PAUSE))


@dataclass(slots=True)
class _Part:
    name: str
    work: Callable[[], None]
    process: ForkProcess | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths_in_a_row: int = 0


class Processes:
    """The parts of the service, each in a process forked from this one so that what is loaded is shared.

    No part leaves this process's group, so one signal to the group reaches everything.
    """

    def __init__(self, parts: Mapping[str, Callable[[], None]]) -> None:
        self._parts = [_Part(name, work) for name, work in parts.items()]
        self._told: list[int] = []

    def run(self, every_turn: Callable[[], float]) -> None:
        """Keep every part running until SIGTERM or SIGINT, then stop them all.

        ``every_turn`` is called often and returns the seconds after which it wants to be called again.
        """
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: self._told.append(received))
        # Without this the first collection in each child would copy every page that is shared.
        gc.collect()
        gc.freeze()
        try:
            while not self._told:
                self._start_what_is_due()
                wait([*self._sentinels(), reader], self._seconds_to_wait(every_turn()))
                self._bury()
        finally:
            self._stop()

    def _sentinels(self) -> list[int]:
        return [part.process.sentinel for part in self._parts if part.process is not None]

    def _seconds_to_wait(self, most: float) -> float:
        waiting = [part.start_again_at - monotonic() for part in self._parts if part.process is None]
        return max(0.0, min([most, *waiting]))

    def _start_what_is_due(self) -> None:
        for part in self._parts:
            if part.process is None and part.start_again_at <= monotonic():
                part.started_at = monotonic()
                part.process = get_context("fork").Process(target=_child, args=(part.work, os.getpid()), name=part.name)
                part.process.start()

    def _bury(self) -> None:
        for part in self._parts:
            if part.process is None or part.process.exitcode is None:
                continue
            if monotonic() - part.started_at >= LIVED_WELL_SECONDS:
                part.deaths_in_a_row = 0
            part.deaths_in_a_row += 1
            pause = pause_before_restart(part.deaths_in_a_row)
            if not self._told:
                logs.log(
                    "process.died",
                    part=part.name,
                    pid=part.process.pid,
                    problem=f"ended with {part.process.exitcode}; starting it again in {pause:g} s",
                )
            part.start_again_at = monotonic() + pause
            part.process.close()
            part.process = None

    def _stop(self) -> None:
        living = [part.process for part in self._parts if part.process is not None]
        for process in living:
            process.terminate()
        last_moment = monotonic() + SECONDS_TO_STOP
        for process in living:
            process.join(max(0.0, last_moment - monotonic()))
            if process.exitcode is None:
                logs.log("process.killed", part=process.name, problem=f"still running after {SECONDS_TO_STOP:g} s")
                process.kill()
                process.join()


def _child(work: Callable[[], None], parent: int) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(parent)
    work()
