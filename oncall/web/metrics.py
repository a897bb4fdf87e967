"""Numbers of the engines, and of how fast callers are served."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric

from oncall.core.liveness import alive, since_last_tick
from oncall.core.report_figures import Figures
from oncall.core.report_team import Burden, TeamReport
from oncall.core.sla import Priority
from oncall.ports import EngineSign

_QUANTILES = (0.5, 0.9, 0.99, 1.0)
_OTHERS = "other"
_Responses = Sequence[tuple[timedelta | None, timedelta | None]]


def of_engines(signs: Sequence[EngineSign], now: datetime) -> Iterator[Metric]:
    """How many work, and how long ago one did; the second is absent where none was ever seen."""
    ticks = [sign.last_tick_at for sign in signs]
    yield GaugeMetricFamily("oncall_engines_alive", "Engines that work", value=alive(ticks, now))
    silent_for = since_last_tick(ticks, now)
    if silent_for is not None:
        yield GaugeMetricFamily(
            "oncall_last_tick_age_seconds", "How long ago an engine last worked", value=silent_for.total_seconds()
        )


def of_responses(responses: _Responses) -> Iterator[Metric]:
    """How long callers of the last day waited, as quantiles; without values where nobody called."""
    yield from _quantiles(
        "oncall_first_page_seconds", "From the call to its first page", [paged_in for paged_in, _ in responses]
    )
    yield from _quantiles(
        "oncall_response_seconds", "From the call to its acknowledgement", [answered_in for _, answered_in in responses]
    )


def of_month(report: TeamReport) -> Iterator[Metric]:
    """The team's figures of the running month, by priority, and by engineers whom the schedules name; the pages of
    those whom they name no more are together those of "other"."""
    groups = {priority: report.figures.by_priority.get(priority, Figures()) for priority in Priority}
    incidents = GaugeMetricFamily("oncall_month_incidents", "Incidents of this month", labels=["priority"])
    promises = GaugeMetricFamily(
        "oncall_month_promises", "What became of their promises", labels=["priority", "outcome"]
    )
    response = GaugeMetricFamily(
        "oncall_month_response_seconds", "From the report to the response", labels=["priority", "quantile"]
    )
    resolution = GaugeMetricFamily(
        "oncall_month_resolution_seconds", "From the report to the end", labels=["priority", "quantile"]
    )
    for priority, group in groups.items():
        incidents.add_metric([priority.value], group.incidents)
        for outcome, count in group.promises.items():
            promises.add_metric([priority.value, outcome.value], count)
        for family, durations in ((response, group.response), (resolution, group.resolution)):
            for quantile in _QUANTILES:
                if (lasted := durations.quantile(quantile)) is not None:
                    family.add_metric([priority.value, f"{quantile:g}"], lasted.total_seconds())
    yield from (incidents, promises, response, resolution)
    yield GaugeMetricFamily("oncall_month_hand_overs", "How often one was passed on", value=report.figures.hand_overs)
    yield from _burdens(report)


def _burdens(report: TeamReport) -> Iterator[Metric]:
    everybody = {key: report.figures.burdens.get(key) for key in report.names}
    others = [burden for key, burden in report.figures.burdens.items() if key not in report.names]
    counted: dict[tuple[str, str], Callable[[Burden], int]] = {
        ("oncall_month_pages", "Pages that went"): lambda burden: burden.pages,
        ("oncall_month_unanswered_pages", "Runs of pages that nobody answered"): lambda burden: burden.unanswered,
        ("oncall_month_nights_woken", "Nights with a page"): lambda burden: burden.nights,
        ("oncall_month_weekends_woken", "Weekends with a page"): lambda burden: burden.weekends,
    }
    for (name, text), count in counted.items():
        family = GaugeMetricFamily(name, text, labels=["engineer"])
        for key, burden in everybody.items():
            family.add_metric([key], count(burden) if burden else 0)
        if others:
            family.add_metric([_OTHERS], sum(map(count, others)))
        yield family


def _quantiles(name: str, text: str, waits: Sequence[timedelta | None]) -> Iterator[Metric]:
    seconds = sorted(wait.total_seconds() for wait in waits if wait is not None)
    family = GaugeMetricFamily(name, text, labels=["quantile"])
    if seconds:
        for quantile in _QUANTILES:
            rank = min(int(quantile * len(seconds)), len(seconds) - 1)
            family.add_metric([f"{quantile:g}"], seconds[rank])
    yield family
