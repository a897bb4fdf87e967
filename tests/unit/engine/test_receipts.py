"""What the provider took is stored, several in one transaction, and one that cannot be stored holds up nobody."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from threading import Event, Semaphore

import pytest

from oncall.bootstrap import ENGINE_THREADS
from oncall.channels.twilio import _LOOK_BACK
from oncall.core import delivery as transitions
from oncall.core.delivery import Delivery, DeliveryState
from oncall.core.second_call import second_id
from oncall.engine import receipts as receipts_module
from oncall.engine.receipts import MOST_WAIT, Receipts
from oncall.engine.workers import Threads
from oncall.errors import StoreUnavailableError
from oncall.ports import Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import CALL, MINUTE, SECOND, Night

LONG = 20.0


def claimed_pages(night: Night, most: int = 4) -> list[Delivery]:
    """The first pages of four incidents, claimed."""
    for n in range(4):
        night.phoned(sid=f"CA-{n}", number=f"+3247022222{n}")
    night.clock.at += MINUTE
    night.runtime.engine._tick.run(night.clock.at)
    claimed = night.runtime.engine._dispatch.claim(night.clock.at, most)
    assert len(claimed) == most
    return claimed


class Together:
    """Brings the receipt of the first page; while that is stored, those of the others."""

    def __init__(self, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[int] = []
        self.receipts: Receipts = night.runtime.engine._dispatch._receipts
        self._first_is_stored, self._all_are_here = Event(), Event()
        real = self.receipts._store_together

        def store_together(group: Sequence[object]) -> object:
            self.groups.append(len(group))
            self._first_is_stored.set()
            assert self._all_are_here.wait(LONG)
            return real(group)  # type: ignore[arg-type]

        monkeypatch.setattr(self.receipts, "_store_together", store_together)

    def bring(self, pages: Sequence[Delivery]) -> None:
        """Whoever brings the others goes on before any of them is stored; whoever brought the first stores all."""
        self.bring_receipts([(page, f"SM-{page.id}") for page in pages])

    def bring_receipts(self, brought: Sequence[tuple[Delivery, str]]) -> None:
        """The same, for pages with the provider's ids."""
        first, *others = [partial(self.receipts.record, page, Receipt(sid, "queued")) for page, sid in brought]
        with ThreadPoolExecutor(1) as pool:
            leads = pool.submit(first)
            assert self._first_is_stored.wait(LONG)
            for other in others:
                other()
            assert not leads.done()
            self._all_are_here.set()
            leads.result(LONG)


def states(night: Night, pages: Sequence[Delivery]) -> list[DeliveryState]:
    with night.database.read() as uow:
        found = [uow.deliveries.get(page.id) for page in pages]
    return [one.state for one in found if one is not None]


