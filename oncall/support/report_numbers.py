"""The numbers of the reports for programs. Times are ISO 8601 in UTC, durations seconds, shares 0–1."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from oncall.core.incident_json import z
from oncall.core.report_customer import CustomerReport
from oncall.core.report_figures import Durations, Figures, Months, ResponseSpread
from oncall.core.report_period import Period
from oncall.core.report_team import Burden, TeamReport
from oncall.core.reported import Kept
from oncall.support.team_report import burdens

K = TypeVar("K", bound=str)


def customer_numbers(report: CustomerReport) -> dict[str, Any]:
    """All but the incidents themselves."""
    figures = report.figures
    return {
        "report": "customer",
        "customer": report.customer,
        "name": report.name,
        **_period(figures.period),
        "made_at": z(report.made_at),
        "figures": figures_json(figures.whole),
        "before": {**_period(figures.preceding), **figures_json(figures.before)},
        "by_priority": _groups(figures.by_priority),
        "by_type": _groups(figures.by_type),
        "response_times": _spread(figures.spread),
        "hours_of_the_week": figures.hours.counts,
        "months": _months(figures.months),
        "due": [{"at": z(point.at), "text": point.text} for point in report.due],
    }


def team_numbers(report: TeamReport) -> dict[str, Any]:
    """The whole report."""
    figures = report.figures
    return {
        "report": "team",
        **_period(figures.period),
        "made_at": z(report.made_at),
        "figures": figures_json(figures.whole),
        "before": {**_period(figures.preceding), **figures_json(figures.before)},
        "by_priority": _groups(figures.by_priority),
        "by_type": _groups(figures.by_type),
        "response_times": _spread(figures.spread),
        "hours_of_the_week": figures.hours.counts,
        "months": _months(figures.months),
        "hand_overs": figures.hand_overs,
        "engineers": {key: {"name": name, **_burden(burden)} for key, name, burden in burdens(report)},
    }


def team_rows(report: TeamReport) -> Iterator[Sequence[Any]]:
    """The same as lines of a sheet: what it is about, which one, which figure, and the figure."""
    yield ("about", "key", "figure", "value")
    figures = report.figures
    yield from _rows("team", "", {**figures_json(figures.whole), "hand_overs": figures.hand_overs})
    for priority, group in figures.by_priority.items():
        yield from _rows("priority", priority.value, figures_json(group))
    for request_type, group in figures.by_type.items():
        yield from _rows("type", request_type.value, figures_json(group))
    for key, _, burden in burdens(report):
        yield from _rows("engineer", key, _burden(burden))
    for month in _months(figures.months):
        yield from _rows("month", month["month"], {name: month[name] for name in ("kept", "missed", "neither")})


def figures_json(figures: Figures) -> dict[str, Any]:
    """One group."""
    return {
        "incidents": figures.incidents,
        "open": figures.open,
        "kept": figures.kept,
        "missed": figures.missed,
        "pending": figures.promises[Kept.PENDING],
        "without_promise": figures.promises[Kept.NONE],
        "share_kept": None if figures.share is None else round(figures.share, 4),
        "response": _durations(figures.response),
        "resolution": _durations(figures.resolution),
    }


def _rows(about: str, key: str, values: Mapping[str, Any], before: str = "") -> Iterator[Sequence[Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _rows(about, key, value, before=f"{name}_")
        else:
            yield (about, key, f"{before}{name}", value)


def _period(period: Period) -> dict[str, Any]:
    return {"from": period.first.isoformat(), "to": period.until.isoformat(), "timezone": period.timezone}


def _groups(groups: Mapping[K, Figures]) -> dict[str, Any]:
    return {str(key): figures_json(figures) for key, figures in groups.items()}


def _durations(durations: Durations) -> dict[str, Any]:
    return {
        "count": durations.count,
        "median_seconds": _seconds(durations.median),
        "p90_seconds": _seconds(durations.p90),
        "worst_seconds": _seconds(durations.worst),
    }


def _spread(spread: ResponseSpread) -> list[dict[str, Any]]:
    return [
        {"up_to_seconds": _seconds(edge), "kept": span.kept, "missed": span.missed, "neither": span.neither}
        for edge, span in zip((*spread.EDGES, None), spread.spans, strict=True)
    ]


def _months(months: Months) -> list[dict[str, Any]]:
    return [
        {"month": f"{month:%Y-%m}", "kept": each.kept, "missed": each.missed, "neither": each.neither}
        for month, each in months.shown()
    ]


def _burden(burden: Burden) -> dict[str, int]:
    return {
        "pages": burden.pages,
        "unanswered": burden.unanswered,
        "nights": burden.nights,
        "weekends": burden.weekends,
    }


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
