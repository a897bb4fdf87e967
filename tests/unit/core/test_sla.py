"""What was promised, and by when."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.business_hours import BusinessHours
from oncall.core.sla import (
    DEFAULT_PROMISES,
    Priority,
    Promise,
    PromiseStage,
    SlaClock,
    Within,
    marks,
    marks_between,
    resolve_by,
    respond_by,
    time_between,
)
from tests.unit.core.night import MINUTE, NOW

HOUR = timedelta(hours=1)
HOURS = BusinessHours("Europe/Brussels")


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def test_production_down_is_answered_within_thirty_minutes_at_any_hour() -> None:
    assert respond_by(DEFAULT_PROMISES[Priority.PRODUCTION_DOWN], NOW, HOURS) == NOW + 30 * MINUTE


def test_an_urgent_request_of_the_night_is_answered_within_the_first_business_hour() -> None:
    assert respond_by(DEFAULT_PROMISES[Priority.URGENT], at("2026-11-23 03:00"), HOURS) == at("2026-11-23 09:00")


def test_a_normal_request_is_answered_by_the_end_of_the_next_business_day() -> None:
    assert respond_by(DEFAULT_PROMISES[Priority.NORMAL], at("2026-11-23 03:00"), HOURS) == at("2026-11-24 17:00")


def test_no_resolution_is_promised_unless_one_is_written() -> None:
    assert all(resolve_by(promise, NOW, HOURS) is None for promise in DEFAULT_PROMISES.values())


def test_a_resolution_is_counted_on_the_same_clock() -> None:
    promise = Promise(Priority.URGENT, HOUR, SlaClock.BUSINESS_HOURS, resolve_within=Within(10 * HOUR))
    assert resolve_by(promise, at("2026-11-23 08:00"), HOURS) == at("2026-11-24 09:00")
    by_the_day = Promise(Priority.URGENT, HOUR, SlaClock.BUSINESS_HOURS, resolve_within=Within())
    assert resolve_by(by_the_day, at("2026-11-23 08:00"), HOURS) == at("2026-11-24 17:00")


def test_people_are_told_at_half_of_the_time_and_at_five_sixths_of_it() -> None:
    assert marks(DEFAULT_PROMISES[Priority.PRODUCTION_DOWN], NOW, HOURS) == (
        (PromiseStage.HALF, NOW + 15 * MINUTE),
        (PromiseStage.SOON, NOW + 25 * MINUTE),
        (PromiseStage.BREACHED, NOW + 30 * MINUTE),
    )


def test_the_marks_of_a_promise_in_business_hours_lie_in_business_hours() -> None:
    friday_evening = at("2026-11-27 16:30")
    assert marks(DEFAULT_PROMISES[Priority.URGENT], friday_evening, HOURS) == (
        (PromiseStage.HALF, at("2026-11-27 17:00")),
        (PromiseStage.SOON, at("2026-11-30 08:20")),
        (PromiseStage.BREACHED, at("2026-11-30 08:30")),
    )


def test_time_that_does_not_count_moves_the_marks() -> None:
    found = marks_between(NOW, NOW + 5 * HOUR, SlaClock.ALWAYS, HOURS, waited_for=HOUR)
    assert [instant - NOW for _, instant in found] == [3 * HOUR, 4 * HOUR + 20 * MINUTE, 5 * HOUR]


def test_a_calendar_that_never_opens_still_promises_an_instant() -> None:
    """It is refused where it is written; if one ever got here, a call would be lost with the error."""
    never = BusinessHours(closed=frozenset(date(2020, 1, 1) + timedelta(days=number) for number in range(40 * 366)))
    assert respond_by(DEFAULT_PROMISES[Priority.URGENT], NOW, never) == NOW + HOUR
    assert respond_by(DEFAULT_PROMISES[Priority.NORMAL], NOW, never) == NOW + timedelta(days=1)


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(list(DEFAULT_PROMISES.values())),
    st.sampled_from(["Europe/Brussels", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_the_marks_come_in_order_and_end_with_the_promise(opened: datetime, promise: Promise, zone: str) -> None:
    hours, opened_at = BusinessHours(zone), opened.replace(tzinfo=UTC)
    found = marks(promise, opened_at, hours)
    instants = [instant for _, instant in found]
    assert [stage for stage, _ in found] == [PromiseStage.HALF, PromiseStage.SOON, PromiseStage.BREACHED]
    assert opened_at < instants[0] <= instants[1] <= instants[2] == respond_by(promise, opened_at, hours)
    whole = time_between(opened_at, instants[2], promise.clock, hours)
    assert time_between(opened_at, instants[0], promise.clock, hours) == whole // 2


@pytest.mark.parametrize("clock", list(SlaClock))
def test_a_promise_that_ends_where_it_begins_is_marked_at_once(clock: SlaClock) -> None:
    closed_day = BusinessHours(opens=time(9), closes=time(10))
    assert {instant for _, instant in marks_between(NOW, NOW, clock, closed_day)} == {NOW}
