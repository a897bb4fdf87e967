"""The cost of a tick follows what is due, not what is open: each of its questions is answered from an index."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from oncall.core.delivery import DeliveryKind, Urgency
from oncall.ports import UnitOfWork
from oncall.store import SqlDatabase, open_store
from tests.integration.store.samples import MINUTE, NOW, a_page, an_incident

MANY = 100_000


@pytest.fixture(scope="module")
def crowded(migrated_sqlite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlDatabase]:
    """100,000 open incidents of which none is due, each with a page that waits."""
    path = tmp_path_factory.mktemp("crowded") / "oncall.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = open_store(f"sqlite:///{path}", durable=False)
    with database.begin() as work:
        first = work.incidents.open(an_incident(due_at=NOW + MINUTE)).number
        page = a_page(first, id="page", due_at=NOW + MINUTE, chain="chain")
        work.deliveries.add([page])
    with database._engine.begin() as connection:
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) "
        for table, key, fresh in (
            ("incidents", "number", {"number": "i + 1001", "token": "'t' || i", "caller_number": "'+' || i"}),
            (
                "deliveries",
                "id",
                {"id": "'d' || i", "incident": "i + 1001", "chain": "'c' || i", "address": "'+' || i"},
            ),
        ):
            names = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
            values = ", ".join(fresh.get(name, f'"{name}"') for name in names)
            connection.exec_driver_sql(f"INSERT INTO {table} {numbers} SELECT {values} FROM n, {table}")
            assert connection.exec_driver_sql(f"SELECT count({key}) FROM {table}").scalar() == MANY + 1
    yield database
    database.close()


QUESTIONS: dict[str, Callable[[UnitOfWork], object]] = {
    "what is due": lambda work: work.incidents.due(NOW, 100),
    "when the next incident is due": lambda work: work.incidents.next_due_at(),
    "when each kind of work is next": lambda work: work.agenda.next_due(NOW, partners=["github", "slack"]),
    "who owes a post-mortem": lambda work: work.postmortems.wanted(
        NOW, after_for=timedelta(hours=1), over_since=NOW - timedelta(hours=1), limit=100
    ),
    "which post-mortem is due": lambda work: work.postmortems.due(NOW, 100),
    "of which post-mortem the time begins": lambda work: work.postmortems.waiting_for_the_end(100),
    "which action is due": lambda work: work.postmortems.actions_due(NOW.date(), 100),
    "whose promise is due": lambda work: work.incidents.promises_due(NOW, 100),
    "what is stuck": lambda work: work.incidents.stuck(NOW),
    "whose number this is": lambda work: work.incidents.latest_for_caller("+77"),
    "what this customer has open": lambda work: work.incidents.open_for_customer("acme", "+77"),
    "which incident a link shows": lambda work: work.incidents.by_token("t77"),
    "the newest open ones": lambda work: work.incidents.listing(include_resolved=False, limit=50),
    "what to send": lambda work: work.deliveries.claim_due(NOW, worker="w", lease_until=NOW, limit=100),
    "what to send first": lambda work: work.deliveries.claim_due(NOW, worker="w", lease_until=NOW, limit=1),
    "what to cancel": lambda work: work.deliveries.claim_cancellations(NOW, worker="w", lease_until=NOW, limit=100),
    "when to send next": lambda work: work.deliveries.next_due_at(),
    "what to ask about": lambda work: work.deliveries.claim_asks(NOW, 4),
    "when to ask next": lambda work: work.deliveries.next_ask_at(),
    "what waits to be cancelled": lambda work: work.deliveries.cancellation_backlog(NOW),
    "the pages of an incident": lambda work: work.deliveries.unfinished_pages(1077),
    "a run of rules": lambda work: work.deliveries.chain("c77"),
    "what an incident's customer was told": lambda work: work.deliveries.purposes([1077]),
    "some incidents": lambda work: work.incidents.get_many([1077, 1078]),
    "some incidents to change": lambda work: work.incidents.lock_free([1077, 1078]),
    "some deliveries to change": lambda work: work.deliveries.lock_many(["d77", "d78"]),
    "how many first pages are due": lambda work: work.deliveries.first_pages_due(NOW, 64),
    "some runs of rules": lambda work: work.deliveries.chains(["c77", "c78"]),
    "who was paged": lambda work: work.deliveries.paged_engineers(1077),
    "what went to a number": lambda work: work.deliveries.attempted("+77", NOW - timedelta(hours=1)),
    "who called a number last": lambda work: work.deliveries.last_provider("+77", NOW - timedelta(minutes=3)),
    "the numbers of deliveries": lambda work: work.deliveries.counts(),
    "how fast callers were served": lambda work: work.incidents.responses(NOW - timedelta(hours=24)),
    "what to fetch": lambda work: work.recordings.claim_due(NOW, again_at=NOW, limit=10),
    "when to fetch next": lambda work: work.recordings.next_due_at(),
    "the timeline": lambda work: work.timeline.of(1077),
    "who has taken a shift": lambda work: work.overrides.active(NOW),
    "what a sender wrote about last": lambda work: work.inbox.latest_incident("+77"),
    "who repeats itself": lambda work: work.inbox.repeats("+77", "x", NOW),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_table_is_read_from_end_to_end_to_know(crowded: SqlDatabase, question: str) -> None:
    asked: list[str] = []
    with crowded.read() as work:
        driver = work.incidents._connection.connection.driver_connection  # type: ignore[attr-defined]
        driver.set_trace_callback(asked.append)
        QUESTIONS[question](work)
        driver.set_trace_callback(None)
    selects = [statement for statement in asked if statement.startswith("SELECT")]
    assert selects
    with crowded._engine.connect() as connection:
        for statement in selects:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
            # What is named anon_ is the answer to a bounded question, which is asked for in another.
            scans = [step for step in plan if re.match(r"SCAN (?!anon_|json_each |.*USING (COVERING )?INDEX)", step)]
            assert plan
            assert not scans, plan
            # Walking along an index is fine only for its first few entries.
            assert not re.search(r"SCAN (?!anon_|json_each )", " ".join(plan)) or "LIMIT" in statement, plan


def steps_of(database: SqlDatabase, question: str) -> int:
    """How many steps SQLite's machine takes: unlike time, the same on every run."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with database.read() as work:
        driver = work.incidents._connection.connection.driver_connection  # type: ignore[attr-defined]
        QUESTIONS[question](work)  # compiled once before it is counted
        driver.set_progress_handler(count, 1)
        QUESTIONS[question](work)
        driver.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize(
    "question",
    ["what is due", "when the next incident is due", "what is stuck", "what to send",
     "when each kind of work is next", "what to cancel",
     "when to send next", "what waits to be cancelled", "when to fetch next"],
)  # fmt: skip
def test_a_tick_with_100000_open_incidents_takes_no_more_steps_than_with_one(
    crowded: SqlDatabase, sqlite_url: str, question: str
) -> None:
    calm = open_store(sqlite_url)
    with calm.begin() as work:
        number = work.incidents.open(an_incident(due_at=NOW + MINUTE)).number
        work.deliveries.add([a_page(number, due_at=NOW + MINUTE)])
    assert steps_of(crowded, question) <= steps_of(calm, question) + 5
    calm.close()


@pytest.mark.parametrize("question", ["what to send first", "how many first pages are due"])
def test_to_find_first_pages_takes_no_more_steps_while_thousands_of_notices_wait_too(
    sqlite_url: str, tmp_path: Path, migrated_sqlite: Path, question: str
) -> None:
    crowd = tmp_path / "crowded.db"
    crowd.write_bytes(migrated_sqlite.read_bytes())
    steps = []
    for url, notices in ((sqlite_url, 0), (f"sqlite:///{crowd}", 2000)):
        database = open_store(url, durable=False)
        with database.begin() as work:
            number = work.incidents.open(an_incident(due_at=NOW + MINUTE)).number
            notice = replace(a_page(number), kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE)
            work.deliveries.add([replace(notice, id=f"n{serial}") for serial in range(notices)])
            first_page = a_page(number, urgency=Urgency.FIRST_PAGE)
            work.deliveries.add([replace(first_page, id=f"p{serial}") for serial in range(2)])
        steps.append(steps_of(database, question))
        database.close()
    calm, crowded = steps
    assert crowded <= calm + 5
