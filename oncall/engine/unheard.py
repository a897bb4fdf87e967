"""Calls of which something may have gone unheard, so that none of them is screened.

While the database is away a caller's key or word cannot be stored, and the caller may ring off before it is back. What
was given is kept here and stored as soon as the database answers, whatever became of the call; so is the key that an
engineer presses on a page, which counts from then on. Because it may be
another process that hears of the call's end, it is written down, for all of them, until when callers went unheard.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from oncall.core.call import Call
from oncall.engine.leases import SKEW_FOR
from oncall.errors import ConflictError, StoreError, StoreUnavailableError
from oncall.ports import Alarm, Environment, UnitOfWork

AGAIN_SECONDS = 1.0
MOST_KEPT = 10_000
_KEY = "unheard"

Again = Callable[[float, Callable[[], None]], None]
Kept = dict[tuple[str, str], Callable[[], object]]


class Unheard:
    """What one web process could not store, and what is known of the others.

    ``again`` calls a function after so many seconds, in a thread of its own.
    """

    def __init__(self, env: Environment, again: Again) -> None:
        self._env = env
        self._again = again
        self._begun_at = env.clock.now()
        self._failed_at: datetime | None = None
        self._unwritten: datetime | None = None
        self._kept: Kept = {}
        self._waiting = False
        self._lock = Lock()

    def begun(self) -> None:
        """A web process has begun: another may have ended with a caller's key in its hands."""
        self._missed(self._begun_at)

    def missed(self) -> None:
        """A webhook could not be answered as it should have been."""
        self._failed_at = self._env.clock.now()
        self._missed(self._failed_at)

    def keep(self, sid: str, what: str, do: Callable[[], object]) -> None:
        """Do that about this call once the database is back; it may be done twice. ``what`` names it."""
        self.missed()
        with self._lock:
            self._kept[sid, what] = do
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    def nothing_of(self, uow: UnitOfWork, call: Call) -> bool:
        """Whether every process is known to have heard everything since this call came in."""
        # Another machine, whose clock may be ahead, may have said when the call came in.
        since = call.started_at - SKEW_FOR
        here = self._begun_at <= call.started_at and (self._failed_at is None or self._failed_at < since)
        if not here:
            return False
        last = uow.alarms.get(_KEY)
        return last is None or last.raised_at < since

    def _missed(self, at: datetime) -> None:
        with self._lock:
            self._unwritten = at
            begin, self._waiting = not self._waiting, True
        if begin:
            self._again(AGAIN_SECONDS, self._try)

    def _try(self) -> None:
        """Store what is kept; once more in a second where the database is still away."""
        with self._lock:
            unwritten, self._unwritten = self._unwritten, None
            kept, self._kept = self._kept, {}
        try:
            if unwritten is not None:
                self._write(unwritten)
                unwritten = None
            for key in list(kept):
                self._do(key, kept[key])
                del kept[key]
        except StoreError as error:
            self._env.log("unheard.waiting", calls=len(kept), problem=str(error))
        finally:
            self._wait_for(kept, unwritten)

    def _wait_for(self, kept: Kept, unwritten: datetime | None) -> None:
        """Take back what could not be done, and try again in a second where anything is left."""
        with self._lock:
            self._kept = kept | self._kept
            self._unwritten = self._unwritten or unwritten
            self._waiting = waiting = bool(self._kept or self._unwritten)
        if waiting:
            self._again(AGAIN_SECONDS, self._try)

    def _write(self, at: datetime) -> None:
        with self._env.database.begin() as uow:
            last = uow.alarms.get(_KEY)
            if last is None or last.raised_at < at:
                uow.alarms.put(Alarm(_KEY, at, "Something that a caller gave may not have been stored"))

    def _do(self, key: tuple[str, str], do: Callable[[], object]) -> None:
        sid, what = key
        try:
            do()
        except (StoreUnavailableError, ConflictError):
            raise
        except Exception as problem:  # noqa: BLE001 - one that can never be done must not hold up the others' keys
            self._env.log("unheard.failed", call=sid, what=what, problem=repr(problem))
        else:
            self._env.log("unheard.stored", call=sid, what=what)
