"""A change of the priority moves the promise, and pages or stops paging."""

from datetime import UTC, datetime

from oncall.core.incident import IncidentState, RequestType
from oncall.core.sla import Priority
from tests.unit.engine.hotline import ALICE, MINUTE, Night
from tests.unit.engine.promised import (
    HOUR,
    MONDAY,
    change,
    opened,
    pages,
    texts_of,
    ticking,
)


def test_a_call_that_is_not_so_bad_stops_paging_and_is_on_call_work(night: Night) -> None:
    number = night.phoned().number
    ticking(night, 2 * MINUTE)
    assert night.calls.to(ALICE)
    lowered = change(night, number, Priority.URGENT)
    assert (lowered.request_type, lowered.state, lowered.quiet) == (RequestType.ON_CALL, IncidentState.TRIGGERED, True)
    assert lowered.respond_by == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    before = len(pages(night, number))
    ticking(night, 2 * HOUR, MINUTE)
    assert len(pages(night, number)) == before
    assert any("Urgent instead of Production down" in text for text in texts_of(night, number))


def test_a_type_that_was_set_stays_when_the_priority_falls(night: Night) -> None:
    number = night.phoned().number
    night.runtime.prioritising.change_type(number, request_type=RequestType.GUIDANCE, by="alice", via="dashboard")
    assert change(night, number, Priority.NORMAL).request_type is RequestType.GUIDANCE


def test_what_becomes_production_down_is_paged_for_at_once(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.clock.at += 2 * HOUR
    raised = change(night, number, Priority.PRODUCTION_DOWN, by="a label of Jane's")
    assert {page.recipient for page in pages(night, number)} == {"alice"}
    assert raised.respond_by == night.clock.at + 30 * MINUTE


def test_a_raised_priority_never_puts_the_promise_off(night: Night) -> None:
    number = opened(night, Priority.URGENT, MONDAY)
    night.clock.at = MONDAY + 50 * MINUTE
    assert change(night, number, Priority.PRODUCTION_DOWN).respond_by == MONDAY + HOUR


def test_whoever_has_it_and_says_that_production_is_down_keeps_it(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    raised = change(night, number, Priority.PRODUCTION_DOWN, by="bob")
    assert (raised.acknowledged_by, raised.due_at) == ("bob", night.clock.at + 30 * MINUTE)
    assert pages(night, number) == []


def test_where_another_says_so_whoever_has_it_is_paged_first_and_then_the_list(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    night.runtime.respond.acknowledge(number, engineer="bob", via="SMS")
    raised = change(night, number, Priority.PRODUCTION_DOWN, by="alice")
    assert (raised.state, raised.responded_at) == (IncidentState.TRIGGERED, None)
    assert [page.recipient for page in pages(night, number)][:1] == ["bob"]
    ticking(night, 6 * MINUTE)
    assert "alice" in {page.recipient for page in pages(night, number)}


def test_the_same_priority_once_more_changes_nothing(night: Night) -> None:
    number = opened(night, Priority.NORMAL, MONDAY)
    before = night.incident(number)
    outcome = night.runtime.prioritising.change(number, priority=Priority.NORMAL, by="alice", via="dashboard")
    assert (outcome.kind.value, night.incident(number)) == ("unchanged", before)


def test_what_is_over_keeps_its_priority_and_may_still_be_marked_as_major(night: Night) -> None:
    number = opened(night, Priority.PRODUCTION_DOWN)
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    assert change(night, number, Priority.NORMAL).priority is Priority.PRODUCTION_DOWN
    night.runtime.prioritising.mark_major(number, by="alice", via="dashboard")
    assert night.incident(number).major
