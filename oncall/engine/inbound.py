"""What comes in from GitHub and Slack: the web keeps it and answers, a worker does what it asks for afterwards.

So an answer leaves within the time that they wait, whatever has to be done, and what a crash interrupts is done again.
What is done, and that it was, is one transaction.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from oncall.core.inbound import MOST_ATTEMPTS, Effect, InboundEvent, Platform, failed, finished, once_more
from oncall.engine.operators import Operators
from oncall.errors import OncallError, StoreUnavailableError, UnknownIncidentError, UsageError
from oncall.ports import Environment, UnitOfWork

LEASE_FOR = timedelta(seconds=30)
MOST_AT_ONCE = 4
# A worker goes on with what else is due, and then makes room.
MOST_IN_A_ROW = 50
QUIET_FOR = timedelta(days=1)

# Does what an event asks for, in this transaction, and says what became of it. It asks nobody outside.
Handler = Callable[[UnitOfWork, InboundEvent, datetime], Effect]


class Inbound:
    """The web calls ``received``; the engine ``claim``, while it ``has_room``."""

    def __init__(self, env: Environment, handlers: Mapping[Platform, Handler], operators: Operators) -> None:
        self._env = env
        self._handlers = handlers
        self._operators = operators
        self._working = 0
        self._lock = threading.Lock()

    def received(self, platform: Platform, name: str, *, type: str, subject: str, body: str) -> bool:
        """Keep one webhook, whose signature was right; False where it is known already. Raises StoreUnavailableError.

        ``name`` is the sender's own for it; what has the same ``subject`` is done in the order in which it came. What
        was given up, and is sent once more by hand under the name that it had, is begun again.
        """
        now = self._env.clock.now()
        event = InboundEvent(f"{platform}:{name}", platform, type, f"{platform}:{subject}", body, now, now)

        def keep(uow: UnitOfWork) -> bool:
            new = uow.inbound_events.add(event) or _begun_again(uow, event.id, now)
            if new:
                uow.wake_engine()
            return new

        return self._env.database.write(keep)

    @property
    def has_room(self) -> bool:
        """Whether more may be worked on at once."""
        return self._working < MOST_AT_ONCE

    def claim(self, now: datetime, room: int) -> list[Callable[[], None]]:
        """Work to be done now, each with a lease: four in this process, and never more than half of ``room``."""
        with self._lock:
            limit = min(room // 2, MOST_AT_ONCE - self._working)
        if limit <= 0:
            return []
        events = self._lease(now, limit)
        with self._lock:
            self._working += len(events)
        return [partial(self._work_on_claimed, event) for event in events]

    def _work_on_claimed(self, event: InboundEvent) -> None:
        try:
            self.work_on(event)
            for _ in range(MOST_IN_A_ROW):
                following = self._lease(self._env.clock.now(), 1)
                if not following:
                    return
                self.work_on(following[0])
        finally:
            with self._lock:
                self._working -= 1

    def _lease(self, now: datetime, limit: int) -> list[InboundEvent]:
        with self._env.database.begin() as uow:
            return uow.inbound_events.claim_due(now, again_at=now + LEASE_FOR, limit=limit)

    def work_on(self, event: InboundEvent) -> None:
        """Do what one asks for, once. Raises StoreError."""
        try:
            self._worked_on(event)
        except StoreUnavailableError:
            raise
        except (UsageError, UnknownIncidentError) as refusal:
            self._end(event, Effect(f"refused: {refusal}"))
        except OncallError as error:
            self._put_off(event, str(error))
        except Exception as problem:  # noqa: BLE001 - the edge of a worker: one event's mistake must not be lost in it
            self._put_off(event, repr(problem))

    def _worked_on(self, event: InboundEvent) -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            current = _current(uow, event)
            if current is None:
                return
            handler = self._handlers.get(current.platform)
            effect = handler(uow, current, now) if handler else Effect(f"{current.platform} is not connected")
            uow.inbound_events.save(finished(current, effect, now))
            # The next of its subject may have waited for this one.
            uow.wake_engine()
        self._env.log("inbound.done", id=event.id, type=event.type, effect=effect.text, incident=effect.incident)

    def _end(self, event: InboundEvent, effect: Effect) -> None:
        with self._env.database.begin() as uow:
            current = _current(uow, event)
            if current is not None:
                uow.inbound_events.save(finished(current, effect, self._env.clock.now()))
                uow.wake_engine()
        self._env.log("inbound.done", id=event.id, type=event.type, effect=effect.text)

    def _put_off(self, event: InboundEvent, problem: str) -> None:
        now = self._env.clock.now()
        self._env.log("inbound.failed", id=event.id, type=event.type, attempts=event.attempts, problem=problem)
        with self._env.database.begin() as uow:
            current = _current(uow, event)
            if current is None:
                return
            later = failed(current, problem, now)
            uow.inbound_events.save(later)
            if current.attempts >= MOST_ATTEMPTS:
                uow.wake_engine()
                text = f"A {event.type} of {event.platform} could not be worked on and is kept as {event.id}: {problem}"
                self._operators.tell(uow, f"inbound:{event.platform}", text, now, quiet_for=QUIET_FOR)


def _begun_again(uow: UnitOfWork, event_id: str, now: datetime) -> bool:
    known = uow.inbound_events.get(event_id, lock=True)
    if known is None or not known.given_up:
        return False
    uow.inbound_events.save(once_more(known, now))
    return True


def _current(uow: UnitOfWork, event: InboundEvent) -> InboundEvent | None:
    """The event, locked; None where another worker has had it since."""
    current = uow.inbound_events.get(event.id, lock=True)
    if current is None or current.finished_at is not None or current.attempts != event.attempts:
        return None
    return current
