from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.engineer import QuietHours
from oncall.core.local_time import to_wall
from oncall.core.quiet_hours import quiet_until

NIGHT = QuietHours(time(22, 0), time(7, 0))
SIESTA = QuietHours(time(13, 0), time(15, 0))
BRUSSELS = "Europe/Brussels"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        (NIGHT, "2026-11-24 20:59:59", None),
        (NIGHT, "2026-11-24 21:00", "2026-11-25 06:00"),
        (NIGHT, "2026-11-25 05:59:59", "2026-11-25 06:00"),
        (NIGHT, "2026-11-25 06:00", None),
        (SIESTA, "2026-11-25 12:30", "2026-11-25 14:00"),
        (SIESTA, "2026-11-25 14:00", None),
        (None, "2026-11-25 02:00", None),
    ],
)
def test_quiet_hours_run_from_wall_clock_to_wall_clock(quiet: QuietHours | None, at: str, until: str | None) -> None:
    assert quiet_until(quiet, BRUSSELS, utc(at)) == (utc(until) if until else None)


def test_they_are_an_hour_shorter_in_the_night_that_skips_one_and_longer_in_the_one_that_repeats_one() -> None:
    assert quiet_until(NIGHT, BRUSSELS, utc("2026-03-28 21:00")) == utc("2026-03-29 05:00")
    assert quiet_until(NIGHT, BRUSSELS, utc("2026-10-24 20:00")) == utc("2026-10-25 06:00")


def test_an_end_that_comes_twice_is_the_first_and_one_that_is_skipped_the_instant_after_the_gap() -> None:
    until_half_past_two = QuietHours(time(22, 0), time(2, 30))
    first = utc("2026-10-25 00:30")
    assert quiet_until(until_half_past_two, BRUSSELS, first - timedelta(minutes=1)) == first
    assert quiet_until(until_half_past_two, BRUSSELS, first + timedelta(minutes=30)) is None
    assert quiet_until(until_half_past_two, BRUSSELS, utc("2026-03-29 00:59")) == utc("2026-03-29 01:00")


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: utc("2026-01-01") + timedelta(minutes=minutes)),
    st.builds(QuietHours, st.times(), st.times()).filter(lambda quiet: quiet.begins != quiet.until),
    st.sampled_from([BRUSSELS, "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_the_end_is_ahead_within_a_day_and_quiet_no_more(at: datetime, quiet: QuietHours, zone: str) -> None:
    ends_at = quiet_until(quiet, zone, at)
    if ends_at is not None:
        assert at < ends_at <= at + timedelta(hours=25)
        assert quiet_until(quiet, zone, ends_at) is None
    elif to_wall(zone, at).date().month not in (3, 4, 10, 11):
        now = to_wall(zone, at).time()
        in_hours = quiet.begins <= now < quiet.until
        over_midnight = quiet.until < quiet.begins and (now >= quiet.begins or now < quiet.until)
        assert not (in_hours or over_midnight)
