"""The carrier's pace is kept in the rows: it holds for all engines together, and what must wait stays ours to order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from oncall.core.carrier_pace import Pace, Paces
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState, Urgency, sent
from oncall.core.engineer import ContactMethod
from oncall.store import SqlDatabase, open_store
from tests.integration.store.samples import MINUTE, NOW, SECOND, a_page, opened, queued

ONE_EACH: Paces = {ContactMethod.CALL: Pace(1.0), ContactMethod.SMS: Pace(1.0)}


def claim(database: SqlDatabase, now: datetime = NOW, paces: Paces = ONE_EACH, limit: int = 10) -> list[Delivery]:
    with database.begin() as work:
        return work.deliveries.claim_due(now, worker="w", lease_until=now + 15 * SECOND, limit=limit, paces=paces)


def next_due(database: SqlDatabase, now: datetime, paces: Paces = ONE_EACH) -> datetime | None:
    with database.read() as work:
        return work.deliveries.next_due_at(now, paces)


def people(count: int, incident: int, **changes: object) -> list[Delivery]:
    """Pages to as many engineers."""
    return [
        a_page(
            incident, recipient=f"engineer{n}", address=f"+3247000{n:04}", created_at=NOW + n * SECOND / 1000, **changes
        )
        for n in range(count)
    ]


def test_one_call_and_one_text_go_now_and_the_next_when_their_second_has_passed(database: SqlDatabase) -> None:
    number = opened(database).number
    calls, texts = people(3, number), people(2, number, method=ContactMethod.SMS)
    queued(database, *calls, *texts)
    assert {one.id for one in claim(database)} == {calls[0].id, texts[0].id}
    assert claim(database) == []
    assert next_due(database, NOW) == NOW + SECOND
    assert {one.id for one in claim(database, NOW + SECOND)} == {calls[1].id, texts[1].id}
    assert next_due(database, NOW + SECOND) == NOW + 2 * SECOND
    assert [one.id for one in claim(database, NOW + 2 * SECOND)] == [calls[2].id]


def test_email_is_not_paced_and_does_not_wait_for_calls(database: SqlDatabase) -> None:
    number = opened(database).number
    # Made later than the calls: which of two of the same age goes first is not said.
    mails = [replace(mail, created_at=NOW + SECOND) for mail in people(4, number, method=ContactMethod.EMAIL)]
    queued(database, *people(4, number), *mails)
    assert [one.method for one in claim(database, limit=1)] == [ContactMethod.CALL]
    assert next_due(database, NOW) is not None
    assert next_due(database, NOW) <= NOW
    assert {one.id for one in claim(database)} == {mail.id for mail in mails}


def test_the_engine_sleeps_until_the_next_turn_or_what_is_due_before_it(database: SqlDatabase) -> None:
    number = opened(database).number
    sooner = a_page(number, method=ContactMethod.EMAIL, due_at=NOW + SECOND / 2)
    queued(database, *people(2, number), sooner)
    claim(database)
    assert next_due(database, NOW) == NOW + SECOND / 2
    claim(database, NOW + SECOND / 2)
    assert next_due(database, NOW + SECOND / 2) == NOW + SECOND


def test_several_engines_share_one_pace(database: SqlDatabase, database_url: str) -> None:
    number = opened(database).number
    queued(database, *people(30, number))

    def work(_name: int) -> list[Delivery]:
        own = open_store(database_url)
        try:
            return [one for step in range(21) for one in claim(own, NOW + step * SECOND / 5, limit=3)]
        finally:
            own.close()

    with ThreadPoolExecutor(3) as pool:
        claimed = [one for got in pool.map(work, range(3)) for one in got]
    assert len({one.id for one in claimed}) == len(claimed)
    assert 1 <= len(claimed) <= 5, "four seconds, and the one at their beginning"


@pytest.mark.postgres
def test_an_engine_that_freezes_in_its_claim_holds_up_no_other(postgres_url: str) -> None:
    """GoAlert, advLockCleanup: an idle holder of the lock kept everybody waiting for a minute."""
    database = open_store(postgres_url)
    number = opened(database).number
    mail = a_page(number, method=ContactMethod.EMAIL)
    queued(database, *people(2, number), mail)
    with database.begin() as frozen:
        frozen.deliveries.claim_due(NOW, worker="w1", lease_until=NOW + MINUTE, limit=1, paces=ONE_EACH)
        assert [one.id for one in claim(database)] == [mail.id]
    database.close()


def test_first_pages_go_before_repeats_and_repeats_before_notices(database: SqlDatabase) -> None:
    """However many repeats wait, a first page takes the very next turn."""
    old, young = opened(database, opened_at=NOW - 60 * MINUTE), opened(database)
    repeats = people(40, old.number, urgency=Urgency.REPEAT, due_at=NOW - SECOND)
    notice = a_page(old.number, kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE, recipient="caller", address="+1")
    queued(database, *repeats, notice)
    gone = [one for step in range(5) for one in claim(database, NOW + step * SECOND)]
    assert {one.urgency for one in gone} == {Urgency.REPEAT}
    first = a_page(young.number, urgency=Urgency.FIRST_PAGE, recipient="bob", address="+32470000077")
    queued(database, first)
    assert [one.id for one in claim(database, NOW + 5 * SECOND)] == [first.id]


def test_a_notice_goes_in_the_end_although_repeats_never_end(database: SqlDatabase) -> None:
    """target/goalert#4188: a status message waited for sixteen minutes behind the rate limiter."""
    number = opened(database).number
    notice = a_page(number, kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE, recipient="caller", address="+1")
    shifts = a_page(None, kind=DeliveryKind.OPERATOR, purpose="shift", recipient="bob", address="+2")
    queued(database, notice, shifts)
    gone: dict[str, int] = {}
    for step in range(20 * 60):
        now = NOW + step * SECOND
        queued(database, a_page(number, urgency=Urgency.REPEAT, due_at=now, recipient=f"e{step}", created_at=now))
        for one in claim(database, now):
            gone[one.id] = step
            with database.begin() as work:
                work.deliveries.save(sent(one, f"CA{step}", "queued", now))
    assert 0 < gone[notice.id] <= 150
    assert 0 < gone[shifts.id] <= 1200


