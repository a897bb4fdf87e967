"""What changes for whom: said in people's terms, and neither more nor less than what differs."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.core.override import Override
from oncall.core.rotation import Rotation, ShiftLength
from oncall.core.schedule import Schedule, on_call
from oncall.core.schedule_diff import Change, balance, balance_text, change_text, changes, hours_text, span_text

BRUSSELS = "Europe/Brussels"
NAMES = {"alice": "Alice Martin", "bob": "Bob Peeters", "carol": "Carol Janssens"}
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=pytz.utc)


IN_JANUARY = wall("2026-01-05 09:00")


def rotation(*engineers: str, starts: datetime = IN_JANUARY, hours: int = 168) -> Rotation:
    return Rotation("weekly", starts, (ShiftLength(rest=hours * HOUR),), engineers)


BEFORE = Schedule("production", BRUSSELS, (rotation("alice"),))
SINCE, UNTIL = utc(2026, 11, 23), utc(2026, 12, 21)


def override(engineer: str, starts_at: datetime, ends_at: datetime) -> Override:
    return Override(engineer, starts_at, ends_at)


def texts(after: Schedule, before: Schedule | None = BEFORE) -> list[str]:
    return [change_text(each, NAMES, BRUSSELS) for each in changes("production", before, after, SINCE, UNTIL)]


def test_one_engineer_instead_of_another_is_said_with_the_day_once() -> None:
    after = replace(BEFORE, overrides=(override("bob", utc(2026, 11, 24, 8), utc(2026, 11, 24, 17)),))
    assert texts(after) == ["Tue 24 Nov 09:00 – 18:00: Bob Peeters instead of Alice Martin"]


def test_nobody_any_more_and_now_somebody_where_nobody_was_are_said_so() -> None:
    later = replace(BEFORE, rotations=(rotation("alice", starts=wall("2026-12-01 09:00")),))
    assert texts(later) == ["Mon 23 Nov 01:00 – Tue 1 Dec 09:00: nobody any more, Alice Martin was"]
    assert texts(BEFORE, later) == ["Mon 23 Nov 01:00 – Tue 1 Dec 09:00: now Alice Martin, where nobody was"]


def test_neighbouring_pieces_of_the_same_change_are_joined() -> None:
    """Two overrides, one after the other, and the handoff of a rotation below them."""
    pieces = (
        override("carol", utc(2026, 11, 24, 8), utc(2026, 11, 24, 12)),
        override("carol", utc(2026, 11, 24, 12), utc(2026, 11, 26, 12)),
    )
    before = replace(BEFORE, rotations=(rotation("alice", "alice", hours=12),))
    assert texts(replace(before, overrides=pieces), before) == [
        "Tue 24 Nov 09:00 – Thu 26 Nov 13:00: Carol Janssens instead of Alice Martin"
    ]


def test_another_reason_for_the_same_engineer_changes_nothing() -> None:
    after = replace(BEFORE, overrides=(override("alice", utc(2026, 11, 24, 8), utc(2026, 11, 24, 17)),))
    assert texts(after) == []


def test_a_schedule_that_is_gone_has_nobody() -> None:
    [change] = changes("production", BEFORE, None, SINCE, UNTIL)
    assert change == Change("production", SINCE, UNTIL, "alice", None)
    assert changes("production", None, None, SINCE, UNTIL) == []
    assert changes("production", BEFORE, None, UNTIL, SINCE) == []


def test_a_span_over_the_change_of_the_clock_names_both_times() -> None:
    assert span_text(BRUSSELS, utc(2026, 10, 25, 0), utc(2026, 10, 25, 1)) == "Sun 25 Oct 02:00 CEST – 02:00 CET"


def test_a_span_over_new_year_names_both_years() -> None:
    assert (
        span_text(BRUSSELS, utc(2026, 12, 31, 8), utc(2027, 1, 1, 8)) == "Thu 31 Dec 2026 09:00 – Fri 1 Jan 2027 09:00"
    )


def test_an_engineer_whom_nobody_knows_is_named_by_the_key() -> None:
    change = Change("production", utc(2026, 11, 24, 8), utc(2026, 11, 24, 9), "alice", "zoe")
    assert change_text(change, NAMES, BRUSSELS).endswith("zoe instead of Alice Martin")


def test_what_each_gains_and_loses_is_summed_up() -> None:
    start = utc(2026, 11, 24, 8)
    found = [
        Change("production", start, start + 9 * HOUR, "alice", "bob"),
        Change("production", start + 20 * HOUR, start + 22 * HOUR, "bob", None),
        Change("production", start + 30 * HOUR, start + 39 * HOUR, "carol", "alice"),
    ]
    assert balance(found) == {"bob": 7 * HOUR, "carol": -9 * HOUR}
    assert balance_text(found, NAMES) == "Bob Peeters 7 h more, Carol Janssens 9 h less"
    assert balance_text([], NAMES) == ""


def test_lengths_are_said_in_hours_and_minutes() -> None:
    assert [hours_text(each) for each in (9 * HOUR, 90 * MINUTE, 5 * MINUTE, timedelta(seconds=3), timedelta(0))] == [
        "9 h", "1 h 30 min", "5 min", "1 min", "0 h"
    ]  # fmt: skip


ENGINEERS = st.sampled_from(["alice", "bob", "carol"])
STARTS = st.datetimes(wall("2026-03-20"), wall("2026-04-05")).map(lambda at: at.replace(second=0, microsecond=0))
SPAN_SINCE, SPAN_UNTIL = utc(2026, 3, 27), utc(2026, 3, 30)  # over the change of the clock


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    found = [
        rotation(
            *draw(st.lists(ENGINEERS, min_size=1, max_size=3)), starts=draw(STARTS), hours=draw(st.integers(1, 60))
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    overrides = []
    for _ in range(draw(st.integers(0, 3))):
        starts_at = pytz.utc.localize(draw(STARTS))
        overrides.append(override(draw(ENGINEERS), starts_at, starts_at + draw(st.integers(1, 3000)) * MINUTE))
    return Schedule("production", BRUSSELS, tuple(found), tuple(overrides))


@settings(max_examples=25, deadline=None)
@given(schedules(), schedules())
def test_the_diff_explains_every_minute_that_differs_and_none_that_does_not(before: Schedule, after: Schedule) -> None:
    found = changes("production", before, after, SPAN_SINCE, SPAN_UNTIL)
    at = SPAN_SINCE
    while at < SPAN_UNTIL:
        had, has = on_call(before, at).engineer, on_call(after, at).engineer
        covering = [change for change in found if change.starts_at <= at < change.ends_at]
        assert [(each.before, each.after) for each in covering] == ([(had, has)] if had != has else [])
        at += 7 * MINUTE
    for one, other in pairwise(found):
        assert one.ends_at <= other.starts_at
        assert one.ends_at < other.starts_at or (one.before, one.after) != (other.before, other.after)


@settings(max_examples=25, deadline=None)
@given(schedules())
def test_a_schedule_does_not_differ_from_itself(schedule: Schedule) -> None:
    assert changes("production", schedule, schedule, SPAN_SINCE, SPAN_UNTIL) == []
