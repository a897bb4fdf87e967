"""What reports say: durations, shares, spans of days and moments, in plain words."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from oncall.core.clock_changes import clock_changes
from oncall.core.incident import IntakeChannel, RequestType
from oncall.core.local_time import to_local
from oncall.core.report_figures import Durations, Figures, on_the_wall
from oncall.core.report_period import Period, later_month
from oncall.core.reported import Kept
from oncall.core.sla import Priority

NOTHING = "–"
_TYPES: dict[RequestType, str] = {
    RequestType.ADD_REMOVE_USER: "Add/Remove User",
    RequestType.CHANGE_REQUEST: "Change Request",
    RequestType.GUIDANCE: "Guidance & usage support",
    RequestType.ON_CALL: "On-call",
    RequestType.PROBLEM: "Problem/Troubleshooting",
    RequestType.OTHER: "Other",
}
_CHANNELS: dict[IntakeChannel, str] = {
    IntakeChannel.PHONE: "phone",
    IntakeChannel.SMS: "SMS",
    IntakeChannel.GITHUB: "GitHub",
    IntakeChannel.SLACK: "Slack",
    IntakeChannel.OPERATOR: "hand",
}
_KEPT: dict[Kept, str] = {Kept.KEPT: "kept", Kept.MISSED: "missed", Kept.PENDING: "open", Kept.NONE: "none"}
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def type_name(request_type: RequestType) -> str:
    """A request type in words."""
    return _TYPES[request_type]


def channel_name(channel: IntakeChannel) -> str:
    """A channel in words."""
    return _CHANNELS[channel]


def kept_word(kept: Kept) -> str:
    """What became of a promise, in a word."""
    return _KEPT[kept]


def lasted(duration: timedelta | None) -> str:
    """``42 s``, ``4 min 12 s``, ``2 h 5 min``, ``3 d 4 h``; a dash for None."""
    if duration is None:
        return NOTHING
    seconds = max(int(duration.total_seconds()), 0)
    for place, (unit, size) in enumerate(_UNITS):
        if seconds >= size or size == 1:
            rest = seconds % size
            smaller, smaller_size = _UNITS[min(place + 1, len(_UNITS) - 1)]
            more = rest // smaller_size if smaller_size < size else 0
            return f"{seconds // size} {unit}{f' {more} {smaller}' if more else ''}"
    return NOTHING


def percent(share: float | None) -> str:
    """``97%``; never rounded up to all, nor down to none; a dash for None."""
    if share is None:
        return NOTHING
    if 0 < share < 0.01:
        return "<1%"
    return f"{int(share * 100 + 1e-9)}%"


def span_of_days(period: Period) -> str:
    """``October 2026``, ``2026``, ``1 – 15 October 2026``, ``20 December 2026 – 3 January 2027``."""
    first, last = period.first, period.last
    if first.day == 1:
        if later_month(first, 1) == period.until:
            return f"{first:%B %Y}"
        if first.month == 1 and later_month(first, 12) == period.until:
            return f"{first:%Y}"
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%B} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def day(at: date) -> str:
    """``3 October 2026``."""
    return f"{at.day} {at:%B %Y}"


def moment(timezone: str, at: datetime | None, *, day_only: bool = False) -> str:
    """``Tue 6 Oct 2026 03:12``, on the clocks of that zone, or the day alone; a dash for None."""
    if at is None:
        return NOTHING
    here = to_local(timezone, at)
    return f"{here:%a} {here.day} {here:%b %Y}" + ("" if day_only else f" {here:%H:%M}")


def short_moment(period: Period, at: datetime | None) -> str:
    """``Tue 6 Oct 03:12``: as `moment`, without the year where the period has only one."""
    if at is None:
        return NOTHING
    here = on_the_wall(clock_changes(period.timezone), at)
    if period.first.year == period.last.year == here.year:
        return f"{here:%a} {here.day} {here:%b %H:%M}"
    return f"{here:%a} {here.day} {here:%b %Y %H:%M}"


def compared(now: int, before: int) -> str:
    """``30 before``, ``as many before``."""
    return "as many before" if now == before else f"{before:,} before"


def counted(number: int, one: str, many: str) -> str:
    """``1 incident``, ``2 incidents``."""
    return f"{number:,} {one if number == 1 else many}"


def three_times(durations: Durations) -> tuple[str, str, str]:
    """Median, what nine of ten did not exceed, and the worst."""
    return lasted(durations.median), lasted(durations.p90), lasted(durations.worst)


def promise_sentence(figures: Figures) -> str:
    """``41 of 42 kept``; "" where none is decided."""
    decided = figures.kept + figures.missed
    return f"{figures.kept:,} of {decided:,} kept" if decided else ""


def in_order(priorities: Iterable[Priority]) -> list[Priority]:
    """The gravest first."""
    return sorted(priorities, key=list(Priority).index)
