"""Every telephone account has a pace of its own: what one is handed takes no turn of another's."""

from datetime import datetime

import pytest

from oncall.core.carrier_pace import Pace, Paces
from oncall.core.delivery import Delivery
from oncall.core.engineer import ContactMethod
from oncall.core.provider import PRIMARY
from oncall.store import SqlDatabase, open_store
from tests.integration.store.samples import MINUTE, NOW, SECOND, a_page, opened, queued

CALL, SMS = ContactMethod.CALL, ContactMethod.SMS


def one_each(provider: str) -> Paces:
    return {CALL: Pace(1.0, provider), SMS: Pace(1.0, provider)}


def claim(database: SqlDatabase, provider: str, now: datetime = NOW) -> list[Delivery]:
    with database.begin() as work:
        return work.deliveries.claim_due(
            now, worker="w", lease_until=now + 15 * SECOND, limit=10, paces=one_each(provider)
        )


def next_due(database: SqlDatabase, provider: str, now: datetime = NOW) -> datetime | None:
    with database.read() as work:
        agenda = work.agenda.next_due(now, one_each(provider)).send_at
        alone = work.deliveries.next_due_at(now, one_each(provider))
    assert agenda == alone
    return alone


def kept(database: SqlDatabase, provider: str) -> None:
    with database.begin() as work:
        work.deliveries.keep_pace_of(provider)


def to_different_people(count: int, incident: int, method: ContactMethod = CALL) -> list[Delivery]:
    return [
        a_page(incident, method=method, recipient=f"e{n}", address=f"+3247000{n:04}", created_at=NOW + n * SECOND / 1e3)
        for n in range(count)
    ]


def elsewhere(database: SqlDatabase, provider: str, turns: int, now: datetime = NOW) -> None:
    with database.begin() as work:
        work.deliveries.take_turns(CALL, turns, now, one_each(provider))


def test_the_turns_of_one_account_are_not_those_of_another(database: SqlDatabase) -> None:
    kept(database, "second")
    kept(database, "third")
    calls = to_different_people(6, opened(database).number)
    queued(database, *calls)
    for place, provider in enumerate((PRIMARY, "second", "third")):
        assert [one.id for one in claim(database, provider)] == [calls[place].id]
    for place, provider in enumerate(("third", "second", PRIMARY), 3):
        assert claim(database, provider) == []
        assert next_due(database, provider) == NOW + SECOND
        assert [one.id for one in claim(database, provider, NOW + SECOND)] == [calls[place].id]


def test_calls_and_texts_of_another_account_are_counted_apart_too(database: SqlDatabase) -> None:
    kept(database, "second")
    number = opened(database).number
    queued(database, *to_different_people(2, number), *to_different_people(2, number, SMS))
    assert {one.method for one in claim(database, "second")} == {CALL, SMS}
    assert claim(database, "second") == []
    assert len(claim(database, "second", NOW + SECOND)) == 2


def test_an_account_that_no_row_knows_keeps_nobody_waiting(database: SqlDatabase) -> None:
    queued(database, *to_different_people(2, opened(database).number))
    assert next_due(database, "second") <= NOW
    assert len(claim(database, "second")) == 1
    assert next_due(database, "second") <= NOW
    assert len(claim(database, "second")) == 1


def test_to_keep_a_pace_twice_forgets_nothing_of_it(database: SqlDatabase) -> None:
    for provider in ("second", PRIMARY):
        kept(database, provider)
        queued(database, *to_different_people(2, opened(database).number))
        assert len(claim(database, provider)) == 1
        kept(database, provider)
        assert claim(database, provider) == []
        assert len(claim(database, provider, NOW + SECOND)) == 1


def test_what_fails_over_takes_the_turn_of_the_account_that_gets_it_and_what_comes_next_waits(
    database: SqlDatabase,
) -> None:
    kept(database, "second")
    queued(database, *to_different_people(3, opened(database).number))
    assert len(claim(database, PRIMARY)) == 1
    elsewhere(database, "second", 1)
    assert claim(database, "second") == []
    assert next_due(database, "second") == NOW + SECOND
    assert len(claim(database, PRIMARY, NOW + SECOND)) == 1
    assert len(claim(database, "second", NOW + SECOND)) == 1


def test_a_flood_that_fails_over_to_a_slow_account_is_not_forgotten_and_silences_nobody(database: SqlDatabase) -> None:
    """More than the account can take soon: what is remembered is bounded, and counts still."""
    kept(database, "second")
    queued(database, *to_different_people(1, opened(database).number))
    for _ in range(40):
        elsewhere(database, "second", 1)
    assert claim(database, "second") == []
    assert next_due(database, "second") == NOW + 8 * SECOND
    assert len(claim(database, "second", NOW + 8 * SECOND)) == 1


@pytest.mark.postgres
def test_an_engine_that_freezes_with_one_account_holds_up_nobody_at_another(postgres_url: str) -> None:
    database = open_store(postgres_url)
    kept(database, "second")
    number = opened(database).number
    mail = a_page(number, method=ContactMethod.EMAIL, created_at=NOW + SECOND)
    calls = to_different_people(3, number)
    queued(database, *calls, mail)
    with database.begin() as frozen:
        frozen.deliveries.claim_due(NOW, worker="w1", lease_until=NOW + MINUTE, limit=1, paces=one_each("second"))
        assert [one.id for one in claim(database, "second")] == [mail.id]
        elsewhere(database, "second", 1)
        kept(database, "second")
        assert [one.id for one in claim(database, PRIMARY)] == [calls[1].id]
    assert next_due(database, "second") == NOW + SECOND
    database.close()
