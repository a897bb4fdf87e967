"""Two engines run: nobody waits for ever, nothing is claimed twice, and what commits first counts."""

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import replace

import pytest

from oncall.core.delivery import DeliveryState, silenced
from oncall.core.incident import IncidentState
from oncall.errors import ConflictError
from oncall.store import SqlDatabase, open_store
from tests.integration.store.samples import (
    MINUTE,
    NOW,
    SECOND,
    a_call,
    a_page,
    a_recording,
    an_incident,
    claim,
    opened,
    queued,
)


def test_two_workers_never_claim_the_same_delivery(database: SqlDatabase, database_url: str) -> None:
    number = opened(database).number
    pages = [a_page(number) for _ in range(200)]
    queued(database, *pages)
    claimed: list[str] = []

    def work(name: str) -> None:
        # A database of its own, as every process has.
        own = open_store(database_url)
        while got := claim(own, worker=name, limit=3):
            claimed.extend(delivery.id for delivery in got)
        own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, ["w1", "w2", "w3", "w4"]))
    assert sorted(claimed) == sorted(page.id for page in pages)


def test_two_workers_never_fetch_the_same_recording(database: SqlDatabase, database_url: str) -> None:
    number = opened(database).number
    with database.begin() as work:
        for n in range(60):
            work.recordings.add(a_recording(number, f"RE{n}"))
    claimed: list[str] = []

    def fetch(_worker: int) -> None:
        own = open_store(database_url)
        while True:
            with own.begin() as work:
                got = work.recordings.claim_due(NOW, again_at=NOW + MINUTE, limit=3)
            if not got:
                break
            claimed.extend(recording.sid for recording in got)
        own.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(fetch, range(3)))
    assert sorted(claimed) == sorted(f"RE{n}" for n in range(60))


@pytest.mark.postgres
def test_on_postgresql_a_claimer_passes_by_what_another_is_claiming(postgres_url: str) -> None:
    database = open_store(postgres_url)
    number = opened(database).number
    one, two = a_page(number), a_page(number, due_at=NOW - SECOND)
    queued(database, one, two)
    with database.begin() as first:
        assert [d.id for d in first.deliveries.claim_due(NOW, worker="w1", lease_until=NOW + MINUTE, limit=1)] == [
            two.id
        ]
        assert [d.id for d in claim(database, worker="w2")] == [one.id]
    database.close()


def test_an_acknowledgement_that_commits_while_a_worker_claims_stops_every_page(
    database: SqlDatabase, database_url: str
) -> None:
    """Either the page was claimed before the acknowledgement read the pages, and is to be cancelled, or never."""
    other = open_store(database_url)
    incident = opened(database)
    pages = [a_page(incident.number) for _ in range(30)]
    queued(database, *pages)

    def acknowledge() -> None:
        with database.begin() as work:
            found = work.incidents.get(incident.number, lock=True)
            work.incidents.save(replace(found, state=IncidentState.ACKNOWLEDGED, acknowledged_at=NOW))
            for page in work.deliveries.unfinished_pages(incident.number, lock=True):
                work.deliveries.save(silenced(page, NOW))

    before = claim(other, limit=5)
    with ThreadPoolExecutor(1) as pool:
        racing = pool.submit(lambda: [claim(other, limit=1) for _ in range(10)])
        acknowledge()
        during = [delivery for got in racing.result() for delivery in got]
    assert claim(other, NOW + MINUTE, limit=100) == []
    with database.read() as work:
        after = {delivery.id: delivery for delivery in work.deliveries.of(incident.number)}
    in_flight = {delivery.id for delivery in [*before, *during]}
    assert all(after[name].cancel_wanted for name in in_flight)
    assert all(after[page.id].state is DeliveryState.CANCELLED for page in pages if page.id not in in_flight)
    other.close()


def test_whoever_saves_second_is_told_to_read_again(database: SqlDatabase, database_url: str) -> None:
    other = open_store(database_url)
    incident = opened(database)
    started = threading.Barrier(2)

    def save(through: SqlDatabase, name: str) -> str:
        with through.read() as work:
            found = work.incidents.get(incident.number)
        started.wait()
        try:
            with through.begin() as work:
                work.incidents.save(replace(found, acknowledged_by=name))
        except ConflictError:
            return "conflict"
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(save, [database, other], ["alice", "bob"])
    assert sorted(outcomes) == ["conflict", "saved"]
    other.close()


def test_a_locked_incident_waits_for_whoever_has_it(database: SqlDatabase, database_url: str) -> None:
    other = open_store(database_url)
    incident = opened(database)

    def locked_version() -> int:
        with other.begin() as work:
            return work.incidents.get(incident.number, lock=True).version

    with ThreadPoolExecutor(1) as pool:
        with database.begin() as work:
            work.incidents.get(incident.number, lock=True)
            waiting = pool.submit(locked_version)
            with pytest.raises(StillWaiting):
                waiting.result(timeout=0.2)
            work.incidents.save(replace(incident, step=1))
        assert waiting.result(timeout=5) == 1
    other.close()


def test_a_first_webhook_that_arrives_twice_at_once_opens_one_incident(
    database: SqlDatabase, database_url: str
) -> None:
    other = open_store(database_url)
    started = threading.Barrier(2)

    def announce(through: SqlDatabase) -> bool:
        started.wait()
        try:
            with through.begin() as work:
                number = work.incidents.open(an_incident()).number
                if not work.calls.add(a_call(number)):
                    raise ConflictError("announced already")
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(announce, [database, other])) == [False, True]
    with database.read() as work:
        assert len(work.incidents.listing(include_resolved=True)) == 1
    other.close()
