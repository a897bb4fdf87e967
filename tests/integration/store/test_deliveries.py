from dataclasses import replace

import pytest

from oncall.core.accounted import Attempted
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState, Urgency, retried, sent, silenced, stopped
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident, IncidentState
from oncall.errors import ConflictError
from oncall.store import SqlDatabase
from tests.integration.store.samples import MINUTE, NOW, SECOND, a_page, claim, claim_cancellations, opened, queued


def saved(database: SqlDatabase, delivery: Delivery) -> None:
    with database.begin() as work:
        work.deliveries.save(delivery)


def acknowledged(database: SqlDatabase, incident: Incident) -> Incident:
    with database.begin() as work:
        return work.incidents.save(
            replace(incident, state=IncidentState.ACKNOWLEDGED, acknowledged_at=NOW + MINUTE, acknowledged_by="alice")
        )


def next_due(database: SqlDatabase) -> object:
    with database.read() as work:
        return work.deliveries.next_due_at()


def test_a_delivery_comes_back_as_it_was_queued(database: SqlDatabase) -> None:
    page = a_page(opened(database).number, details={"engineer": "Alice", "why": "é\0\ud83d"}, chain="c", position=2)
    queued(database, page)
    queued(database)
    with database.read() as work:
        assert work.deliveries.get(page.id) == page
        assert work.deliveries.get("another") is None


def test_a_claimed_delivery_is_leased_and_counted(database: SqlDatabase) -> None:
    page = a_page(opened(database).number)
    queued(database, page)
    [claimed] = claim(database)
    assert claimed == replace(
        page, state=DeliveryState.CLAIMED, attempts=1, claimed_by="w1", lease_until=NOW + 15 * SECOND
    )
    with database.read() as work:
        assert work.deliveries.get(page.id) == claimed
    assert claim(database) == []


def test_nothing_is_claimed_before_it_is_due(database: SqlDatabase) -> None:
    queued(database, a_page(opened(database).number, due_at=NOW + SECOND))
    assert claim(database) == []
    assert next_due(database) == NOW + SECOND
    assert len(claim(database, NOW + SECOND)) == 1


def test_a_dead_workers_delivery_is_claimed_by_another_when_its_lease_has_run_out(database: SqlDatabase) -> None:
    queued(database, a_page(opened(database).number))
    claim(database)
    assert claim(database, NOW + 14 * SECOND, worker="w2") == []
    assert next_due(database) == NOW + 15 * SECOND
    [again] = claim(database, NOW + 15 * SECOND, worker="w2")
    assert (again.attempts, again.claimed_by, again.in_doubt) == (2, "w2", True)


def test_a_sent_delivery_is_never_claimed_again(database: SqlDatabase) -> None:
    queued(database, a_page(opened(database).number))
    [claimed] = claim(database)
    saved(database, sent(claimed, "CA9", "queued", NOW))
    assert claim(database, NOW + 60 * MINUTE) == []
    assert next_due(database) is None


@pytest.mark.parametrize("state", [IncidentState.ACKNOWLEDGED, IncidentState.RESOLVED])
def test_a_page_of_an_incident_that_somebody_has_is_never_claimed(database: SqlDatabase, state: IncidentState) -> None:
    incident = opened(database)
    waiting, dead = a_page(incident.number), a_page(incident.number, due_at=NOW - MINUTE)
    queued(database, waiting, dead)
    claim(database, NOW - SECOND)
    with database.begin() as work:
        work.incidents.save(replace(incident, state=state))
    assert claim(database, NOW + MINUTE) == []
    assert next_due(database) is None


def test_a_notice_of_an_acknowledged_incident_and_a_message_to_operators_are_claimed(database: SqlDatabase) -> None:
    incident = acknowledged(database, opened(database))
    notice = a_page(incident.number, kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE)
    operator = a_page(None, kind=DeliveryKind.OPERATOR, urgency=Urgency.REPEAT)
    queued(database, notice, operator)
    assert [delivery.id for delivery in claim(database)] == [operator.id, notice.id]


def test_first_pages_go_first_then_older_incidents_then_what_is_longest_due(database: SqlDatabase) -> None:
    young, old = opened(database, opened_at=NOW), opened(database, opened_at=NOW - MINUTE)
    notice = a_page(old.number, kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE, due_at=NOW - MINUTE)
    repeat = a_page(old.number, urgency=Urgency.REPEAT, due_at=NOW - MINUTE)
    first_of_young = a_page(young.number, urgency=Urgency.FIRST_PAGE, due_at=NOW - 30 * SECOND)
    second_of_old = a_page(old.number, urgency=Urgency.FIRST_PAGE, due_at=NOW)
    first_of_old = a_page(old.number, urgency=Urgency.FIRST_PAGE, due_at=NOW - SECOND)
    queued(database, notice, repeat, first_of_young, second_of_old, first_of_old)
    expected = [first_of_old, second_of_old, first_of_young, repeat, notice]
    assert [delivery.id for delivery in claim(database, limit=3)] == [delivery.id for delivery in expected[:3]]
    assert [delivery.id for delivery in claim(database, limit=3)] == [delivery.id for delivery in expected[3:]]


