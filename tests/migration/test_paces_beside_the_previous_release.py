"""An engine of the release that knew of one account's pace only works beside ours: each goes on, and finds what the
other has stored.

What it asks is written here as it asked it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from oncall.core.carrier_pace import Pace, Paces
from oncall.core.delivery import Delivery, DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod
from oncall.core.provider import PRIMARY
from oncall.store import SqlDatabase, open_store, upgrade
from tests.integration.store.samples import a_page, opened, queued
from tests.migration.test_rolling_upgrade import database_at, tables_of
from tests.migration.test_rolling_upgrade import opened as engine_of

BEFORE = "0023_incidents_of_customer"
NOW = datetime(2026, 11, 23, 3, 12, 5, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CALL = ContactMethod.CALL

READ_PACE = "SELECT carrier_pace.kind, carrier_pace.taken_until FROM carrier_pace"
TAKE_TURN = "UPDATE carrier_pace SET taken_until = :until WHERE carrier_pace.kind = :kind"
DUE = (
    "SELECT {columns} FROM deliveries LEFT OUTER JOIN incidents ON deliveries.incident = incidents.number"
    " WHERE deliveries.work = 'send' AND deliveries.ready_at <= :now"
    " AND (deliveries.kind != 'page' OR incidents.state = 'triggered')"
    " ORDER BY deliveries.rank,"
    " CASE WHEN deliveries.rank = 0 THEN coalesce(incidents.opened_at, deliveries.created_at) ELSE deliveries.due_at"
    " END, deliveries.due_at"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the release before, upgraded while its engine runs on."""
    with database_at(BEFORE, request, tmp_path) as url:
        yield url


@pytest.fixture
def its_columns(url: str) -> dict[str, list[str]]:
    """What the release before names when it stores or reads, taken before the upgrade."""
    with engine_of(url) as engine:
        found = {table.name: [column.name for column in table.columns] for table in tables_of(engine)}
    upgrade(url)
    return found


@pytest.fixture
def ours(url: str, its_columns: dict[str, list[str]]) -> Iterator[SqlDatabase]:
    database = open_store(url)
    yield database
    database.close()


@pytest.fixture
def theirs(url: str, its_columns: dict[str, list[str]]) -> Iterator[Engine]:
    with engine_of(url) as engine:
        yield engine


def written(at: datetime, connection: Connection) -> Any:
    return at if connection.dialect.name == "postgresql" else at.isoformat(timespec="microseconds")


def one_call(provider: str) -> Paces:
    return {CALL: Pace(1.0, provider)}


def claim(database: SqlDatabase, provider: str, now: datetime = NOW) -> list[Delivery]:
    with database.begin() as work:
        return work.deliveries.claim_due(
            now, worker="w", lease_until=now + 15 * SECOND, limit=10, paces=one_call(provider)
        )


def two_calls(database: SqlDatabase) -> None:
    number = opened(database).number
    queued(database, a_page(number), a_page(number, recipient="bob", address="+2"))


def test_the_engine_before_finds_one_row_a_kind_whatever_accounts_we_know(ours: SqlDatabase, theirs: Engine) -> None:
    two_calls(ours)
    with ours.begin() as work:
        work.deliveries.keep_pace_of("second")
    assert len(claim(ours, "second")) == 1
    with theirs.begin() as connection:
        assert sorted(row.kind for row in connection.execute(text(READ_PACE))) == ["call", "sms"]
        until = written(NOW + SECOND, connection)
        assert connection.execute(text(TAKE_TURN), {"until": until, "kind": "call"}).rowcount == 1


def test_both_share_the_pace_of_the_first_account_and_neither_takes_that_of_another(
    ours: SqlDatabase, theirs: Engine
) -> None:
    two_calls(ours)
    with theirs.begin() as connection:
        connection.execute(text(TAKE_TURN), {"until": written(NOW + SECOND, connection), "kind": "call"})
    assert claim(ours, PRIMARY) == []
    assert len(claim(ours, "second")) == 1
    assert len(claim(ours, PRIMARY, NOW + SECOND)) == 1
    with theirs.begin() as connection:
        taken = {row.kind: row.taken_until for row in connection.execute(text(READ_PACE))}
        assert taken["call"] == written(NOW + 2 * SECOND, connection)


def test_the_engine_before_finds_and_stores_every_first_page(
    ours: SqlDatabase, theirs: Engine, its_columns: dict[str, list[str]]
) -> None:
    old, young = opened(ours, opened_at=NOW - 3600 * SECOND), opened(ours)
    further = a_page(old.number, urgency=Urgency.FIRST_PAGE, further=True, recipient="bob", address="+2")
    unpaged = a_page(young.number, urgency=Urgency.FIRST_PAGE)
    queued(ours, further, unpaged)
    names = its_columns["deliveries"]
    assert "further" not in names
    with theirs.begin() as connection:
        columns = ", ".join(f"deliveries.{name}" for name in names)
        rows = connection.execute(text(DUE.format(columns=columns)), {"now": written(NOW, connection)})
        found = [dict(row._mapping) for row in rows]
        assert [(row["id"], row["rank"]) for row in found] == [(unpaged.id, 0), (further.id, 1)]
        assert {row["urgency"] for row in found} == {"first_page"}
        given = ", ".join(f":{name}" for name in names)
        connection.execute(
            text(f"INSERT INTO deliveries ({', '.join(names)}) VALUES ({given})"), {**found[0], "id": "of before"}
        )
    gone = [one.id for step in range(3) for one in claim(ours, PRIMARY, NOW + step * SECOND)]
    assert sorted(gone[:2]) == sorted([unpaged.id, "of before"])
    assert gone[2:] == [further.id]


def test_a_notice_of_the_engine_before_is_sent_too(
    ours: SqlDatabase, theirs: Engine, its_columns: dict[str, list[str]]
) -> None:
    notice = a_page(opened(ours).number, kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE, recipient="caller")
    queued(ours, notice)
    names = ", ".join(its_columns["deliveries"])
    copied = names.replace("id,", "'copy',", 1)
    with theirs.begin() as connection:
        connection.execute(text(f"INSERT INTO deliveries ({names}) SELECT {copied} FROM deliveries"))
    assert sorted(one.id for step in range(2) for one in claim(ours, PRIMARY, NOW + step * SECOND)) == sorted(
        ["copy", notice.id]
    )