def test_what_comes_while_another_is_stored_is_stored_together(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = claimed_pages(night)
    together = Together(night, monkeypatch)
    together.bring(pages)
    assert together.groups == [1, 3]
    assert states(night, pages) == [DeliveryState.SENT] * 4
    assert not together.receipts._is_storing


def test_one_that_cannot_be_stored_holds_up_nobody_and_it_is_logged(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claimed_pages(night)
    real: Callable[..., Delivery] = transitions.sent

    def sent(delivery: Delivery, *words: object, **more: object) -> Delivery:
        if delivery.id == pages[2].id:
            raise ZeroDivisionError("a mistake of ours")
        return real(delivery, *words, **more)

    monkeypatch.setattr(transitions, "sent", sent)
    Together(night, monkeypatch).bring(pages)
    assert [fields["problem"] for event, fields in night.logged if event == "job.failed"] == [
        "ZeroDivisionError('a mistake of ours')"
    ]
    assert states(night, pages) == [
        DeliveryState.SENT,
        DeliveryState.SENT,
        DeliveryState.CLAIMED,
        DeliveryState.SENT,
    ]


@pytest.mark.postgres
def test_an_incident_that_somebody_has_locked_is_waited_for_by_nobody_else(
    postgres_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Night(postgres_database)
    pages = claimed_pages(night)
    number = pages[1].incident
    assert number is not None
    together, workers = Together(night, monkeypatch), Threads(1)
    together.receipts._workers = workers
    with night.database.begin() as uow:
        assert uow.incidents.get(number, lock=True)
        together.bring(pages)
        assert states(night, pages) == [
            DeliveryState.CLAIMED if page.incident == number else DeliveryState.SENT for page in pages
        ]
    assert workers.drain(LONG)
    assert states(night, pages) == [DeliveryState.SENT] * 4


def test_no_more_receipts_wait_to_be_stored_than_may_be_looked_for_after_a_crash(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claimed_pages(night)
    receipts, go_on = night.runtime.engine._dispatch._receipts, Event()
    receipts._room = Semaphore(2)
    real = receipts._store_together

    def store_together(group: Sequence[object]) -> object:
        assert go_on.wait(LONG)
        return real(group)  # type: ignore[arg-type]

    monkeypatch.setattr(receipts, "_store_together", store_together)
    with ThreadPoolExecutor(4) as pool:
        brought = [pool.submit(receipts.record, page, Receipt(f"SM-{page.id}", "queued")) for page in pages]
        finished, unfinished = wait(brought, LONG, return_when=FIRST_COMPLETED)
        assert (len(finished), len(unfinished)) == (1, 3), "one stores, one is done, and two wait for room"
        go_on.set()
    assert states(night, pages) == [DeliveryState.SENT] * 4


def room_of(receipts: Receipts) -> int:
    """How many more may wait; nobody may bring anything afterwards."""
    room = 0
    while receipts._room.acquire(blocking=False):
        room += 1
    return room


def test_once_all_is_stored_there_is_as_much_room_as_before(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Together(night, monkeypatch)
    together.bring(claimed_pages(night))
    assert room_of(together.receipts) == MOST_WAIT


def test_no_more_are_stored_together_than_whoever_answers_can_wait_for_and_oldest_first(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts_module, "MOST_TOGETHER", 2)
    pages = claimed_pages(night)
    together = Together(night, monkeypatch)
    together.bring(pages)
    assert together.groups == [1, 2, 1]
    sent = [fields["delivery"] for event, fields in night.logged if event == "delivery.sent"]
    assert sent == [page.id for page in pages]


def test_a_bundle_is_stored_once_and_shares_its_commit_with_nobody(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts, page = night.runtime.engine._dispatch._receipts, claimed_pages(night)[0]
    together: list[object] = []
    alone: list[Delivery] = []
    monkeypatch.setattr(receipts, "_store_together", lambda group: together.extend(group) or set())
    monkeypatch.setattr(receipts, "_store_alone", lambda brought: alone.append(brought.delivery))
    bundled = replace(page, bundle=page.id)
    receipts.record(bundled, Receipt("CA1", "queued"))
    assert (together, alone) == ([], [bundled])
    assert room_of(receipts) == MOST_WAIT


def test_of_what_is_stored_alone_it_is_said_that_it_went(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts, page = night.runtime.engine._dispatch._receipts, claimed_pages(night)[0]
    monkeypatch.setattr(receipts, "_store_together", lambda _group: set())
    receipts.record(page, Receipt("SM0", "queued"))
    assert [fields["delivery"] for event, fields in night.logged if event == "delivery.sent"] == [page.id]


def test_a_database_that_is_away_as_a_receipt_is_stored_is_logged_as_that(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts, page = night.runtime.engine._dispatch._receipts, claimed_pages(night)[0]

    def away() -> object:
        raise StoreUnavailableError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(night.database, "begin", away)
        receipts.record(page, Receipt("SM0", "queued"))
    said = [event for event, _ in night.logged]
    assert "job.database_away" in said
    assert "job.failed" not in said
    assert "delivery.sent" not in said
    assert room_of(receipts) == MOST_WAIT


def test_one_alone_stores_at_any_time(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts, pages = night.runtime.engine._dispatch._receipts, claimed_pages(night)
    storing: list[bool] = []
    monkeypatch.setattr(receipts, "_store_all", lambda: storing.append(receipts._is_storing))
    for page in pages:
        receipts.record(page, Receipt(f"SM-{page.id}", "queued"))
    assert storing == [True]


def test_what_two_engines_sent_to_one_telephone_and_did_not_store_is_within_one_look_up() -> None:
    assert 2 * (MOST_WAIT + ENGINE_THREADS) <= _LOOK_BACK


def test_workers_that_are_done_have_left_nothing_unstored(night: Night) -> None:
    pages = claimed_pages(night)
    receipts, workers = night.runtime.engine._dispatch._receipts, Threads(4)
    receipts._workers = workers
    for page in pages:
        workers.submit(partial(receipts.record, page, Receipt(f"SM-{page.id}", "queued")))
    assert workers.drain(LONG)
    assert states(night, pages) == [DeliveryState.SENT] * 4


def ended_in_the_middle(receipts: Receipts, page: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stores this one is ended by force before it is stored."""

    def end(_group: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(receipts, "_store_together", end)
        with pytest.raises(KeyboardInterrupt):
            receipts.record(page, Receipt("SM0", "queued"))


def test_whoever_stores_and_ends_in_the_middle_leaves_it_to_the_next(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claimed_pages(night)
    receipts = night.runtime.engine._dispatch._receipts
    ended_in_the_middle(receipts, pages[0], monkeypatch)
    receipts.record(pages[1], Receipt("SM1", "queued"))
    assert states(night, pages[:2]) == [DeliveryState.CLAIMED, DeliveryState.SENT]


def test_of_two_calls_of_one_page_that_are_stored_at_once_none_is_forgotten(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claimed_pages(night, 8)
    called = next(page for page in pages if page.method is CALL)
    other = next(page for page in pages if page.incident != called.incident)
    together = Together(night, monkeypatch)
    together.bring_receipts([(other, "CA-other"), (called, "CA-first"), (called, "CA-again")])
    assert together.groups == [1, 2]
    with night.database.read() as uow:
        recorded, second = uow.deliveries.get(called.id), uow.deliveries.get(second_id(called.id, "CA-again"))
    assert recorded is not None
    assert recorded.provider_id == "CA-first"
    assert second is not None, "it rings, and nobody would ever stop it"
    assert (second.provider_id, second.cancel_wanted) == ("CA-again", True)


def test_a_mistake_about_one_group_keeps_nobody_from_storing_the_next(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claimed_pages(night)
    together = Together(night, monkeypatch)
    said: list[Delivery] = []

    def say_sent(delivery: Delivery) -> None:
        said.append(delivery)
        if len(said) == 1:
            raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(together.receipts, "_say_sent", say_sent)
    together.bring(pages)
    assert states(night, pages) == [DeliveryState.SENT] * 4
    assert len(said) == 4
    assert "job.failed" in [event for event, _ in night.logged]


class Room(Semaphore):
    """Tells whether anybody stores as room is made."""

    def __init__(self, most: int, is_storing: Callable[[], bool]) -> None:
        super().__init__(most)
        self._is_storing = is_storing
        self.was_storing: list[bool] = []

    def release(self, n: int = 1) -> None:
        self.was_storing.append(self._is_storing())
        super().release(n)


def test_whoever_gets_room_from_one_that_ended_in_the_middle_stores_what_waits(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claimed_pages(night)
    receipts = night.runtime.engine._dispatch._receipts
    room = receipts._room = Room(1, lambda: receipts._is_storing)
    ended_in_the_middle(receipts, pages[0], monkeypatch)
    assert room_of(receipts) == 1
    assert room.was_storing == [False], "else it leaves its receipt to nobody, and so do all that come after it"


@pytest.mark.parametrize(
    ("stored", "meanwhile"),
    [
        pytest.param(set(), DeliveryState.SENT, id="somebody else has its incident"),
        pytest.param(None, DeliveryState.CLAIMED, id="the database is away, and pages may go without it"),
    ],
)
def test_what_is_stored_alone_waits_behind_no_page_but_where_nothing_can_be_stored(
    night: Night, monkeypatch: pytest.MonkeyPatch, stored: set[object] | None, meanwhile: DeliveryState
) -> None:
    pages = claimed_pages(night)
    receipts, workers, go_on = night.runtime.engine._dispatch._receipts, Threads(1), Event()
    receipts._workers = workers
    monkeypatch.setattr(receipts, "_store_together", lambda _group: stored)
    seen: list[DeliveryState] = []
    workers.submit(lambda: go_on.wait(LONG) and None)
    workers.submit(partial(receipts.record, pages[0], Receipt("SM0", "queued")))
    workers.submit(lambda: seen.extend(states(night, pages[:1])))
    go_on.set()
    assert workers.drain(LONG)
    assert seen == [meanwhile]
    assert states(night, pages[:1]) == [DeliveryState.SENT]


def test_a_page_that_waited_in_line_is_not_sent_once_somebody_has_answered(night: Night) -> None:
    incident = night.phoned()
    night.clock.at += MINUTE
    night.runtime.engine._tick.run(night.clock.at)
    dispatch = night.runtime.engine._dispatch
    claimed = dispatch.claim(night.clock.at, 9)
    as_claimed = dispatch.as_claimed(claimed, night.clock.at)
    night.runtime.respond.acknowledge(incident.number, engineer="alice", via="test")
    night.clock.at += 2 * SECOND
    for delivery in claimed:
        dispatch.deliver(delivery, as_claimed=as_claimed)
    assert night.calls.sent == []
    assert "Reply ACK" not in "".join(message.text for message in night.texts.sent)
