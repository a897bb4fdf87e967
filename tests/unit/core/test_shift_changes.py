"""What an engineer's shifts are, and what differs between two states of them."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule, on_call
from oncall.core.shift_changes import OwnShift, changes, end_of, own_shifts, with_span, without_span

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
STARTS = datetime.fromisoformat("2026-10-05 09:00")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def weekly(*overrides: Override, engineers: tuple[str, ...] = ("alice", "bob")) -> Schedule:
    starts = datetime.fromisoformat("2026-11-23 09:00")
    rotation = Rotation("weekly", starts, (ShiftLength(rest=WEEK),), engineers)
    return Schedule("production", "Europe/Brussels", (rotation,), overrides)


def shift(starts_after: timedelta, ends_after: timedelta, schedule: str = "production") -> OwnShift:
    return OwnShift(schedule, MONDAY + starts_after, MONDAY + ends_after)


def test_neighbours_of_one_engineer_are_one_shift_whatever_they_are_made_of() -> None:
    handed_on = Override("bob", MONDAY + 5 * DAY, MONDAY + WEEK)
    found = own_shifts({"production": weekly(handed_on)}, MONDAY, MONDAY + 2 * WEEK)
    assert found == {"alice": (shift(0 * DAY, 5 * DAY),), "bob": (shift(5 * DAY, 14 * DAY),)}


def test_the_end_of_a_shift_lies_as_far_ahead_as_it_lies() -> None:
    handed_on = Override("bob", MONDAY + 5 * DAY, MONDAY + WEEK)
    assert end_of(weekly(handed_on), "bob", MONDAY + 5 * DAY) == MONDAY + 2 * WEEK
    assert end_of(weekly(engineers=("alice",)), "alice", MONDAY) is None


def test_a_shift_that_ends_elsewhere_one_that_falls_apart_and_a_week_that_is_swapped_are_moves() -> None:
    whole, shorter, rest = shift(0 * DAY, 7 * DAY), shift(0 * DAY, 1 * DAY), shift(2 * DAY, 7 * DAY)
    next_week = shift(7 * DAY, 14 * DAY)
    for after in ((shorter,), (shorter, rest), (next_week,)):
        [change] = changes([whole], after, MONDAY, MONDAY + 2 * WEEK)
        assert (change.before, change.after) == ((whole,), after)


def test_what_is_taken_away_and_what_is_given_days_later_are_two_things() -> None:
    gone, new = shift(0 * DAY, 1 * DAY), shift(5 * DAY, 6 * DAY)
    found = changes([gone], [new], MONDAY, MONDAY + WEEK)
    assert [(change.before, change.after) for change in found] == [((gone,), ()), ((), (new,))]


def test_the_past_of_a_shift_that_is_under_way_is_no_difference() -> None:
    assert changes([shift(-DAY, DAY)], [shift(-WEEK, DAY)], MONDAY, MONDAY + WEEK) == []
    assert changes([shift(-DAY, DAY)], [], MONDAY, MONDAY) == []


schedules = st.builds(
    lambda lengths, engineers, during, overrides: Schedule(
        "production",
        "Europe/Brussels",
        (
            Rotation("first", STARTS, (ShiftLength(rest=lengths[0] * HOUR),), engineers),
            Rotation("second", STARTS, (ShiftLength(rest=lengths[1] * HOUR),), ("a", "c"), during),
        ),
        tuple(Override(who, MONDAY + start * HOUR, MONDAY + (start + lasts) * HOUR) for who, start, lasts in overrides),
    ),
    st.tuples(st.integers(5, 170), st.integers(5, 60)),
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(tuple),
    st.sampled_from([(), (Window((1, 3), time(9, 0), time(18, 0)),)]),
    st.lists(st.tuples(st.sampled_from("abe"), st.integers(-50, 300), st.integers(1, 90)), max_size=3),
)


@given(schedules)
@settings(max_examples=60, deadline=None)
def test_every_hour_belongs_to_the_shift_of_whoever_is_on_call_and_no_two_shifts_touch(schedule: Schedule) -> None:
    found = own_shifts({"production": schedule}, MONDAY, MONDAY + 2 * WEEK)
    for hour in range(14 * 24):
        at = MONDAY + hour * HOUR
        having = [who for who, own in found.items() if any(s.starts_at <= at < s.ends_at for s in own)]
        expected = on_call(schedule, at).engineer
        assert having == ([expected] if expected else [])
    assert all(one.ends_at < other.starts_at for own in found.values() for one, other in pairwise(own))


@given(schedules, schedules)
@settings(max_examples=100, deadline=None)
def test_what_was_with_the_changes_made_is_what_is_and_where_nothing_changes_no_hour_differs(
    old: Schedule, new: Schedule
) -> None:
    until = MONDAY + 2 * WEEK
    before, after = (own_shifts({"production": one}, MONDAY, until) for one in (old, new))
    for who in before.keys() | after.keys():
        had, has = before.get(who, ()), after.get(who, ())
        found = changes(had, has, MONDAY, until)
        made = set(had)
        for change in found:
            assert set(change.before) <= made
            made = made - set(change.before) | set(change.after)
        assert made == set(has)
        assert changes(has, has, MONDAY, until) == []
        spans = [s for change in found for s in (*change.before, *change.after)]
        for hour in range(14 * 24):
            at = MONDAY + hour * HOUR
            if (on_call(old, at).engineer == who) != (on_call(new, at).engineer == who):
                assert any(s.starts_at <= at < s.ends_at for s in spans)


hours = st.integers(-30, 60)
spans = st.tuples(hours, st.integers(1, 40)).map(lambda span: (MONDAY + span[0] * HOUR, MONDAY + sum(span) * HOUR))


@given(st.lists(spans, max_size=4), st.lists(st.tuples(st.booleans(), spans), max_size=4))
@settings(max_examples=200, deadline=None)
def test_spans_that_are_given_and_taken_leave_every_hour_where_it_belongs_and_one_shift_where_they_touch(
    first: list[tuple[datetime, datetime]], later: list[tuple[bool, tuple[datetime, datetime]]]
) -> None:
    other = shift(0 * DAY, 9 * DAY, "backup")
    found, mine = [other], set[int]()
    for given_to_her, (starts_at, ends_at) in [*((True, span) for span in first), *later]:
        change = with_span if given_to_her else without_span
        found = change(found, "production", starts_at, ends_at, MONDAY)
        span = {hour for hour in range(-40, 110) if starts_at <= MONDAY + hour * HOUR < ends_at}
        mine = mine | span if given_to_her else mine - span
    assert other in found
    own = sorted((one for one in found if one != other), key=lambda one: one.starts_at)
    having = {hour for hour in range(-40, 110) for one in own if one.starts_at <= MONDAY + hour * HOUR < one.ends_at}
    assert having == mine
    assert all(one.ends_at < next_one.starts_at for one, next_one in pairwise(own))
    assert all(one.handoff_told == (one.starts_at <= MONDAY) for one in own)
