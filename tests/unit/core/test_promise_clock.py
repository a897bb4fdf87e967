"""The clock of an incident's promise, looked at at any time, and stopped while the customer is waited for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.business_hours import BusinessHours
from oncall.core.engineer import Absence
from oncall.core.incident import Incident, IncidentState, Resolution
from oncall.core.promise_clock import Part, Reached, look, promised, responded, waits, waits_no_more
from oncall.core.promise_people import in_charge, managers, whole_team
from oncall.core.promise_wording import clock_line, said_span
from oncall.core.sla import Priority, Promise, PromiseStage, SlaClock, Within, time_between
from tests.unit.core.night import ALICE, BOTH, MINUTE, NOW, an_incident

HOUR = timedelta(hours=1)
HOURS = BusinessHours("Europe/Brussels")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PROMISE = Promise(Priority.URGENT, 2 * HOUR, SlaClock.BUSINESS_HOURS, resolve_within=Within(20 * HOUR))
HALF, SOON, BREACHED = PromiseStage.HALF, PromiseStage.SOON, PromiseStage.BREACHED


def running(promise: Promise = PROMISE, **changes: object) -> Incident:
    return promised(an_incident(opened_at=MONDAY, **changes), promise, HOURS, MONDAY)


def looked(incident: Incident, at: datetime) -> tuple[Incident, list[Reached]]:
    found = look(incident, SlaClock.BUSINESS_HOURS, HOURS, at)
    return found.incident, list(found.reached)


def acknowledged(incident: Incident, at: datetime) -> Incident:
    return responded(replace(incident, state=IncidentState.ACKNOWLEDGED, acknowledged_by="alice", responded_at=at))


def test_nothing_is_seen_before_a_mark_is_due() -> None:
    assert looked(running(), MONDAY + HOUR - MINUTE) == (running(), [])


@given(st.lists(st.integers(0, 4 * 24 * 60), max_size=12))
def test_however_often_one_looks_each_stage_is_reached_at_most_once_and_in_order(minutes: list[int]) -> None:
    incident, stages = running(), []
    for minute in [*sorted(minutes), 5 * 24 * 60]:
        incident, reached = looked(incident, MONDAY + minute * MINUTE)
        stages += [(each.part, each.stage.rank) for each in reached]
    order = [Part.RESPONSE, Part.RESOLUTION]
    assert stages == sorted(set(stages), key=lambda each: (order.index(each[0]), each[1]))
    assert (incident.breached_at, incident.resolution_breached_at) == (incident.respond_by, incident.resolve_by)
    assert incident.promise_due_at is None


def test_of_several_marks_that_have_passed_the_last_one_is_told() -> None:
    _, reached = looked(running(), MONDAY + 110 * MINUTE)
    assert [each.stage for each in reached] == [SOON]


def test_a_promise_is_kept_at_its_last_instant_and_broken_after_it() -> None:
    told, _ = looked(running(), MONDAY + 2 * HOUR)
    assert told.breached_at is None
    assert told.promise_due_at is not None
    _, reached = looked(told, told.promise_due_at)
    assert reached == [Reached(Part.RESPONSE, BREACHED, MONDAY + 2 * HOUR)]


def test_an_engine_whose_clock_is_ahead_breaks_no_promise_that_is_kept() -> None:
    ahead = MONDAY + 2 * HOUR + timedelta(seconds=4)
    seen, _ = looked(running(), ahead)
    kept = acknowledged(seen, MONDAY + 2 * HOUR)
    after, reached = looked(replace(kept, promise_due_at=ahead), ahead)
    assert (seen.breached_at, after.breached_at, reached) == (None, None, [])


def test_after_the_response_the_resolution_is_watched() -> None:
    incident = acknowledged(running(), MONDAY + MINUTE)
    incident, reached = looked(incident, MONDAY + MINUTE)
    assert reached == []
    assert incident.promise_due_at == MONDAY + 24 * HOUR + HOUR  # ten business hours later
    _, reached = looked(incident, incident.promise_due_at)
    assert reached == [Reached(Part.RESOLUTION, HALF, incident.promise_due_at)]


def test_where_no_resolution_was_promised_nothing_is_watched_after_the_response() -> None:
    incident = acknowledged(running(replace(PROMISE, resolve_within=None)), MONDAY + MINUTE)
    incident, reached = looked(incident, MONDAY + 3 * HOUR)
    assert (incident.promise_due_at, reached) == (None, [])


@pytest.mark.parametrize("changes", [{"drill": True}, {"resolution": Resolution.SCREENED}])
def test_what_counts_for_nothing_breaks_no_promise(changes: dict[str, object]) -> None:
    incident, reached = looked(replace(running(), **changes), MONDAY + 100 * HOUR)  # type: ignore[arg-type]
    assert (incident.breached_at, incident.promise_due_at, reached) == (None, None, [])


def test_what_was_resolved_in_time_breaks_no_promise_however_late_one_looks() -> None:
    over = replace(running(), state=IncidentState.RESOLVED, resolved_at=MONDAY + HOUR)
    incident, reached = looked(over, MONDAY + 1000 * HOUR)
    assert (incident.breached_at, incident.resolution_breached_at, reached) == (None, None, [])


@given(st.lists(st.tuples(st.integers(1, 2000), st.integers(1, 5000)), max_size=5))
def test_pauses_are_counted_in_the_promises_clock_and_nothing_else_moves(pauses: list[tuple[int, int]]) -> None:
    incident = acknowledged(running(), MONDAY + MINUTE)
    before, at = incident, MONDAY + MINUTE
    for runs, stands in pauses:
        at += runs * MINUTE
        incident = waits(incident, at)
        at += stands * MINUTE
        incident = waits_no_more(incident, SlaClock.BUSINESS_HOURS, HOURS, at)
    assert incident.respond_by == before.respond_by
    assert incident.resolve_by is not None
    whole = time_between(MONDAY, incident.resolve_by, SlaClock.BUSINESS_HOURS, HOURS)
    assert whole == 20 * HOUR + incident.waited_for


def test_a_resolution_that_is_late_already_is_not_saved_by_waiting() -> None:
    incident = acknowledged(running(), MONDAY + MINUTE)
    assert incident.resolve_by is not None
    late = waits(incident, incident.resolve_by + HOUR)
    after = waits_no_more(late, SlaClock.BUSINESS_HOURS, HOURS, incident.resolve_by + 50 * HOUR)
    assert (after.resolve_by, after.waited_for) == (incident.resolve_by, timedelta(0))
    _, reached = looked(late, incident.resolve_by + 2 * HOUR)
    assert reached == [Reached(Part.RESOLUTION, BREACHED, incident.resolve_by)]


def test_what_is_resolved_while_the_customer_is_waited_for_is_resolved_in_time() -> None:
    waiting = waits(acknowledged(running(), MONDAY + MINUTE), MONDAY + HOUR)
    over = replace(waiting, state=IncidentState.RESOLVED, resolved_at=MONDAY + 400 * HOUR)
    incident, reached = looked(over, MONDAY + 400 * HOUR)
    assert (incident.resolution_breached_at, reached) == (None, [])


# ---------------------------------------------------------------- who hears of it


def test_the_whole_team_is_everybody_of_the_policys_schedules_who_is_not_away_and_has_not_passed() -> None:
    assert [each.key for each in whole_team(an_incident(), BOTH, NOW)] == ["alice", "bob"]
    assert [each.key for each in whole_team(an_incident(passed_by=("bob",)), BOTH, NOW)] == ["alice"]
    skiing = {"alice": (Absence(NOW - HOUR, NOW + HOUR),)}
    away = {key: replace(each, away=skiing) for key, each in BOTH.schedules.items()}
    assert [each.key for each in whole_team(an_incident(), replace(BOTH, schedules=away), NOW)] == ["bob"]


def test_managers_are_the_operators_where_none_are_named() -> None:
    assert [each.key for each in managers(BOTH)] == ["dana"]
    named = replace(BOTH, hotline=replace(BOTH.hotline, managers=("bob", "gone")))
    assert [each.key for each in managers(named)] == ["bob"]


def test_whoever_has_it_is_in_charge_and_else_the_first_step() -> None:
    held = an_incident(state=IncidentState.ACKNOWLEDGED, acknowledged_by="bob")
    assert [each.key for each in in_charge(held, BOTH, NOW)] == ["bob"]
    assert in_charge(an_incident(), BOTH, NOW) == (ALICE,)


# ---------------------------------------------------------------- what is shown of it


@pytest.mark.parametrize(
    ("changes", "at", "line"),
    [
        ({}, MONDAY, "2 h 00 min left"),
        ({}, MONDAY + 3 * HOUR, "missed, late by 1 h 00 min"),
        ({"responded_at": MONDAY + HOUR}, MONDAY + 3 * HOUR, "kept, 1 h 00 min to spare"),
        ({"responded_at": MONDAY + 26 * HOUR}, MONDAY + 99 * HOUR, "missed by 1 d"),
        ({"resolution": Resolution.SCREENED}, MONDAY, ""),
    ],
)
def test_the_clock_is_said_in_short(changes: dict[str, object], at: datetime, line: str) -> None:
    assert clock_line(replace(running(), **changes), at) == line  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than 1 min"),
        (12 * MINUTE, "12 min"),
        (65 * MINUTE, "1 h 05 min"),
        (51 * HOUR, "2 d 3 h"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert said_span(span) == words
