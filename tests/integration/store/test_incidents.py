from dataclasses import replace
from datetime import timedelta

import pytest

from oncall.core.incident import Incident, IncidentState, Resolution, Screening, TimelineEntry, TimelineKind
from oncall.core.sla import PromiseStage
from oncall.errors import ConflictError
from oncall.store import SqlDatabase
from tests.integration.store.samples import MINUTE, NOW, POLICY, SECOND, an_incident, opened


def resolved(database: SqlDatabase, incident: Incident) -> Incident:
    with database.begin() as work:
        return work.incidents.save(
            replace(
                incident,
                state=IncidentState.RESOLVED,
                due_at=None,
                resolved_at=NOW,
                resolution=Resolution.RESOLVED,
            )
        )


def test_the_first_incident_is_1001_and_the_next_1002(database: SqlDatabase) -> None:
    assert [opened(database).number, opened(database).number] == [1001, 1002]


def test_an_incident_comes_back_as_it_was_stored(database: SqlDatabase) -> None:
    incident = opened(
        database,
        respond_by=NOW + 30 * MINUTE,
        customer="acme",
        company="ACME Shop",
        caller_name="Jane Dœ 🦊",
        caller_number="+32470111111",
        language="fr-FR",
        summary="everything is down",
        screening=Screening.PENDING,
        paged_at=NOW,
        updated_at=NOW,
        resume_with="alice",
        passed_by=("bob", "zoé"),
        passed_at=NOW - MINUTE,
        snoozed_until=NOW + 120 * MINUTE,
        handed_to=("bob", "dana"),
        acknowledgements=("alice",),
        step=-1,
        round=2,
    )
    with database.read() as work:
        found = work.incidents.get(incident.number)
    assert found == incident
    assert found.policy == POLICY
    assert str(found.opened_at.tzinfo) == "UTC"


def test_what_no_database_can_keep_is_left_out_of_callers_text(database: SqlDatabase) -> None:
    incident = opened(database, summary="a\0b\ud83d")
    with database.read() as work:
        found = work.incidents.get(incident.number)
    assert found is not None
    assert found.summary == "ab?"


def test_a_saved_change_carries_the_next_version(database: SqlDatabase) -> None:
    incident = opened(database)
    with database.begin() as work:
        saved = work.incidents.save(replace(incident, step=1))
    with database.read() as work:
        assert work.incidents.get(incident.number, lock=True) == saved == replace(incident, step=1, version=1)


def test_a_change_of_a_stale_copy_is_refused(database: SqlDatabase) -> None:
    incident = opened(database)
    resolved(database, incident)
    with pytest.raises(ConflictError, match=r"1001.*read it again"), database.begin() as work:
        work.incidents.save(replace(incident, step=1))
    with database.read() as work:
        assert work.incidents.get(incident.number).step == 0


def test_of_several_changes_none_is_stored_where_one_is_of_a_stale_copy(database: SqlDatabase) -> None:
    fresh, stale = opened(database), opened(database)
    resolved(database, stale)
    with pytest.raises(ConflictError, match=r"read it again"), database.begin() as work:
        work.incidents.save_many([(fresh, replace(fresh, step=1)), (stale, replace(stale, step=1))])
    with database.begin() as work:
        assert work.incidents.get(fresh.number) == fresh
        saved = work.incidents.save_many([(fresh, replace(fresh, step=1))])
        assert work.incidents.save_many([]) == []
    assert saved == [replace(fresh, step=1, version=1)]


def test_an_unknown_incident_is_none(database: SqlDatabase) -> None:
    with database.read() as work:
        assert work.incidents.get(1) is None
        assert work.incidents.get_many([1]) == {}
        assert work.incidents.get_many([]) == {}
        assert work.incidents.by_token("nobody's") is None
        assert work.incidents.next_due_at() is None
        assert work.incidents.latest_for_caller("+3225550100") is None


def test_an_incident_is_found_by_its_token_and_with_others_by_number(database: SqlDatabase) -> None:
    one, two = opened(database), opened(database)
    with database.read() as work:
        assert work.incidents.by_token(two.token) == two
        assert work.incidents.get_many({one.number, two.number, 7}) == {one.number: one, two.number: two}


def test_due_incidents_come_longest_due_first_and_resolved_ones_never(database: SqlDatabase) -> None:
    late = opened(database, due_at=NOW - SECOND)
    later = opened(database, due_at=NOW - 2 * SECOND)
    future = opened(database, due_at=NOW + SECOND)
    over = resolved(database, opened(database, due_at=NOW - MINUTE))
    with database.read() as work:
        assert work.incidents.due(NOW, 10) == [later.number, late.number]
        assert work.incidents.due(NOW, 1) == [later.number]
        assert work.incidents.due(NOW + MINUTE, 10) == [later.number, late.number, future.number]
        assert work.incidents.next_due_at() == later.due_at
        assert over.number not in work.incidents.due(NOW + MINUTE, 10)


