"""Reports as pages, and as files to take along: for a customer, and for the team."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from oncall.core.report_customer import DuePoint
from oncall.core.report_period import Period
from oncall.core.report_wording import span_of_days
from oncall.documents import as_html
from oncall.documents.composition import Document
from oncall.errors import DocumentError, UsageError
from oncall.support import customer_report, team_report
from oncall.support.report_files import ReportFiles, ReportFormat, file_name
from oncall.web import times
from oncall.web.auth import guard_people
from oncall.web.runtime import now, runtime

_STYLE_SECONDS = 3600
_AT_ONCE = 64 * 1024
_IN_MEMORY = 8 * 1024 * 1024
# Callers are answered by the same process: one report at a time leaves them room.
_one_at_a_time = threading.Lock()

blueprint = Blueprint("reports", __name__)
guard_people(blueprint)
styles = Blueprint("report_style", __name__)  # no login: it says nothing about anybody


@styles.get("/reports/report.css")
def style() -> Response:
    """What documents look like."""
    answer = Response(as_html.STYLE.read_text(encoding="utf-8"), mimetype="text/css")
    answer.cache_control.max_age = _STYLE_SECONDS
    return answer


@blueprint.get("/reports")
def index() -> str:
    """Whom there are reports about."""
    customers = runtime().configuration.current().customers
    last = _period(*runtime().reports.last_month())
    return render_template(
        "reports.html",
        customers=customers.values(),
        last_month=span_of_days(last),
        running=last.following(),
        **_about(),
    )


@blueprint.get("/reports/customers/<key>")
def customer(key: str) -> ResponseReturnValue:
    """The report for one customer."""
    if key not in runtime().configuration.current().customers:
        abort(404, f"There is no customer `{key}` in the schedules.")
    period = _asked_period()
    kind = _asked_format()
    if kind is not None:
        days = (period.first, period.until)
        return _file(
            lambda to: _files().customer(to, kind, key, *days, due=_due(key)), file_name(key, period, kind), kind
        )
    with _alone():
        report = runtime().reports.customer(key, period.first, period.until, due=_due(key))
    return _page(customer_report.document(report, incidents_at="/incidents/"), period)


@blueprint.get("/reports/team")
def team() -> ResponseReturnValue:
    """The report for the team."""
    period = _asked_period()
    kind = _asked_format()
    if kind is not None:
        days = (period.first, period.until)
        return _file(lambda to: _files().team(to, kind, *days), file_name("team", period, kind), kind)
    with _alone():
        report = runtime().reports.team(period.first, period.until)
    return _page(team_report.document(report), period)


def _page(document: Document, period: Period) -> str:
    before, following = period.before(), period.following()
    return render_template(
        "report.html",
        title=document.title,
        report=Markup(as_html.to_html(document)),  # noqa: S704 - every word in it was escaped
        period=period,
        before=before,
        following=following if following.starts_at <= now() else None,
        formats=[kind.value for kind in ReportFormat],
        span=span_of_days,
        **_about(),
    )


def _file(write: Callable[[BinaryIO], None], name: str, kind: ReportFormat) -> ResponseReturnValue:
    """Made whole before the first byte goes: a slow reader keeps no transaction open."""
    kept = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `_read` closes it
    try:
        with _alone():
            write(cast(BinaryIO, kept))
    except DocumentError as error:
        kept.close()
        runtime().log("report.not_made", problem=str(error))
        abort(500, "This report could not be set as a PDF; it has been logged. The others can be had.")
    answer = Response(_read(cast(BinaryIO, kept)), content_type=kind.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _read(kept: BinaryIO) -> Iterator[bytes]:
    with kept:
        kept.seek(0)
        while piece := kept.read(_AT_ONCE):
            yield piece


@contextmanager
def _alone() -> Iterator[None]:
    if not _one_at_a_time.acquire(blocking=False):
        abort(503, "Another report is being made: load this page again in a few seconds.")
    try:
        yield
    finally:
        _one_at_a_time.release()


def _due(key: str) -> tuple[DuePoint, ...]:
    return tuple(runtime().status_meetings.due(key))


def _files() -> ReportFiles:
    return ReportFiles(runtime().reports)


def _asked_format() -> ReportFormat | None:
    """The file that is asked for; None for the page."""
    written = request.args.get("format", "")
    if not written:
        return None
    try:
        return ReportFormat(written)
    except ValueError:
        abort(404, f"There is no such format; there are {', '.join(ReportFormat)}.")


def _asked_period() -> Period:
    first, until = request.args.get("from", ""), request.args.get("to", "")
    if not first and not until:
        return _period(*runtime().reports.last_month())
    return _period(_day(first), _day(until))


def _period(first: date, until: date) -> Period:
    try:
        return runtime().reports.period(first, until)
    except UsageError as error:
        abort(400, f"{error}.")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        abort(400, "Say from which day to which: ?from=2026-10-01&to=2026-11-01, the second being the first day after.")


def _about() -> dict[str, object]:
    configuration = runtime().configuration.current()
    return {
        "company": configuration.hotline.company,
        "zone": configuration.business_hours.timezone,
        "now": now(),
        "utc": times.utc,
    }