def test_the_oldest_unpaged_incident_goes_first(database: SqlDatabase) -> None:
    incidents = [opened(database, opened_at=NOW - n * MINUTE) for n in range(6)]
    pages = [
        a_page(one.number, urgency=Urgency.FIRST_PAGE, recipient=f"e{one.number}", address=f"+{one.number}")
        for one in incidents
    ]
    queued(database, *pages)
    gone = [one.incident for step in range(6) for one in claim(database, NOW + step * SECOND)]
    assert gone == [one.number for one in reversed(incidents)]


def test_pages_to_one_engineer_that_would_wait_go_along_in_one_call(database: SqlDatabase) -> None:
    numbers = [opened(database, opened_at=NOW - MINUTE + n * SECOND).number for n in range(4)]
    pages = [a_page(number, urgency=Urgency.FIRST_PAGE) for number in numbers]
    text = a_page(numbers[0], method=ContactMethod.SMS)
    bobs, later = a_page(numbers[0], recipient="bob", address="+2"), a_page(numbers[3], due_at=NOW + SECOND)
    queued(database, *pages, text, bobs, later)
    claimed = claim(database)
    together = [one for one in claimed if one.bundle is not None]
    assert [one.incident for one in together] == numbers
    assert {one.bundle for one in together} == {pages[0].id}
    assert [one.bundle for one in claimed if one.id == text.id] == [None]
    assert all(one.state is DeliveryState.CLAIMED and one.attempts == 1 for one in together)
    with database.read() as work:
        assert [one.id for one in work.deliveries.bundled(pages[0].id)] == [page.id for page in pages]
    assert next_due(database, NOW) == NOW + SECOND
    assert {one.id for one in claim(database, NOW + SECOND)} <= {bobs.id, later.id}


@pytest.mark.parametrize("drill_first", [True, False])
def test_a_page_for_practice_shares_no_call_with_one_that_is_meant(database: SqlDatabase, drill_first: bool) -> None:
    numbers = [opened(database, drill=drill_first).number, opened(database, drill=not drill_first).number]
    pages = [a_page(number, due_at=NOW - n * SECOND) for n, number in zip((2, 1), numbers, strict=True)]
    queued(database, *pages)
    assert [(one.id, one.bundle) for one in claim(database)] == [(pages[0].id, None)]