def test_the_listing_is_newest_first(database: SqlDatabase) -> None:
    one, two, three = (opened(database) for _ in range(3))
    over = resolved(database, two)
    with database.read() as work:
        assert work.incidents.listing(include_resolved=False) == [three, one]
        assert work.incidents.listing(include_resolved=True) == [three, over, one]
        assert work.incidents.listing(include_resolved=True, limit=1) == [three]


def test_open_incidents_are_found_by_customer_or_callers_number(database: SqlDatabase) -> None:
    acme = opened(database, customer="acme", caller_number="+32470111111")
    phone = opened(database, caller_number="+32470222222")
    unknown = opened(database)
    resolved(database, opened(database, customer="acme", caller_number="+32470222222"))
    with database.read() as work:
        assert work.incidents.open_for_customer("acme", "") == [acme]
        assert work.incidents.open_for_customer("", "+32470222222") == [phone]
        assert work.incidents.open_for_customer("acme", "+32470222222") == [phone, acme]
        assert work.incidents.open_for_customer("", "") == []
        assert work.incidents.latest_for_caller("+32470222222").number == unknown.number + 1
        assert work.incidents.latest_for_caller("") is None


def test_an_open_incident_without_a_next_action_or_long_overdue_is_stuck(database: SqlDatabase) -> None:
    nothing = opened(database, due_at=None)
    overdue = opened(database, due_at=NOW - MINUTE)
    opened(database, due_at=NOW)
    resolved(database, opened(database))
    with database.read() as work:
        assert work.incidents.stuck(NOW - SECOND) == [nothing.number, overdue.number]
        assert work.incidents.stuck(NOW - SECOND, limit=1) == [nothing.number]


def test_the_timeline_keeps_the_order_in_which_facts_were_added(database: SqlDatabase) -> None:
    incident, other = opened(database), opened(database)
    facts = [TimelineEntry(NOW - n * SECOND, TimelineKind.NOTE, f"fact {n}", public_text=f"p{n}") for n in range(3)]
    with database.begin() as work:
        work.timeline.add(incident.number, facts[:2])
        work.timeline.add(other.number, [TimelineEntry(NOW, TimelineKind.OPENED, "another's")])
        work.timeline.add(incident.number, facts[2:])
        work.timeline.add(incident.number, [])
    with database.read() as work:
        assert work.timeline.of(incident.number) == facts


def test_a_naive_datetime_is_refused(database: SqlDatabase) -> None:
    with pytest.raises(Exception, match="no time zone"), database.begin() as work:
        work.incidents.open(an_incident(opened_at=NOW.replace(tzinfo=None)))


def test_incidents_are_counted_by_state(database: SqlDatabase) -> None:
    resolved(database, opened(database))
    opened(database)
    opened(database)
    with database.read() as work:
        assert work.incidents.counts() == {IncidentState.TRIGGERED: 2, IncidentState.RESOLVED: 1}


def test_what_was_promised_comes_back_as_it_was_stored(database: SqlDatabase) -> None:
    promise = {
        "promised_at": NOW,
        "resolve_by": NOW + 240 * MINUTE,
        "promise_due_at": NOW + 15 * MINUTE,
        "promise_told": PromiseStage.HALF,
        "breached_at": NOW + 30 * MINUTE,
        "resolution_breached_at": NOW + 241 * MINUTE,
        "waiting_since": NOW + 2 * MINUTE,
        "waited_for": timedelta(days=3, microseconds=7),
        "major": True,
    }
    stored = opened(database, **promise)
    with database.read() as work:
        found = work.incidents.get(stored.number)
    assert found is not None
    assert {name: getattr(found, name) for name in promise} == promise


def test_promises_that_are_due_come_longest_due_first_whatever_the_state(database: SqlDatabase) -> None:
    later, first, _, _ = (
        opened(database, promise_due_at=at, state=state).number
        for at, state in (
            (NOW, IncidentState.RESOLVED),
            (NOW - MINUTE, IncidentState.TRIGGERED),
            (NOW + MINUTE, IncidentState.TRIGGERED),
            (None, IncidentState.TRIGGERED),
        )
    )
    with database.read() as work:
        assert work.incidents.promises_due(NOW, 10) == [first, later]
        assert work.incidents.promises_due(NOW, 1) == [first]
