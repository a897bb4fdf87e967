"""What the provider took is stored, several in one transaction, and one that cannot be stored holds up nobody."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from oncall.core import delivery as transitions
from oncall.core.delivery import Delivery, DeliveryState
from oncall.engine.receipts import Receipts
from oncall.ports import Receipt
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, SECOND, Night

LONG = 20.0


def claimed_pages(night: Night) -> list[Delivery]:
    """The first pages of four incidents, claimed."""
    for n in range(4):
        night.phoned(sid=f"CA-{n}", number=f"+3247022222{n}")
    night.clock.at += MINUTE
    night.runtime.engine._tick.run(night.clock.at)
    claimed = night.runtime.engine._dispatch.claim(night.clock.at, 4)
    assert len(claimed) == 4
    return claimed


class Together:
    """Brings the receipt of the first page; while that is stored, those of the others."""

    def __init__(self, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[int] = []
        self.receipts: Receipts = night.runtime.engine._dispatch._receipts
        self._first_is_stored, self._all_are_here = Event(), Event()
        real = self.receipts._store_together

        def store_together(group: Sequence[object]) -> None:
            self.groups.append(len(group))
            self._first_is_stored.set()
            assert self._all_are_here.wait(LONG)
            real(group)  # type: ignore[arg-type]

        monkeypatch.setattr(self.receipts, "_store_together", store_together)

    def bring(self, pages: Sequence[Delivery]) -> list[BaseException | None]:
        """What each met, in order."""
        with ThreadPoolExecutor(len(pages)) as pool:
            first = pool.submit(self.receipts.record, pages[0], Receipt("SM0", "queued"))
            assert self._first_is_stored.wait(LONG)
            others = [pool.submit(self.receipts.record, page, Receipt(f"SM-{page.id}", "queued")) for page in pages[1:]]
            while len(self.receipts._waiting) < len(others):
                pass
            self._all_are_here.set()
            return [each.exception(LONG) for each in (first, *others)]


def states(night: Night, pages: Sequence[Delivery]) -> list[DeliveryState]:
    with night.database.read() as uow:
        found = [uow.deliveries.get(page.id) for page in pages]
    return [one.state for one in found if one is not None]


def test_what_comes_while_another_is_stored_is_stored_together(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = claimed_pages(night)
    together = Together(night, monkeypatch)
    assert together.bring(pages) == [None] * 4
    assert together.groups == [1, 3]
    assert states(night, pages) == [DeliveryState.SENT] * 4
    assert not together.receipts._is_storing


def test_one_that_cannot_be_stored_holds_up_nobody_and_says_so_itself(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claimed_pages(night)
    real: Callable[..., Delivery] = transitions.sent

    def sent(delivery: Delivery, *words: object, **more: object) -> Delivery:
        if delivery.id == pages[2].id:
            raise ZeroDivisionError("a mistake of ours")
        return real(delivery, *words, **more)

    monkeypatch.setattr(transitions, "sent", sent)
    met = Together(night, monkeypatch).bring(pages)
    assert [type(problem) for problem in met] == [type(None), type(None), ZeroDivisionError, type(None)]
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
    number = pages[-1].incident
    assert number is not None
    with ThreadPoolExecutor(1) as pool:
        with night.database.begin() as uow:
            assert uow.incidents.get(number, lock=True)
            brought = pool.submit(Together(night, monkeypatch).bring, pages)
            until_stored(night, [page for page in pages if page.incident != number])
            assert DeliveryState.CLAIMED in states(night, pages)
        assert brought.result(LONG) == [None] * 4
    assert states(night, pages) == [DeliveryState.SENT] * 4


def until_stored(night: Night, pages: Sequence[Delivery]) -> None:
    pause = Event()
    for _ in range(300):
        if set(states(night, pages)) == {DeliveryState.SENT}:
            return
        pause.wait(0.01)
    raise AssertionError("those of other incidents wait for the one that is locked")


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
