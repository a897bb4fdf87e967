"""Incidents that nobody has been paged for go first; then first pages of further engineers, repeats and notices."""

import pytest

from oncall.core.carrier_pace import Pace, Paces
from oncall.core.delivery import Delivery, DeliveryKind, Urgency, sent
from oncall.core.engineer import ContactMethod
from oncall.store import SqlDatabase
from tests.integration.store.samples import MINUTE, NOW, SECOND, a_page, opened, queued
from tests.integration.store.test_carrier_pace import claim

UNLIMITED: Paces = {}
ONE_CALL: Paces = {ContactMethod.CALL: Pace(1.0)}
FIRST, REPEAT, NOTICE = Urgency.FIRST_PAGE, Urgency.REPEAT, Urgency.NOTICE


def to(name: str, incident: int | None, **changes: object) -> Delivery:
    return a_page(incident, recipient=name, address=f"+{name}", **changes)


def all_kinds(database: SqlDatabase) -> list[Delivery]:
    """One of each, in the order in which they are to go: what goes last is longest due."""
    old, middle, young = (opened(database, opened_at=NOW - ago * MINUTE).number for ago in (60, 20, 1))
    operator = to("dana", None, kind=DeliveryKind.OPERATOR, urgency=REPEAT, due_at=NOW - 30 * SECOND)
    customer = to("caller", old, kind=DeliveryKind.NOTICE, urgency=NOTICE, due_at=NOW - 60 * SECOND)
    shift = to("eve", None, kind=DeliveryKind.OPERATOR, purpose="shift", urgency=NOTICE, due_at=NOW - 70 * SECOND)
    return [
        to("alice", middle, urgency=FIRST),
        to("bob", young, urgency=FIRST, due_at=NOW - SECOND),
        to("carol", old, urgency=FIRST, further=True, due_at=NOW - 2 * SECOND),
        to("frank", middle, urgency=FIRST, further=True, due_at=NOW - 3 * SECOND),
        to("george", old, urgency=REPEAT, due_at=NOW - 90 * MINUTE),
        operator,
        customer,
        shift,
    ]


@pytest.mark.parametrize("paces", [UNLIMITED, ONE_CALL], ids=["unlimited", "one a second"])
def test_each_kind_goes_before_the_next_and_the_oldest_incident_first(database: SqlDatabase, paces: Paces) -> None:
    expected = all_kinds(database)
    queued(database, *reversed(expected))
    gone = [one.id for step in range(8) for one in claim(database, NOW + step * SECOND, paces, limit=1)]
    assert gone == [one.id for one in expected]


@pytest.mark.parametrize("limit", [1, 2, 3, 8])
def test_however_many_are_claimed_at_once_they_are_the_most_urgent_ones(database: SqlDatabase, limit: int) -> None:
    expected = all_kinds(database)
    queued(database, *reversed(expected))
    assert [one.id for one in claim(database, NOW, UNLIMITED, limit)] == [one.id for one in expected[:limit]]


def test_it_comes_back_as_one_of_a_further_engineer(database: SqlDatabase) -> None:
    page = to("carol", opened(database).number, urgency=FIRST, further=True)
    queued(database, page)
    with database.read() as work:
        assert work.deliveries.get(page.id) == page
        assert work.deliveries.first_pages_due(NOW, 9) == 0
    queued(database, to("alice", opened(database).number, urgency=FIRST))
    with database.read() as work:
        assert work.deliveries.first_pages_due(NOW, 9) == 1


def test_a_notice_that_has_waited_long_goes_before_no_first_page_of_any_sort(database: SqlDatabase) -> None:
    number = opened(database).number
    notice = to("caller", number, kind=DeliveryKind.NOTICE, urgency=NOTICE, due_at=NOW - 60 * MINUTE)
    shift = to("eve", None, kind=DeliveryKind.OPERATOR, purpose="shift", urgency=NOTICE, due_at=NOW - 60 * MINUTE)
    further, repeat = to("bob", number, urgency=FIRST, further=True), to("alice", number, urgency=REPEAT)
    queued(database, notice, shift, further, repeat)
    gone = [one.id for step in range(4) for one in claim(database, NOW + step * SECOND, ONE_CALL)]
    assert gone[0] == further.id
    assert gone[-1] == repeat.id


def test_behind_endless_repeats_the_first_page_of_a_further_engineer_takes_the_next_turn(database: SqlDatabase) -> None:
    """And repeats go on where it does not come: both are sent at a slow account."""
    old = opened(database, opened_at=NOW - 60 * MINUTE).number
    gone: dict[str, int] = {}
    further: dict[str, int] = {}
    for step in range(300):
        now = NOW + step * SECOND
        queued(database, to(f"r{step}", old, urgency=REPEAT, due_at=now - 90 * MINUTE, created_at=now))
        if step % 10 == 5:
            page = to(f"f{step}", old, urgency=FIRST, further=True, due_at=now, created_at=now)
            further[page.id] = step
            queued(database, page)
        for one in claim(database, now, ONE_CALL):
            gone[one.id] = step
            with database.begin() as work:
                work.deliveries.save(sent(one, f"CA{step}", "queued", now))
    assert {page: gone.get(page) for page in further} == further
    assert len(gone) == 300, "no turn was left unused"


def test_new_incidents_go_before_it_and_once_they_have_gone_it_goes_before_all_repeats(database: SqlDatabase) -> None:
    old = opened(database, opened_at=NOW - 60 * MINUTE).number
    repeats = [to(f"r{n}", old, urgency=REPEAT, due_at=NOW - 90 * MINUTE) for n in range(30)]
    further = to("bob", old, urgency=FIRST, further=True, due_at=NOW - MINUTE)
    new = [opened(database, opened_at=NOW - n * SECOND).number for n in range(5)]
    unpaged = [to(f"u{number}", number, urgency=FIRST) for number in reversed(new)]
    queued(database, *repeats, further, *unpaged)
    gone = [one.id for step in range(7) for one in claim(database, NOW + step * SECOND, ONE_CALL)]
    assert gone[:6] == [*(page.id for page in unpaged), further.id]
    assert gone[6] in {repeat.id for repeat in repeats}
