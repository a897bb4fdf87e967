"""Storing what the provider took. What comes while a commit is under way shares the next one.

1. Whoever brings a receipt while nobody stores any stores all that come, until no more wait. All others go on at once:
   they have the next page to send. No more than MOST_WAIT wait or are being stored: who brings more waits until there
   is room, so that a crash leaves few that the provider must be asked for.
2. A group is locked as each would be alone: all incidents, lowest number first, then all deliveries. It waits for no
   incident that somebody else has just now.
3. What could not be stored with others is stored alone, in a job of its own: one that cannot be holds up nobody. If
   it is only that somebody else has its incident, it waits behind no page: its lease is running, and where a provider
   hangs, so does whatever waits for a thread.
4. Whoever stores is at a job meanwhile: workers that are done have left nothing unstored.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from oncall.core import delivery as transitions
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import Incident
from oncall.core.second_call import Together
from oncall.engine.aftermath import Aftermath
from oncall.engine.jobs import recorded
from oncall.engine.locking import locked_as_claimed, locked_if_free
from oncall.engine.second_calls import note_second_call
from oncall.engine.workers import Workers
from oncall.ports import Environment, Receipt, UnitOfWork

# Whoever answers one of its pages waits for the last of a group.
MOST_TOGETHER = 32
MOST_WAIT = 32


@dataclass(slots=True, eq=False)
class _Brought:
    """A receipt for a claimed delivery."""

    delivery: Delivery
    receipt: Receipt


class Receipts:
    """``record`` may be called by many workers at once."""

    def __init__(self, env: Environment, aftermath: Aftermath, workers: Workers) -> None:
        self._env = env
        self._aftermath = aftermath
        self._workers = workers
        self._guard = threading.Lock()
        self._room = threading.Semaphore(MOST_WAIT)
        self._waiting: deque[_Brought] = deque()
        self._is_storing = False

    def record(self, delivery: Delivery, receipt: Receipt) -> None:
        """The provider took this claimed delivery, and all that share its call or text.

        It is stored on return, or soon, by whoever stores others just now. What cannot be stored is logged: nothing is
        lost, as the provider is asked for it once its lease has run out. Of a bundle that is raised, StoreError above
        all: it is many rows already, and is stored here.
        """
        brought = _Brought(delivery, receipt)
        if delivery.bundle is not None:
            self._store_alone(brought)
            return
        self._room.acquire()
        with self._guard:
            self._waiting.append(brought)
            leads, self._is_storing = not self._is_storing, True
        if leads:
            self._store_all()

    def _store_all(self) -> None:
        group: list[_Brought] = []
        try:
            while group := self._next_group():
                recorded(self._env, partial(self._store_group, group))
                self._room.release(len(group))
        except BaseException:
            # Else nobody would ever store anything again; whoever gets the room is to find that nobody stores.
            with self._guard:
                self._is_storing = False
            self._room.release(len(group))
            raise

    def _next_group(self) -> list[_Brought]:
        """Who finds nothing more to store does not store any longer."""
        with self._guard:
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
            self._is_storing = bool(group)
            return group

    def _store_group(self, group: Sequence[_Brought]) -> None:
        stored = self._store_together(group)
        # Where the database is away, pages that wait for a thread may go all the same.
        first = stored is not None
        for brought in group:
            if brought not in (stored or ()):
                self._workers.submit(partial(recorded, self._env, partial(self._store_alone, brought)), first=first)
        for brought in group:
            if brought in (stored or ()):
                self._say_sent(brought.delivery)

    def _say_sent(self, delivery: Delivery) -> None:
        self._env.log("delivery.sent", delivery=delivery.id, method=delivery.method.value, kind=delivery.kind.value)

    def _store_together(self, group: Sequence[_Brought]) -> set[_Brought] | None:
        """Those that are stored now; None where that failed. Of two about one delivery, which went twice, the later one
        is left for later."""
        brought: dict[str, _Brought] = {}
        for each in group:
            brought.setdefault(each.delivery.id, each)
        now = self._env.clock.now()
        try:
            with self._env.database.begin() as uow:
                found = locked_if_free(uow, [each.delivery for each in brought.values()])
                self._store(uow, [(brought[pair[1].id].receipt, [pair]) for pair in found], now)
        except Exception as problem:  # noqa: BLE001 - each is tried alone, and what it meets there is logged
            self._env.log("receipts.not_together", deliveries=len(group), problem=repr(problem))
            return None
        return {brought[current.id] for _, current in found}

    def _store_alone(self, one: _Brought) -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            found = [pair for pair in locked_as_claimed(uow, one.delivery) if _belongs(pair[1], one.delivery)]
            self._store(uow, [(one.receipt, found)], now)
        self._say_sent(one.delivery)

    def _store(self, uow: UnitOfWork, found: Sequence[tuple[Receipt, Together]], now: datetime) -> None:
        """Each receipt with what it is for."""
        went = [(receipt, [(one, _taken(current, receipt, now)) for one, current in pairs]) for receipt, pairs in found]
        taken = [pair for _, pairs in went for pair in pairs]
        before = [current for _, pairs in found for _, current in pairs]
        uow.deliveries.save_many([(was, stored) for was, (_, stored) in zip(before, taken, strict=True)])
        self._aftermath.record_all(uow, [stored for _, stored in taken], now)
        for incident, stored in taken:
            if stored.cancel_wanted:
                uow.wake_engine()
            if stored.kind is DeliveryKind.PAGE:
                self._record_end(uow, incident, stored, now)
        for receipt, pairs in went:
            # A callback of another attempt may have come before this receipt.
            call, provider = receipt.provider_id, receipt.provider
            note_second_call(uow, pairs, provider_id=call, provider=provider, status=receipt.status, now=now)

    def _record_end(self, uow: UnitOfWork, incident: Incident | None, page: Delivery, now: datetime) -> None:
        """A look-up may find that it is over: its callbacks were lost, and nobody would go on with what follows."""
        ended = transitions.provider_said(
            page, provider_id=page.provider_id, status=page.provider_status, code="", detail="", now=now
        )
        if not ended.finished or page.finished:
            return
        uow.deliveries.save(ended)
        self._aftermath.record(uow, ended, now)
        if ended.state is DeliveryState.FAILED:
            self._aftermath.after_failure(uow, incident, ended, now)


def _belongs(current: Delivery, lead: Delivery) -> bool:
    """Whether it is still in the bundle: it may have been refused before, or recorded already."""
    return current.id == lead.id or current.bundle is None or current.settled != current.attempts


def _taken(current: Delivery, receipt: Receipt, now: datetime) -> Delivery:
    return transitions.sent(
        current,
        receipt.provider_id,
        receipt.status,
        now,
        final=receipt.final,
        provider=receipt.provider,
        perhaps_more=receipt.perhaps_more,
    )
