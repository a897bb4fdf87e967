"""A standby that took over may lack what was stored last: no number is given twice, and nothing is blindly repeated."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import make_url

from oncall.core.accounted import Accounted, accounted
from oncall.core.page import bring_forward
from oncall.errors import StoreUnavailableError
from oncall.store import histories, open_store, upgrade
from oncall.store.histories import NUMBERS_LEFT_OUT
from tests.integration.store.samples import MINUTE, NOW, a_page, claim, opened, queued

pytestmark = pytest.mark.postgres


def run(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


def take_over(url: str) -> None:
    """Rows as a standby has them: they do not know the history that its promotion began."""
    run(url, "UPDATE database_histories SET history = '00000000'")


def test_numbers_go_on_where_nobody_has_taken_over(postgres_url: str) -> None:
    for number in (1001, 1002):
        database = open_store(postgres_url)
        assert opened(database).number == number
        database.close()


def test_numbers_that_callers_may_have_been_told_before_a_standby_took_over_are_left_out(postgres_url: str) -> None:
    database = open_store(postgres_url)
    assert opened(database).number == 1001
    database.close()
    take_over(postgres_url)
    for number in (1002 + NUMBERS_LEFT_OUT, 1003 + NUMBERS_LEFT_OUT):
        database = open_store(postgres_url)
        assert opened(database).number == number
        database.close()


def test_many_that_connect_at_once_after_a_standby_took_over_leave_numbers_out_once(postgres_url: str) -> None:
    first = open_store(postgres_url)
    opened(first)
    first.close()
    take_over(postgres_url)
    stores = [open_store(postgres_url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(incident.number for incident in pool.map(opened, stores))
    assert numbers == [1002 + NUMBERS_LEFT_OUT + place for place in range(6)]
    for store in stores:
        store.close()


def test_what_was_due_when_a_standby_took_over_is_looked_up_before_it_is_sent(postgres_url: str) -> None:
    """That it was claimed and sent may be among what was lost."""
    database = open_store(postgres_url)
    incident = opened(database).number
    queued(database, a_page(incident))
    database.close()
    take_over(postgres_url)
    database = open_store(postgres_url, now=lambda: NOW)
    queued(database, a_page(incident, address="+32470000002"))
    assert {page.address: page.in_doubt for page in claim(database, NOW)} == {
        "+32470000001": True,
        "+32470000002": False,
    }
    database.close()


def test_what_was_not_due_yet_when_a_standby_took_over_has_not_gone_and_accounts_for_no_call(postgres_url: str) -> None:
    """A second call to the same telephone, in two minutes, would have no first one found in the provider's list."""
    database = open_store(postgres_url)
    incident = opened(database).number
    first, second = a_page(incident), a_page(incident, due_at=NOW + 2 * MINUTE, position=1)
    queued(database, first, second)
    database.close()
    take_over(postgres_url)
    database = open_store(postgres_url, now=lambda: NOW)
    (claimed,) = claim(database, NOW)
    assert (claimed.id, claimed.in_doubt) == (first.id, True)
    with database.read() as work:
        assert accounted(work.deliveries.attempted(first.address, NOW), claimed) == Accounted()
        assert bring_forward(work.deliveries.of(incident), claimed, NOW) == replace(second, due_at=NOW)
    database.close()


@pytest.mark.parametrize(
    ("before", "question"),
    [("DROP TABLE database_histories", histories._FIND), ("SELECT 1", "SELECT a_function_that_is_not_there()")],
)
def test_a_server_that_cannot_tell_its_history_is_served_all_the_same(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, before: str, question: str
) -> None:
    """A release of before has no table for it; a server that only speaks PostgreSQL's language has no histories."""
    run(postgres_url, before)
    monkeypatch.setattr(histories, "_FIND", question)
    database = open_store(postgres_url)
    assert [opened(database).number, opened(database).number] == [1001, 1002]
    database.close()


def test_nobody_opens_an_incident_while_numbers_are_being_left_out_by_somebody_else(postgres_url: str) -> None:
    first = open_store(postgres_url)
    opened(first)
    with first.read() as work:
        [[history]] = work._connection.exec_driver_sql("SELECT history FROM database_histories")  # type: ignore[attr-defined]
    first.close()
    take_over(postgres_url)
    url = make_url(postgres_url).update_query_dict({"options": "-c lock_timeout=200"})
    database = open_store(url.render_as_string(hide_password=False))
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as somebody:
        somebody.execute("INSERT INTO database_histories (history) VALUES (%s)", [history])
        with pytest.raises(StoreUnavailableError, match="lock timeout"):
            opened(database)
        somebody.rollback()
    assert opened(database).number == 1002 + NUMBERS_LEFT_OUT
    database.close()


def test_a_database_that_is_made_after_its_server_was_promoted_leaves_no_number_out(
    postgres_url: str,
) -> None:
    run(postgres_url, "TRUNCATE database_histories")
    upgrade(postgres_url)
    database = open_store(postgres_url)
    assert opened(database).number == 1001
    database.close()
