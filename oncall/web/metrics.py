"""Numbers of the engines, and of how fast callers are served."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric

from oncall.core.liveness import alive, since_last_tick
from oncall.ports import EngineSign

_QUANTILES = (0.5, 0.9, 0.99, 1.0)
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


def _quantiles(name: str, text: str, waits: Sequence[timedelta | None]) -> Iterator[Metric]:
    seconds = sorted(wait.total_seconds() for wait in waits if wait is not None)
    family = GaugeMetricFamily(name, text, labels=["quantile"])
    if seconds:
        for quantile in _QUANTILES:
            rank = min(int(quantile * len(seconds)), len(seconds) - 1)
            family.add_metric([f"{quantile:g}"], seconds[rank])
    yield family
