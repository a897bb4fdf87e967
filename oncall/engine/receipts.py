"""Storing what the provider took. What comes while a commit is under way shares the next one.

1. Whoever brings a receipt while nobody stores any stores all that wait, and leaves the next group to the first that
   came meanwhile. All others wait until theirs is stored: a worker that is done has left nothing unstored.
2. A group is locked as each would be alone: all incidents, lowest number first, then all deliveries. It waits for no
   incident that somebody else has just now.
3. What could not be stored with others is stored alone, by whoever brought it: one that cannot be holds up nobody.
"""

import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from oncall.core import delivery as transitions
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import Incident
from oncall.core.second_call import Together
from oncall.engine.aftermath import Aftermath
from oncall.engine.locking import locked_as_claimed, locked_if_free
from oncall.engine.second_calls import note_second_call
from oncall.ports import Environment, Receipt, UnitOfWork

# The first of a group waits for its last, and so does whoever answers one of its pages.
MOST_TOGETHER = 32


class _Brought:
    """A receipt for a claimed delivery, and what whoever brought it is to do once they are called."""

    __slots__ = ("_called", "delivery", "leads", "receipt", "stored")

    def __init__(self, delivery: Delivery, receipt: Receipt) -> None:
        self.delivery = delivery
        self.receipt = receipt
        self.leads = False
        self.stored = False
        # A lock that is taken, and released to call: an Event costs several times as much.
        self._called = threading.Lock()
        self._called.acquire()

    def call(self) -> None:
        """Let whoever brought it go on."""
        self._called.release()

    def wait(self) -> None:
        """Until somebody calls."""
        self._called.acquire()


class Receipts:
    """``record`` may be called by many workers at once."""

    def __init__(self, env: Environment, aftermath: Aftermath) -> None:
        self._env = env
        self._aftermath = aftermath
        self._guard = threading.Lock()
        self._waiting: deque[_Brought] = deque()
        self._is_storing = False

    def record(self, delivery: Delivery, receipt: Receipt) -> None:
        """The provider took this claimed delivery, and all that share its call or text. Returns once that is stored.

        Raises what storing it raised, StoreError above all.
        """
        ours = _Brought(delivery, receipt)
        with self._guard:
            self._waiting.append(ours)
            ours.leads, self._is_storing = not self._is_storing, True
        if not ours.leads:
            ours.wait()
        if ours.leads:
            self._lead()
        if not ours.stored:
            self._store_alone(ours)
        self._env.log("delivery.sent", delivery=delivery.id, method=delivery.method.value, kind=delivery.kind.value)

    def _lead(self) -> None:
        """Store the first group of what waits. Whoever leads brought the first of it."""
        group = self._next_group()
        try:
            if group[0].delivery.bundle is None:
                self._store_together(group)
        finally:
            for each in group[1:]:
                each.call()
            self._pass_on()

    def _next_group(self) -> list[_Brought]:
        """At most MOST_TOGETHER, and at least one; a bundle, which is many rows already, goes alone."""
        with self._guard:
            group = [self._waiting.popleft()]
            alone = group[0].delivery.bundle is not None
            while not alone and self._waiting and len(group) < MOST_TOGETHER:
                if self._waiting[0].delivery.bundle is not None:
                    break
                group.append(self._waiting.popleft())
            return group

    def _pass_on(self) -> None:
        with self._guard:
            following = self._waiting[0] if self._waiting else None
            self._is_storing = following is not None
            if following is not None:
                following.leads = True
        if following is not None:
            following.call()

    def _store_together(self, group: Sequence[_Brought]) -> None:
        brought = {each.delivery.id: each for each in group}
        now = self._env.clock.now()
        try:
            with self._env.database.begin() as uow:
                found = locked_if_free(uow, [each.delivery for each in group])
                self._store(uow, [(brought[pair[1].id].receipt, [pair]) for pair in found], now)
        except Exception as problem:  # noqa: BLE001 - each is tried alone, and raises what it meets there
            self._env.log("receipts.not_together", deliveries=len(group), problem=repr(problem))
            return
        for _, current in found:
            brought[current.id].stored = True

    def _store_alone(self, one: _Brought) -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            found = [pair for pair in locked_as_claimed(uow, one.delivery) if _belongs(pair[1], one.delivery)]
            self._store(uow, [(one.receipt, found)], now)

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
