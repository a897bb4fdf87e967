"""Status meetings come round on the clocks of their own zone."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.meeting import Every, Meeting, plan_of, planned

_DAY = timedelta(days=1)


def meeting(every: Every = Every.WEEK, **changes: object) -> Meeting:
    facts: dict[str, object] = {
        "key": "acme-weekly",
        "customer": "acme",
        "every": every,
        "weekday": 1,
        "at": time(10, 0),
        "timezone": "Europe/Brussels",
        "lasts_for": timedelta(minutes=30),
        "who": ("dana",),
        "starts": date(2026, 3, 10),
    }
    return Meeting(**{**facts, **changes})  # type: ignore[arg-type]


def test_it_stays_at_its_hour_when_the_clocks_change() -> None:
    weekly = meeting()
    before = weekly.next_after(datetime(2026, 3, 23, tzinfo=UTC))
    after = weekly.next_after(before.begins_at)
    assert (before.begins_at, after.begins_at) == (
        datetime(2026, 3, 24, 9, 0, tzinfo=UTC),
        datetime(2026, 3, 31, 8, 0, tzinfo=UTC),
    )
    assert after.agenda_at == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)


def test_the_agenda_of_a_meeting_on_the_day_of_the_change_is_sent_at_nine_of_the_day_before() -> None:
    sundays = meeting(weekday=6)
    found = sundays.next_after(datetime(2026, 10, 24, tzinfo=UTC))
    assert (found.agenda_at, found.begins_at) == (
        datetime(2026, 10, 24, 7, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 9, 0, tzinfo=UTC),
    )


def test_every_second_week_is_counted_from_its_first() -> None:
    found = meeting(Every.TWO_WEEKS)
    at, days = datetime(2026, 3, 1, tzinfo=UTC), []
    for _ in range(4):
        following = found.next_after(at)
        days.append(following.day)
        at = following.begins_at
    assert days == [date(2026, 3, 10), date(2026, 3, 24), date(2026, 4, 7), date(2026, 4, 21)]


@pytest.mark.parametrize(
    ("ordinal", "days"),
    [(1, [(4, 7), (5, 5), (6, 2)]), (4, [(3, 24), (4, 28), (5, 26)]), (-1, [(3, 31), (4, 28), (5, 26)])],
)
def test_every_month_has_a_first_a_fourth_and_a_last(ordinal: int, days: list[tuple[int, int]]) -> None:
    found = meeting(Every.MONTH, ordinal=ordinal)
    at, shown = datetime(2026, 3, 1, tzinfo=UTC), []
    for _ in range(3):
        following = found.next_after(at)
        shown.append((following.day.month, following.day.day))
        at = following.begins_at
    assert shown == days


def test_before_the_first_there_was_none() -> None:
    assert meeting().last_before(datetime(2026, 3, 10, 9, 0, tzinfo=UTC)) is None
    last = meeting().last_before(datetime(2026, 3, 17, 9, 0, tzinfo=UTC))
    assert last is not None and last.day == date(2026, 3, 10)


@given(
    every=st.sampled_from(Every),
    weekday=st.integers(0, 6),
    ordinal=st.sampled_from([1, 2, 3, 4, -1]),
    zone=st.sampled_from(["Europe/Brussels", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "UTC"]),
    hour=st.integers(0, 23),
    hours=st.integers(0, 35_000),
)
def test_the_next_is_after_now_and_the_last_before_it_and_nothing_lies_between(
    every: Every, weekday: int, ordinal: int, zone: str, hour: int, hours: int
) -> None:
    found = meeting(every, weekday=weekday, ordinal=ordinal, timezone=zone, at=time(hour, 30), starts=date(2025, 6, 1))
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    following = found.next_after(now)
    assert following.begins_at > now and following.day.weekday() == weekday
    last = found.last_before(following.begins_at)
    assert last is not None and last.begins_at <= now
    assert found.next_after(last.begins_at) == following
    assert following.agenda_at < following.begins_at


def test_a_plan_that_was_written_down_is_the_same_meeting() -> None:
    kept = meeting(Every.MONTH, ordinal=-1, where="https://meet.example/acme")
    again, title = planned("acme-weekly", plan_of(kept, "Status meeting"))
    assert (again.rule, again.first_day, again.where, title) == (
        kept.rule,
        kept.first_day,
        kept.where,
        "Status meeting",
    )
