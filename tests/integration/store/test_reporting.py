"""What reports read, on both databases."""

from datetime import datetime, timedelta

import pytest

from oncall.core.delivery import DeliveryKind
from oncall.core.incident import IncidentState, Resolution, TimelineEntry, TimelineKind
from oncall.core.reported import ReportedAnswer, ReportedIncident, ReportedPage
from oncall.store import SqlDatabase, open_store, reporting
from tests.integration.store.samples import MINUTE, NOW, a_page, an_incident, opened, queued

DAY = timedelta(days=1)


def numbers(database: SqlDatabase, since: datetime, until: datetime, customer: str = "") -> list[list[int]]:
    with database.read() as uow:
        return [[each.number for each in batch] for batch in uow.reporting.incidents(since, until, customer=customer)]


def test_those_of_a_span_come_oldest_first_whatever_their_numbers(database: SqlDatabase) -> None:
    late = opened(database, opened_at=NOW + MINUTE).number
    early = opened(database, opened_at=NOW).number
    opened(database, opened_at=NOW + DAY)
    opened(database, opened_at=NOW - timedelta(microseconds=1))
    assert numbers(database, NOW, NOW + DAY) == [[early, late]]
    assert numbers(database, NOW - DAY, NOW - MINUTE) == []


def test_a_report_tells_of_neither_drills_nor_screened_calls(database: SqlDatabase) -> None:
    opened(database, drill=True)
    opened(database, state=IncidentState.RESOLVED, resolved_at=NOW, resolution=Resolution.SCREENED, due_at=None)
    told = opened(database, state=IncidentState.RESOLVED, resolved_at=NOW, resolution=Resolution.RESOLVED, due_at=None)
    assert numbers(database, NOW, NOW + DAY) == [[told.number]]


def test_a_customer_is_told_of_their_own_alone(database: SqlDatabase) -> None:
    own = opened(database, customer="acme").number
    opened(database, customer="globex")
    opened(database)
    assert numbers(database, NOW, NOW + DAY, "acme") == [[own]]
    assert numbers(database, NOW, NOW + DAY, "nobody") == []


@pytest.mark.parametrize("customer", ["", "acme"])
def test_batches_leave_out_none_and_repeat_none_also_where_many_came_at_one_instant(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch, customer: str
) -> None:
    monkeypatch.setattr(reporting, "BATCH", 3)
    with database.begin() as uow:
        for place in range(11):
            uow.incidents.open(an_incident(opened_at=NOW + (place // 5) * MINUTE, customer="acme"))
    found = numbers(database, NOW, NOW + DAY, customer)
    assert [len(batch) for batch in found] == [3, 3, 3, 2]
    assert [number for batch in found for number in batch] == list(range(found[0][0], found[0][0] + 11))


def test_every_fact_of_an_incident_is_read_as_it_was_written(database: SqlDatabase) -> None:
    stored = opened(
        database, customer="acme", company="ACME", caller_name="Jané", summary="It’s 'down'", respond_by=NOW + MINUTE,
        responded_at=NOW + MINUTE / 2,
    )  # fmt: skip
    with database.read() as uow:
        (batch,) = uow.reporting.incidents(NOW, NOW + DAY)
    assert batch == [ReportedIncident(*(getattr(stored, name) for name in ReportedIncident._fields))]


def test_pages_and_answers_come_with_the_incidents_that_they_are_about(database: SqlDatabase) -> None:
    second = opened(database, opened_at=NOW + MINUTE).number
    first = opened(database, opened_at=NOW).number
    other = opened(database, opened_at=NOW + DAY).number
    queued(
        database,
        a_page(second, chain="b", sent_at=NOW + 2 * MINUTE),
        a_page(first, chain="a", sent_at=NOW + MINUTE),
        a_page(first, chain="a"),
        a_page(first, chain="a", kind=DeliveryKind.NOTICE),
        a_page(other),
        a_page(None, kind=DeliveryKind.OPERATOR),
    )
    with database.begin() as uow:
        kinds = (TimelineKind.ACKNOWLEDGED, TimelineKind.NOTE, TimelineKind.PASSED, TimelineKind.RESOLVED)
        uow.timeline.add(second, [TimelineEntry(NOW + MINUTE, kind, "x") for kind in kinds])
        uow.timeline.add(other, [TimelineEntry(NOW, TimelineKind.ACKNOWLEDGED, "x")])
    with database.read() as uow:
        (batch,) = uow.reporting.incidents(NOW, NOW + DAY)
        assert list(uow.reporting.pages(batch)) == [
            ReportedPage(first, "alice", "a", NOW, NOW + MINUTE),
            ReportedPage(second, "alice", "b", NOW, NOW + 2 * MINUTE),
        ]
        answers = uow.reporting.answers(batch)
        assert sorted(answers) == sorted(
            [
                ReportedAnswer(second, NOW + MINUTE, False),
                ReportedAnswer(second, NOW + MINUTE, True),
                ReportedAnswer(second, NOW + MINUTE, False),
            ]
        )
        assert list(uow.reporting.pages(batch[:1])) == [ReportedPage(first, "alice", "a", NOW, NOW + MINUTE)]
        assert list(uow.reporting.pages([])) == list(uow.reporting.answers([])) == []


def test_where_two_batches_share_an_instant_each_gets_the_pages_and_answers_of_its_own(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "BATCH", 2)
    told = [opened(database, opened_at=NOW).number for _ in range(5)]
    queued(database, *(a_page(number, sent_at=NOW + MINUTE) for number in told))
    with database.begin() as uow:
        for number in told:
            uow.timeline.add(number, [TimelineEntry(NOW + MINUTE, TimelineKind.RESOLVED, "x")])
    with database.read() as uow:
        batches = list(uow.reporting.incidents(NOW, NOW + DAY))
        pages = [[page.incident for page in uow.reporting.pages(batch)] for batch in batches]
        answers = [[answer.incident for answer in uow.reporting.answers(batch)] for batch in batches]
    assert pages == answers == [told[:2], told[2:4], told[4:]]


@pytest.mark.parametrize("customer", ["", "acme"])
def test_a_report_reads_no_table_from_end_to_end(sqlite_url: str, customer: str) -> None:
    database = open_store(sqlite_url)
    opened(database, customer="acme")
    asked: list[str] = []
    with database.read() as uow:
        driver = uow.reporting._connection.connection.driver_connection
        driver.set_trace_callback(asked.append)
        (batch,) = uow.reporting.incidents(NOW, NOW + DAY, customer=customer)
        uow.reporting.pages(batch)
        uow.reporting.answers(batch)
        driver.set_trace_callback(None)
    assert len(asked) == 3
    with database._engine.connect() as connection:
        plans = [
            " / ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in asked
        ]
    database.close()
    assert ("incidents_of_customer" if customer else "incidents_opened") in plans[0]
    assert all("incidents_opened" in plan for plan in plans[1:])
    assert not any("SCAN" in plan or "TEMP B-TREE" in plan for plan in plans)
