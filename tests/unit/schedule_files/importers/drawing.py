"""What the exports of every system are drawn from, and how what differs is shown."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from .stepping import AUTUMN, QUARTER, SINCE, ZONES

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
quarters = st.integers(0, 95).map(lambda number: number * QUARTER)
season = st.sampled_from([SINCE, AUTUMN])
zone = st.sampled_from(ZONES)


def days_before(since: datetime) -> st.SearchStrategy[datetime]:
    """A local date and time up to a year before, which no clock skips or repeats."""
    return st.builds(
        lambda days, quarter: (
            datetime.combine(since.date() - timedelta(days=days), time(0)) + timedelta(hours=8) + quarter
        ),
        st.integers(30, 365),
        st.integers(0, 40).map(lambda number: number * QUARTER),
    )


def shown_of(found: Any) -> list[str]:
    return [
        f"{each.starts_at}: {set(each.theirs)} / {set(each.ours)}: {each.why}" for each in found.comparison.differences
    ]


def hms(since_midnight: timedelta) -> str:
    return f"{since_midnight // timedelta(hours=1):02d}:{since_midnight // timedelta(minutes=1) % 60:02d}:00"


def on_the_wall(in_zone: str, written: str) -> datetime:
    """What the clock shows at an instant."""
    return datetime.fromisoformat(written).astimezone(ZoneInfo(in_zone)).replace(tzinfo=None)