def test_a_ringing_call_that_nobody_needs_is_claimed_for_cancelling_until_that_is_done(database: SqlDatabase) -> None:
    queued(database, a_page(opened(database).number))
    [claimed] = claim(database)
    ringing = sent(claimed, "CA9", "ringing", NOW)
    saved(database, ringing)
    assert claim_cancellations(database) == []
    saved(database, silenced(ringing, NOW))
    assert next_due(database) <= NOW
    [cancelling] = claim_cancellations(database)
    assert (cancelling.state, cancelling.provider_id, cancelling.attempts) == (DeliveryState.SENT, "CA9", 1)
    assert claim_cancellations(database) == []
    assert next_due(database) == NOW + 15 * SECOND
    [again] = claim_cancellations(database, NOW + 15 * SECOND)
    saved(database, stopped(again, NOW))
    assert claim_cancellations(database, NOW + 60 * MINUTE) == []
    assert next_due(database) is None


def test_a_call_that_was_in_flight_when_its_worker_died_is_looked_up_and_never_repeated(database: SqlDatabase) -> None:
    queued(database, a_page(opened(database).number))
    [claimed] = claim(database)
    saved(database, silenced(claimed, NOW))
    assert claim_cancellations(database) == []
    later = NOW + 15 * SECOND
    assert claim(database, later) == []
    assert [delivery.id for delivery in claim_cancellations(database, later)] == [claimed.id]


def test_a_call_in_doubt_that_waits_for_another_try_is_looked_up_at_once(database: SqlDatabase) -> None:
    queued(database, a_page(opened(database).number))
    [claimed] = claim(database)
    waiting = retried(claimed, NOW + MINUTE, error="timeout", code="")
    saved(database, silenced(waiting, NOW))
    assert claim(database, NOW + 2 * MINUTE) == []
    assert [delivery.id for delivery in claim_cancellations(database)] == [claimed.id]


def test_a_cancellation_that_waits_too_long_is_counted(database: SqlDatabase) -> None:
    incident = opened(database)
    queued(database, a_page(incident.number))
    [claimed] = claim(database)
    saved(database, silenced(sent(claimed, "CA9", "ringing", NOW), NOW + MINUTE))
    acknowledged(database, incident)
    with database.read() as work:
        assert work.deliveries.cancellation_backlog(NOW + MINUTE) == 0
        assert work.deliveries.cancellation_backlog(NOW + MINUTE + SECOND) == 1
        # Not since the call was made: nobody has neglected it yet.
        assert work.deliveries.next_due_at() == NOW + MINUTE


def test_a_delivery_that_is_gone_cannot_be_saved(database: SqlDatabase) -> None:
    with pytest.raises(ConflictError, match="read it again"):
        saved(database, a_page(None, kind=DeliveryKind.OPERATOR))


def test_the_deliveries_of_an_incident_and_of_a_run_of_rules_are_listed_in_order(database: SqlDatabase) -> None:
    incident = opened(database)
    second = a_page(incident.number, chain="c1", position=1, due_at=NOW - MINUTE)
    first = a_page(incident.number, chain="c1", position=0)
    older = a_page(incident.number, created_at=NOW - MINUTE, state=DeliveryState.FAILED, finished_at=NOW)
    notice = a_page(incident.number, kind=DeliveryKind.NOTICE, created_at=NOW + MINUTE)
    queued(database, second, first, older, notice)
    with database.begin() as work:
        assert work.deliveries.chain("c1") == [first, second]
        assert work.deliveries.of(incident.number) == [older, first, second, notice]
        assert work.deliveries.unfinished_pages(incident.number, lock=True) == [first, second]
        assert work.deliveries.get(first.id, lock=True) == first
        assert work.deliveries.unfinished_pages(7) == []


def test_the_engineers_who_were_paged_are_those_who_may_have_been_reached(database: SqlDatabase) -> None:
    incident, other = opened(database), opened(database)
    done = {"state": DeliveryState.CANCELLED, "finished_at": NOW}
    queued(
        database,
        a_page(incident.number, recipient="waits"),
        a_page(incident.number, recipient="rang", sent_at=NOW, **done),
        a_page(incident.number, recipient="in doubt", attempts=1, **done),
        a_page(incident.number, recipient="never", **done),
        a_page(incident.number, recipient="refused", state=DeliveryState.FAILED, attempts=1, settled=1),
        a_page(incident.number, recipient="caller", kind=DeliveryKind.NOTICE),
        a_page(other.number, recipient="waits"),
    )
    with database.begin() as work:
        assert work.deliveries.paged_engineers(incident.number) == {"waits", "rang", "in doubt"}
        assert work.deliveries.paged_incidents("waits") == [other.number, incident.number]
        assert work.deliveries.paged_incidents("never") == []
        work.incidents.save(replace(other, state=IncidentState.RESOLVED, due_at=None))
    with database.read() as work:
        assert work.deliveries.paged_incidents("waits") == [incident.number]


