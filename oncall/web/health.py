"""Whether it is alive, whether it can serve, and its numbers."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from oncall.bootstrap import Runtime
from oncall.core.delivery import DeliveryState
from oncall.core.incident import IncidentState
from oncall.core.liveness import SILENT_AFTER, since_last_tick
from oncall.engine.provider_news import is_well
from oncall.errors import ConfigurationError, StoreUnavailableError
from oncall.ports import UnitOfWork
from oncall.web.metrics import of_engines, of_responses
from oncall.web.month_so_far import MonthSoFar
from oncall.web.runtime import now, runtime

_KEY = "oncall-month-so-far"
_openmetrics: Callable[[CollectorRegistry], bytes] = openmetrics.generate_latest
LOOKED_AT_FOR = timedelta(hours=24)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """200 while this process answers at all."""
    return _text("ok\n")


@blueprint.get("/readyz")
def ready() -> Response:
    """200 when a call could be taken and paged for; 503 and the reasons otherwise."""
    problems = _problems()
    if problems:
        return _text("".join(f"{problem}\n" for problem in problems), 503)
    silent_for = _since_last_tick()
    if silent_for is None:
        return _text("ok\nno engine has ticked yet\n")
    last_tick = f"last tick {silent_for.total_seconds():.0f} s ago\n"
    if silent_for > SILENT_AFTER:
        return _text(f"engine: no engine works; is `oncall engine`, or `oncall run`, running?\n{last_tick}", 503)
    return _text(f"ok\n{last_tick}")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Everything that is counted, as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(_Numbers(runtime(), current_app.extensions[_KEY]))
    if openmetrics.CONTENT_TYPE_LATEST.partition(";")[0] in request.headers.get("Accept", ""):
        return Response(_openmetrics(registry), content_type=openmetrics.CONTENT_TYPE_LATEST)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def attach_numbers(app: Flask, whole: Runtime) -> None:
    """Let this app keep the numbers of the month between two scrapes."""
    app.extensions[_KEY] = MonthSoFar(whole.reports.this_month)


def _problems() -> list[str]:
    try:
        runtime().database.ping()
        current = runtime().database.schema_is_current()
    except StoreUnavailableError as error:
        return [f"database: {error}"]
    if not current:
        return ["database: its tables are not this release's; run: oncall db upgrade"]
    try:
        runtime().configuration.current()
    except ConfigurationError as error:
        return [f"schedules: {error}"]
    return []


def _since_last_tick() -> timedelta | None:
    with runtime().database.read() as uow:
        return since_last_tick([sign.last_tick_at for sign in uow.engines.listing(limit=1)], now())


def _text(body: str, status: int = 200) -> Response:
    return Response(body, status=status, mimetype="text/plain")


class _Numbers(Collector):
    """Read from the rows at every scrape: all processes give the same answer, and a restart forgets nothing."""

    def __init__(self, whole: Runtime, month: MonthSoFar) -> None:
        self._whole, self._month = whole, month

    def collect(self) -> Iterable[Metric]:
        """The metrics; only ``oncall_database_up`` 0 while the database is away."""
        try:
            yield from self._from_rows()
            up = 1
        except StoreUnavailableError:
            up = 0
        yield GaugeMetricFamily("oncall_database_up", "1 while the database answers", value=up)

    def _providers(self, uow: UnitOfWork) -> dict[str, int]:
        """1 or 0 for each of the schedules' providers; none before anything is published."""
        try:
            names = [each.name for each in self._whole.configuration.current().providers_in_order()]
        except ConfigurationError:
            return {}
        return {name: int(is_well(uow, name)) for name in names}

    def _from_rows(self) -> list[Metric]:
        at = now()
        with self._whole.database.read() as uow:
            incidents, deliveries = uow.incidents.counts(), uow.deliveries.counts()
            due = [when for when in (uow.incidents.next_due_at(), uow.deliveries.next_due_at()) if when is not None]
            version = uow.schedule_versions.latest_version()
            providers = self._providers(uow)
            signs, responses = uow.engines.listing(), uow.incidents.responses(at - LOOKED_AT_FOR)
        by_state = GaugeMetricFamily("oncall_incidents", "Incidents by state", labels=["state"])
        for state in IncidentState:
            by_state.add_metric([state.value], incidents.get(state, 0))
        by_outcome = GaugeMetricFamily(
            "oncall_deliveries", "Pages, notices and operator messages", labels=["channel", "outcome"]
        )
        for method in sorted({method for method, _ in deliveries}):
            for outcome in DeliveryState:
                by_outcome.add_metric([method.value, outcome.value], deliveries.get((method, outcome), 0))
        by_provider = GaugeMetricFamily(
            "oncall_provider_up", "0 while a telephone provider is found ill", labels=["provider"]
        )
        for name, up in providers.items():
            by_provider.add_metric([name], up)
        open_count = sum(count for state, count in incidents.items() if state is not IncidentState.RESOLVED)
        overdue = max([(at - when).total_seconds() for when in due if when < at], default=0.0)
        return [
            by_state,
            by_outcome,
            by_provider,
            GaugeMetricFamily("oncall_incidents_open", "Incidents that are not resolved", value=open_count),
            GaugeMetricFamily("oncall_oldest_due_seconds", "How long the oldest due action has waited", value=overdue),
            GaugeMetricFamily(
                "oncall_audit_problems", "What the audit finds stuck", value=len(self._whole.audit.check(at))
            ),
            GaugeMetricFamily("oncall_schedule_version", "The published version in force", value=version),
            *of_engines(signs, at),
            *of_responses(responses),
            *self._month.metrics(at),
        ]
