"""Business hours against an oracle that looks at the clock every minute, and what they must do at the edges."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oncall.core.business_hours import (
    BusinessHours,
    add_business_time,
    business_time_between,
    end_of_next_business_day,
    is_open,
    next_opening,
)
from oncall.errors import NoBusinessTimeError
from tests.unit.core import business_minutes as oracle

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BRUSSELS = BusinessHours("Europe/Brussels")


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


# Around instants at which something is odd: clocks that change, rules that changed, days that a zone skipped.
ODD = [
    ("Europe/Brussels", "2026-03-29 00:30"),
    ("Europe/Brussels", "2026-10-25 00:30"),
    ("America/New_York", "2026-03-08 06:30"),
    ("America/New_York", "2026-11-01 05:30"),
    ("Europe/Moscow", "2011-03-27 00:00"),  # summer time for good
    ("Europe/Moscow", "2014-10-25 22:00"),  # winter time for good
    ("Asia/Pyongyang", "2015-08-14 15:00"),  # half an hour back
    ("Asia/Pyongyang", "2018-05-04 14:30"),  # and on again
    ("Pacific/Apia", "2011-12-30 10:00"),  # a whole day skipped
    ("Australia/Lord_Howe", "2026-04-04 15:00"),  # half an hour of summer time
    ("America/Sao_Paulo", "2018-11-04 03:00"),  # midnight skipped
    ("Africa/Casablanca", "2026-02-15 02:00"),
    ("America/Caracas", "2016-05-01 07:00"),
    ("Pacific/Kiritimati", "2025-12-31 10:00"),
    ("Pacific/Pago_Pago", "2026-01-01 11:00"),
]
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[BusinessHours, datetime]:
    """Business hours, and an instant in the days around something odd in their zone."""
    zone, odd = draw(st.sampled_from(ODD))
    opens, closes = draw(TIMES), draw(TIMES)
    if closes != time(0) and closes <= opens:
        opens, closes = (closes, opens) if closes < opens else (opens, time(0))
    since = at(odd) + draw(st.integers(-4 * 1440, 2 * 1440)) * MINUTE
    near = st.integers(-3, 8).map(lambda days: (at(odd) + timedelta(days=days)).date())
    hours = BusinessHours(
        zone,
        days=tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=2)))),
        opens=opens,
        closes=closes,
        closed=frozenset(draw(st.sets(near, max_size=3))),
        holiday_dates=frozenset(draw(st.sets(near, max_size=2))),
    )
    return hours, since


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(1, 900))
def test_a_deadline_is_where_counting_the_minutes_ends(drawn: tuple[BusinessHours, datetime], minutes: int) -> None:
    hours, since = drawn
    assert add_business_time(since, minutes * MINUTE, hours) == oracle.deadline(hours, since, minutes)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(0, 6 * 1440))
def test_the_time_between_is_what_counting_the_minutes_gives(
    drawn: tuple[BusinessHours, datetime], minutes: int
) -> None:
    hours, since = drawn
    until = since + minutes * MINUTE
    assert business_time_between(since, until, hours) == oracle.minutes_between(hours, since, until) * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars())
def test_the_next_business_day_ends_where_the_clock_first_shows_its_closing(
    drawn: tuple[BusinessHours, datetime],
) -> None:
    hours, since = drawn
    assert end_of_next_business_day(since, hours) == oracle.closing_of_the_next_day(hours, since)


@settings(max_examples=60, deadline=None)
@given(calendars())
def test_it_is_open_in_the_minutes_in_which_we_work(drawn: tuple[BusinessHours, datetime]) -> None:
    hours, since = drawn
    opening = None
    for instant, _, works in oracle.every_minute(hours, since):
        assert is_open(instant, hours) is works
        if works:
            opening = instant
            break
    assert next_opening(since, hours) == opening


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - made aware below
    st.timedeltas(timedelta(microseconds=1), timedelta(days=30)),
    st.sampled_from([zone for zone, _ in ODD]),
)
@example(datetime(2025, 12, 31, 21, 0), HOUR, "Pacific/Kiritimati")  # noqa: DTZ001
@example(datetime(2026, 1, 1, 3, 0), HOUR, "Pacific/Pago_Pago")  # noqa: DTZ001
def test_the_time_to_a_deadline_is_the_time_that_was_asked_for(since: datetime, duration: timedelta, zone: str) -> None:
    hours = BusinessHours(zone)
    aware = since.replace(tzinfo=UTC)
    deadline = add_business_time(aware, duration, hours)
    assert deadline > aware
    assert business_time_between(aware, deadline, hours) == duration
    # No sooner instant would do.
    assert business_time_between(aware, deadline - timedelta(microseconds=1), hours) < duration


@pytest.mark.parametrize(
    ("reported", "ends"),
    [
        ("2026-11-23 06:00", "2026-11-24 17:00"),  # Monday, before the opening
        ("2026-11-23 09:00", "2026-11-24 17:00"),  # Monday, while open
        ("2026-11-23 21:00", "2026-11-24 17:00"),  # Monday, after the closing
        ("2026-11-23 23:30", "2026-11-25 17:00"),  # by the clock in Brussels it is Tuesday
        ("2026-11-27 09:00", "2026-11-30 17:00"),  # Friday
        ("2026-11-28 09:00", "2026-11-30 17:00"),  # Saturday
        ("2026-11-29 09:00", "2026-11-30 17:00"),  # Sunday
        ("2026-12-24 09:00", "2026-12-29 17:00"),  # Thursday; Friday is a holiday, Monday a closing day
        ("2026-12-25 09:00", "2026-12-29 17:00"),  # reported on the holiday itself
    ],
)
def test_what_comes_on_a_day_is_answered_by_the_closing_of_the_next_business_day(reported: str, ends: str) -> None:
    hours = BusinessHours(
        "Europe/Brussels",
        closed=frozenset({date(2026, 12, 28)}),
        holiday_dates=frozenset({date(2026, 12, 25)}),
    )
    assert end_of_next_business_day(at(reported), hours) == at(ends)


def test_an_hour_that_ends_with_the_day_ends_at_its_closing() -> None:
    assert add_business_time(at("2026-11-27 16:00"), HOUR, BRUSSELS) == at("2026-11-27 17:00")


def test_what_is_left_of_an_hour_runs_on_after_the_weekend() -> None:
    assert add_business_time(at("2026-11-27 16:40"), HOUR, BRUSSELS) == at("2026-11-30 08:40")


def test_a_business_day_on_which_the_clocks_change_is_as_long_as_it_is() -> None:
    round_the_clock = BusinessHours("Europe/Brussels", days=(6,), opens=time(0), closes=time(0))
    assert business_time_between(at("2026-03-28 12:00"), at("2026-03-30 12:00"), round_the_clock) == 23 * HOUR
    assert business_time_between(at("2026-10-24 12:00"), at("2026-10-26 12:00"), round_the_clock) == 25 * HOUR


def test_the_clock_follows_the_rules_that_were_in_force() -> None:
    """Moscow was at +3, +4 and +3 again: nine o'clock was at another instant each time."""
    moscow = BusinessHours("Europe/Moscow")
    assert next_opening(at("2010-12-01 00:00"), moscow) == at("2010-12-01 06:00")
    assert next_opening(at("2012-12-03 00:00"), moscow) == at("2012-12-03 05:00")
    assert next_opening(at("2014-12-01 00:00"), moscow) == at("2014-12-01 06:00")


def test_a_calendar_that_never_opens_is_said_and_not_searched_for_ever() -> None:
    closed = frozenset(date(2020, 1, 1) + timedelta(days=number) for number in range(40 * 366))
    never = BusinessHours("Europe/Brussels", closed=closed)
    for ask in (
        lambda: add_business_time(at("2026-01-01 00:00"), HOUR, never),
        lambda: end_of_next_business_day(at("2026-01-01 00:00"), never),
        lambda: next_opening(at("2026-01-01 00:00"), never),
    ):
        with pytest.raises(NoBusinessTimeError, match="within 30 years of 202"):
            ask()


def test_a_deadline_beyond_the_calendar_is_said() -> None:
    with pytest.raises(NoBusinessTimeError):
        add_business_time(at("9990-01-01 00:00"), timedelta(days=3000), BRUSSELS)