def test_what_was_attempted_to_an_address_lately_is_known_and_nothing_else(database: SqlDatabase) -> None:
    number = opened(database).number
    queued(
        database,
        a_page(number, provider_id="CA1", sent_at=NOW, attempts=1, settled=1),
        a_page(number, provider_id="CA0", sent_at=NOW - MINUTE, attempts=1),
        a_page(number, provider_id="CA2", attempts=2, bundle="b"),
        a_page(number, attempts=1, state=DeliveryState.FAILED, finished_at=NOW - MINUTE),
        a_page(number),
        a_page(number, provider_id="CA4", sent_at=NOW),
        a_page(number, provider_id="SM3", sent_at=NOW, attempts=1, address="+32470000002", method=ContactMethod.SMS),
    )
    with database.read() as work:
        found = sorted(work.deliveries.attempted("+32470000001", NOW), key=lambda one: one.provider_id)
    assert [replace(one, id="") for one in found] == [
        Attempted("", number, ContactMethod.CALL, attempts=1, settled=1, unsent=0, provider_id="CA1", bundle=None),
        Attempted("", number, ContactMethod.CALL, attempts=2, settled=0, unsent=0, provider_id="CA2", bundle="b"),
        # Claimed on a server that is gone; a callback told that it went.
        Attempted("", number, ContactMethod.CALL, attempts=0, settled=0, unsent=0, provider_id="CA4", bundle=None),
    ]


def test_where_first_pages_are_enough_nothing_else_is_claimed_and_where_they_are_not_the_rest_follows(
    database: SqlDatabase,
) -> None:
    number = opened(database).number
    notice = a_page(number, kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE)
    repeat = a_page(number, urgency=Urgency.REPEAT, due_at=NOW - MINUTE)
    first = [a_page(number, urgency=Urgency.FIRST_PAGE, due_at=NOW - since * SECOND) for since in range(3)]
    queued(database, notice, repeat, *first)
    with database.read() as work:
        assert work.deliveries.first_pages_due(NOW, 2) == 2
        assert work.deliveries.first_pages_due(NOW, 9) == 3
    assert [one.id for one in claim(database, limit=2)] == [first[2].id, first[1].id]
    assert [one.id for one in claim(database, limit=2)] == [first[0].id, repeat.id]
    with database.read() as work:
        assert work.deliveries.first_pages_due(NOW, 9) == 0
    assert [one.id for one in claim(database, limit=2)] == [notice.id]


def test_what_several_incidents_and_runs_of_rules_hold_is_known_at_once(database: SqlDatabase) -> None:
    told, untold = opened(database).number, opened(database).number
    page, again = a_page(told, chain="c1"), a_page(told, chain="c1", position=1)
    queued(database, again, page, a_page(told, purpose="received", chain="c2"))
    with database.read() as work:
        assert work.deliveries.purposes([told, untold]) == {told: {"page", "received"}}
        assert work.deliveries.purposes([]) == {}
        assert work.deliveries.chains(["c1", "c3"]) == {"c1": [page, again]}
        assert work.deliveries.chains([]) == {}


def test_changes_of_several_at_once_are_stored_as_each_alone_would_be(database: SqlDatabase) -> None:
    number = opened(database).number
    pages = [a_page(number, details={"why": "é\0"}, cancel_wanted=serial == 2) for serial in range(4)]
    queued(database, *pages)
    one, two, three, untouched = pages
    stored = [
        replace(one, state=DeliveryState.SENT, sent_at=NOW, provider_id="SM1", error='"%s" \\ \0 é', attempts=1),
        replace(two, state=DeliveryState.SENT, sent_at=NOW + SECOND, provider_id="SM2", attempts=70_000),
        replace(three, cancel_wanted=False, details={"why": "another"}, lease_until=NOW),
        untouched,
    ]
    with database.begin() as work:
        locked = work.deliveries.lock_many([page.id for page in pages])
        assert {page.id for page in locked} == {page.id for page in pages}
        work.deliveries.save_many(list(zip(pages, stored, strict=True)))
        work.deliveries.save_many([])
    with database.read() as work:
        found = [work.deliveries.get(page.id) for page in pages]
    assert found == [replace(stored[0], error='"%s" \\  é', details={"why": "é\0"}), *stored[1:]]