def test_nothing_is_bundled_that_need_not_wait_for_the_carrier(database: SqlDatabase) -> None:
    queued(database, *(a_page(opened(database).number) for _ in range(3)))
    assert [one.bundle for one in claim(database, paces={})] == [None] * 3


@pytest.mark.parametrize("per_second", [30.0, 1000.0])
def test_what_only_waits_for_a_worker_goes_by_itself_while_the_carrier_has_turns_left(
    database: SqlDatabase, per_second: float
) -> None:
    roomy: Paces = {ContactMethod.CALL: Pace(per_second)} if per_second < 1000 else {}
    pages = [a_page(opened(database).number, created_at=NOW + n * SECOND / 1000) for n in range(2)]
    queued(database, *pages)
    one_by_one = [claim(database, paces=roomy, limit=1) for _ in pages]
    assert [[(one.id, one.bundle) for one in claimed] for claimed in one_by_one] == [
        [(page.id, None)] for page in pages
    ]


def test_a_bundle_whose_worker_died_is_taken_over_as_a_whole(database: SqlDatabase) -> None:
    pages = [a_page(opened(database).number) for _ in range(3)]
    queued(database, *pages)
    first = claim(database)
    again = claim(database, NOW + 15 * SECOND)
    assert {one.id for one in again} == {one.id for one in first}
    assert {one.bundle for one in again} == {first[0].bundle}
    assert all(one.in_doubt for one in again)


def test_calls_to_a_number_are_counted_and_a_bundle_is_one(database: SqlDatabase) -> None:
    pages = [a_page(opened(database).number) for _ in range(3)]
    queued(database, *pages, a_page(None, kind=DeliveryKind.OPERATOR, sent_at=NOW - 61 * MINUTE))
    with database.begin() as work:
        for one in work.deliveries.claim_due(NOW, worker="w", lease_until=NOW + MINUTE, limit=9, paces=ONE_EACH):
            work.deliveries.save(sent(one, "CA1", "queued", NOW))
    with database.read() as work:
        assert work.deliveries.calls_since(pages[0].address, NOW - timedelta(hours=1)) == 1
        assert work.deliveries.calls_since("+99", NOW - timedelta(hours=1)) == 0


def test_a_text_of_several_segments_takes_more_turns_and_of_calls_none(database: SqlDatabase) -> None:
    number = opened(database).number
    calls, texts = people(2, number), people(2, number, method=ContactMethod.SMS)
    queued(database, *calls, *texts)
    claim(database)
    with database.begin() as work:
        work.deliveries.take_turns(ContactMethod.SMS, 2, NOW, ONE_EACH)
    assert {one.id for one in claim(database, NOW + SECOND)} == {calls[1].id}
    assert next_due(database, NOW + SECOND) == NOW + 3 * SECOND
    assert [one.id for one in claim(database, NOW + 3 * SECOND)] == [texts[1].id]


def test_turns_of_what_has_no_pace_are_not_counted(database: SqlDatabase) -> None:
    number = opened(database).number
    queued(database, *people(2, number, method=ContactMethod.SMS))
    with database.begin() as work:
        work.deliveries.take_turns(ContactMethod.SMS, 5, NOW, {})
    assert len(claim(database, paces={})) == 2


@pytest.mark.postgres
def test_turns_that_another_engine_counts_just_now_are_waited_for_by_nobody(postgres_url: str) -> None:
    database = open_store(postgres_url)
    number = opened(database).number
    queued(database, *people(2, number, method=ContactMethod.SMS))
    with database.begin() as frozen:
        frozen.deliveries.claim_due(NOW, worker="w1", lease_until=NOW + MINUTE, limit=1, paces=ONE_EACH)
        with database.begin() as work:
            work.deliveries.take_turns(ContactMethod.SMS, 5, NOW, ONE_EACH)
    assert next_due(database, NOW) == NOW + SECOND
    database.close()
