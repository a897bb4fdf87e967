"""The customer's report as a document, and its incidents as rows for programs. No telephone number stands in either."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from oncall.core.incident_json import z
from oncall.core.plain_text import clip, one_line, without_numbers
from oncall.core.report_customer import MOST_NOTABLE, CustomerFigures, CustomerReport
from oncall.core.report_period import Period
from oncall.core.report_wording import (
    NOTHING,
    channel_name,
    counted,
    kept_word,
    lasted,
    moment,
    short_moment,
    span_of_days,
    type_name,
)
from oncall.core.reported import Kept, ReportedIncident, promise, resolution_promise
from oncall.core.wording import priority_name
from oncall.documents.composition import (
    Block,
    Cell,
    Column,
    Document,
    Heading,
    Paragraph,
    Plot,
    Plots,
    Row,
    Tone,
    table,
)
from oncall.support.report_blocks import (
    by_priority,
    by_type,
    first_tiles,
    hours_plot,
    months_plot,
    response_plot,
    trend,
    types_plot,
)

_LONGEST_SUMMARY = 160
_TONES = {Kept.KEPT: Tone.GOOD, Kept.MISSED: Tone.BAD}
INCIDENT_COLUMNS = (
    Column("No."),
    Column("Reported"),
    Column("What", wide=True),
    Column("Promise"),
    Column("Response", right=True),
    Column("Resolution", right=True),
)
CSV_COLUMNS = (
    "number", "opened_at", "state", "priority", "type", "channel", "customer", "caller_name", "summary", "respond_by",
    "responded_at", "promise", "response_seconds", "resolved_at", "resolution_seconds", "resolve_by",
    "resolution_promise", "waiting_since",
)  # fmt: skip


def document(report: CustomerReport, *, with_list: bool = True, incidents_at: str = "") -> Document:
    """The whole report; ``with_list`` False leaves out the list of incidents, which then is written by itself.

    ``incidents_at`` is where our own pages of incidents are, for readers of ours: "/incidents/"; "" links to none.
    """
    figures = report.figures
    period = figures.period
    span = span_of_days(period)
    made = f"Made {moment(period.timezone, report.made_at)}, times in {period.timezone}"
    return Document(
        title=f"{report.name}: {span}",
        subtitle=f"Support report of {report.company}. {made}.",
        blocks=(*_blocks(report), *(_listed(report, incidents_at) if with_list else ())),
        author=report.company,
        footer=f"{report.company} · {report.name} · {span}",
    )


def list_heading(figures: CustomerFigures) -> Heading:
    """What stands over the list of incidents."""
    return Heading("Every incident" if figures.is_complete else "Incidents that were missed or are open")


def incident_row(incident: ReportedIncident, period: Period, now: datetime, incidents_at: str = "") -> Row:
    """One incident as a line of the list, under `INCIDENT_COLUMNS`."""
    kept = promise(incident, now)
    what = clip(said(incident), _LONGEST_SUMMARY)
    kind = f"{priority_name(incident.priority)} · {type_name(incident.request_type)}"
    due = "" if incident.respond_by is None else f"by {short_moment(period, incident.respond_by)}"
    return (
        Cell(f"{incident.number}", link=incidents_at and f"{incidents_at}{incident.number}"),
        Cell(short_moment(period, incident.opened_at), note=f"by {channel_name(incident.channel)}"),
        Cell(what or "nothing was said", Tone.PLAIN if what else Tone.SOFT, note=kind),
        Cell(kept_word(kept), _TONES.get(kept, Tone.SOFT), note=due),
        lasted(incident.response_for),
        _resolution(incident, period, now),
    )


def _resolution(incident: ReportedIncident, period: Period, now: datetime) -> Cell:
    by, kept = incident.resolve_by, resolution_promise(incident, now)
    due = "" if by is None else f"{kept_word(kept)}, by {short_moment(period, by)}"
    if incident.waiting_since is not None and incident.open:
        return Cell("waits for you", Tone.SOFT, note=due)
    took = "open" if incident.open else lasted(incident.resolution_for)
    return Cell(took, _TONES.get(kept, Tone.SOFT if incident.open else Tone.PLAIN), note=due)


def incident_json(incident: ReportedIncident, now: datetime) -> dict[str, Any]:
    """One incident for a program: the fields of `CSV_COLUMNS`; what is not known is null."""
    response, resolution = incident.response_for, incident.resolution_for
    return {
        "number": incident.number,
        "opened_at": z(incident.opened_at),
        "state": incident.state.value,
        "priority": incident.priority.value,
        "type": incident.request_type.value,
        "channel": incident.channel.value,
        "customer": incident.customer or None,
        "caller_name": without_numbers(one_line(incident.caller_name)) or None,
        "summary": said(incident) or None,
        "respond_by": z(incident.respond_by),
        "responded_at": z(incident.responded_at),
        "promise": promise(incident, now).value,
        "response_seconds": None if response is None else int(response.total_seconds()),
        "resolved_at": z(incident.resolved_at),
        "resolution_seconds": None if resolution is None else int(resolution.total_seconds()),
        "resolve_by": z(incident.resolve_by),
        "resolution_promise": resolution_promise(incident, now).value,
        "waiting_since": z(incident.waiting_since),
    }


def _blocks(report: CustomerReport) -> Iterator[Block]:
    figures = report.figures
    period = figures.period
    yield first_tiles(figures.whole, figures.before)
    if figures.whole.incidents:
        yield Paragraph(_in_a_sentence(figures))
    else:
        yield Paragraph(f"{report.name} brought us nothing in this time: no incident was reported.")
    if plots := tuple(_plots(report)):
        yield Plots(plots)
    if figures.whole.incidents or figures.before.incidents:
        yield Heading("Against the time before")
        yield trend(figures.whole, figures.before, span_of_days(period), span_of_days(figures.preceding))
    if figures.whole.incidents:
        yield Heading("By priority")
        yield by_priority(figures.by_priority, empty="")
        yield Heading("By type")
        yield by_type(figures.by_type, empty="")
    yield Heading("Open points")
    now = report.made_at
    yield table(
        ["No.", "Since", Column("What", wide=True), "Priority"],
        [
            (
                f"{incident.number}",
                moment(period.timezone, incident.opened_at),
                clip(said(incident), _LONGEST_SUMMARY) or NOTHING,
                priority_name(incident.priority),
            )
            for incident in figures.open_ones
        ],
        empty="Nothing is open.",
        cards=True,
    )
    if figures.whole.open > MOST_NOTABLE:
        yield Paragraph(f"The first {MOST_NOTABLE:,} of {figures.whole.open:,} are shown.", Tone.SOFT)
    yield Heading("What is due")
    yield table(
        ["When", Column("What", wide=True)],
        [
            (
                Cell(
                    moment(period.timezone, point.at, day_only=point.whole_day),
                    Tone.BAD if point.is_late(now) else Tone.PLAIN,
                ),
                point.text,
            )
            for point in report.due
        ],
        empty="Nothing is due.",
    )


def _plots(report: CustomerReport) -> Iterator[Plot]:
    figures = report.figures
    if figures.whole.incidents:
        yield response_plot(figures.spread, report.promised)
        yield hours_plot(figures.hours, figures.period.timezone)
        yield months_plot(figures.months)
        yield types_plot(figures.by_type)
    elif figures.months.any:
        yield months_plot(figures.months)


def _in_a_sentence(figures: CustomerFigures) -> str:
    whole = figures.whole
    decided = whole.kept + whole.missed
    parts = [f"{counted(whole.incidents, 'incident was', 'incidents were')} reported."]
    if decided and not whole.missed:
        parts.append("Every promised response was kept." if decided > 1 else "The promised response was kept.")
    elif decided:
        were = "was" if whole.kept == 1 else "were"
        parts.append(f"Of {decided:,} promised responses {whole.kept:,} {were} kept and {whole.missed:,} missed.")
    if whole.response.count:
        parts.append(
            f"Half were answered within {lasted(whole.response.median)}, nine of ten within"
            f" {lasted(whole.response.p90)}; the slowest took {lasted(whole.response.worst)}."
        )
    return " ".join(parts)


def _listed(report: CustomerReport, incidents_at: str) -> Iterator[Block]:
    figures = report.figures
    if not figures.whole.incidents:
        return
    yield list_heading(figures)
    if not figures.is_complete:
        cut = f" The first {MOST_NOTABLE:,} of them are shown." if len(figures.notable) == MOST_NOTABLE else ""
        yield Paragraph(
            f"There are {figures.whole.incidents:,} incidents, too many to read: these are those whose promise was"
            f" missed, or that are open.{cut} All of them are in the CSV and JSON files of this report."
        )
    rows = [incident_row(incident, figures.period, report.made_at, incidents_at) for incident in figures.shown]
    yield table(INCIDENT_COLUMNS, rows, empty="No promise was missed, and nothing is open.", cards=True)


def said(incident: ReportedIncident) -> str:
    """What the customer said, on one line, without telephone numbers; "" for nothing."""
    return without_numbers(one_line(incident.summary))
