"""How deliveries stand, as status callbacks are judged by it."""

from dataclasses import replace

import pytest

from oncall.core.delivery import DeliveryState, Standing
from oncall.core.engineer import ContactMethod
from oncall.errors import StoreUnavailableError
from oncall.store import SqlDatabase, open_store, standings
from tests.integration.store.samples import a_page, opened
from tests.integration.store.test_database_away import away


def stands(database: SqlDatabase, delivery_id: str) -> list[Standing]:
    with database.look() as work:
        return work.standings.of(delivery_id)


def test_a_delivery_stands_as_it_was_stored(database: SqlDatabase) -> None:
    page = replace(
        a_page(opened(database).number), id="d1", state=DeliveryState.FAILED, provider_id="CA1",
        provider_status="busy", error="the line was busy",
    )  # fmt: skip
    with database.begin() as work:
        work.deliveries.add([page])
    assert stands(database, "d1") == [
        Standing(DeliveryState.FAILED, "CA1", "busy", "the line was busy", ContactMethod.CALL)
    ]
    assert stands(database, "d2") == []


def test_those_that_share_a_call_stand_together(database: SqlDatabase) -> None:
    number = opened(database).number
    pages = [replace(a_page(number), id=name, bundle="d1", provider_status=name) for name in ("d1", "d2")]
    with database.begin() as work:
        work.deliveries.add([*pages, replace(a_page(number), id="d3")])
    assert {one.provider_status for one in stands(database, "d2")} == {"d1", "d2"}
    assert len(stands(database, "d3")) == 1


def test_a_look_finds_the_database_again_after_one_that_failed(database: SqlDatabase, database_url: str) -> None:
    assert stands(database, "d1") == []
    if database_url.startswith("sqlite"):
        database.close()  # an open file outlives its name
    with away(database_url):
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="away"):
                stands(database, "d1")
    assert stands(database, "d1") == []


@pytest.mark.parametrize("query", list(standings._TEXTS.values()))
def test_a_look_is_answered_from_an_index(sqlite_url: str, query: str) -> None:
    database = open_store(sqlite_url)
    with database.begin() as work:
        connection = work.incidents._connection  # type: ignore[attr-defined]
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("d1",))]
    database.close()
    assert [step.partition(" USING ")[0] for step in plan] == ["SEARCH deliveries"]
