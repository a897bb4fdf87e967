"""TAKE, as half-asleep thumbs write it."""

import contextlib
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.sms_commands import SmsWord, parse
from oncall.core.taking import LONGEST_FOR, Take, ends_at, occurrences, parse_take
from oncall.errors import UsageError

BRUSSELS = "Europe/Brussels"
# Tuesday, 03:13 in Brussels.
NOW = datetime(2026, 11, 24, 2, 13, 27, tzinfo=UTC)
H = timedelta(hours=1)
M = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "take"),
    [
        ("TAKE 4h", Take("", rest_for=4 * H)),
        ("take 4 hours", Take("", rest_for=4 * H)),
        ("Take for 90m.", Take("", rest_for=90 * M)),
        ("TAKE 1h30m", Take("", rest_for=90 * M)),
        ("TAKE 1d", Take("", days=1)),
        ("take 1 week", Take("", days=7)),
        ("TAKE production 4h", Take("production", rest_for=4 * H)),
        ("TAKE 4h production", Take("production", rest_for=4 * H)),
        ("take: Production, 4h", Take("production", rest_for=4 * H)),
        ("take over the production shift for 4h", Take("production", rest_for=4 * H)),
        ("TAKE UNTIL 07:00", Take("", clock=time(7))),
        ("take until 7", Take("", clock=time(7))),
        ("take till 7am", Take("", clock=time(7))),
        ("take until 7:30 pm", Take("", clock=time(19, 30))),
        ("take until 0730", Take("", clock=time(7, 30))),
        ("take until 12am", Take("", clock=time(0))),
        ("take until 24:00", Take("", clock=time(0))),
        ("take until noon", Take("", clock=time(12))),
        ("TAKE 07:00", Take("", clock=time(7))),
        ("TAKE production UNTIL fri 07:00", Take("production", clock=time(7), day="fri")),
        ("TAKE UNTIL tomorrow 07:00", Take("", clock=time(7), day="tomorrow")),
        ("TAKE UNTIL 07:00 tomorrow", Take("", clock=time(7), day="tomorrow")),
        ("take until 2026-11-26 07:00", Take("", clock=time(7), day="2026-11-26")),
        ("ＴＡＫＥ　４ｈ", Take("", rest_for=4 * H)),
    ],
)
def test_a_duration_or_an_end_and_maybe_a_schedule_are_found(body: str, take: Take) -> None:
    command = parse(body)
    assert (command.word, command.number) == (SmsWord.TAKE, None)
    assert parse_take(command.text) == take


@pytest.mark.parametrize(
    "text",
    ["", "production", "1042", "4", "4x", "the night", "until", "until soon", "until 25:00", "until 7:99",
     "until 13pm", "4h until 07:00", "two schedules 4h", "until 99999", "4h4x", "💥"],
)  # fmt: skip
def test_anything_else_is_not_understood(text: str) -> None:
    assert parse_take(text) is None


@given(st.text(max_size=300))
def test_no_text_is_an_error(text: str) -> None:
    take = parse_take(text)
    if take is not None:
        with contextlib.suppress(UsageError):
            assert NOW < ends_at(take, BRUSSELS, NOW) <= NOW + LONGEST_FOR + H


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("4h", "2026-11-24 07:13"),
        ("1m", "2026-11-24 03:14"),
        ("14d", "2026-12-08 03:13"),
        ("until 07:00", "2026-11-24 07:00"),
        ("until 03:13", "2026-11-25 03:13"),
        ("until 03:14", "2026-11-24 03:14"),
        ("until today 07:00", "2026-11-24 07:00"),
        ("until tonight 23:00", "2026-11-24 23:00"),
        ("until tonight 02:00", "2026-11-25 02:00"),
        ("until tomorrow 07:00", "2026-11-25 07:00"),
        ("until tue 07:00", "2026-11-24 07:00"),
        ("until tuesday 03:00", "2026-12-01 03:00"),
        ("until fri 07:00", "2026-11-27 07:00"),
        ("until mon 07:00", "2026-11-30 07:00"),
        ("until 2026-12-01 07:00", "2026-12-01 07:00"),
    ],
)
def test_the_end_is_on_the_clocks_of_the_zone(text: str, local: str) -> None:
    take = parse_take(text)
    assert take is not None
    [expected] = occurrences(BRUSSELS, datetime.fromisoformat(local))
    assert ends_at(take, BRUSSELS, NOW) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("15d", "at most 14 days"),
        ("99999w", "at most 14 days"),
        ("until 2027-01-01 07:00", "at most 14 days"),
        ("0h", "over already"),
        ("until 2020-01-01 07:00", "over already"),
        ("until today 03:00", "over already"),
        ("until 2026-02-30 07:00", "no date"),
    ],
)
def test_what_is_too_long_past_or_no_date_is_said_with_what_to_write(text: str, says: str) -> None:
    take = parse_take(text)
    assert take is not None
    with pytest.raises(UsageError, match=says):
        ends_at(take, BRUSSELS, NOW)


def test_a_day_is_the_same_time_tomorrow_on_the_nights_when_the_clocks_change() -> None:
    take = parse_take("1d")
    assert take is not None
    for day, hours in ((datetime(2026, 3, 28, 21, 0, tzinfo=UTC), 23), (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), 25)):
        assert ends_at(take, BRUSSELS, day) - day == hours * H


def test_until_a_time_that_the_night_repeats_is_the_next_one_that_a_clock_shows() -> None:
    take = parse_take("until 02:30")
    assert take is not None
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert ends_at(take, BRUSSELS, first - H) == first
    assert ends_at(take, BRUSSELS, first) == second
    assert ends_at(take, BRUSSELS, second - M) == second


def test_until_a_time_that_the_night_skips_is_the_first_instant_after_the_gap() -> None:
    take = parse_take("until 02:30")
    assert take is not None
    assert ends_at(take, BRUSSELS, datetime(2026, 3, 29, 0, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
