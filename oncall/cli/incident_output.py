"""Incidents as ``oncall incident`` prints them for people: tables."""

from collections.abc import Sequence
from datetime import datetime
from io import StringIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from oncall.core.incident import Incident, IncidentState, IntakeChannel, TimelineEntry
from oncall.core.promise_wording import clock_line, resolution_line
from oncall.core.wording import priority_name, type_name

_STYLES = {IncidentState.TRIGGERED: "bold red", IncidentState.ACKNOWLEDGED: "yellow", IncidentState.RESOLVED: "green"}


def incident_table(incidents: Sequence[Incident], now: datetime) -> str:
    """A line for each."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("Number", "State", "Customer", "Caller", "Open since (UTC)", "Who has it"):
        table.add_column(heading)
    for each in incidents:
        table.add_row(
            str(each.number),
            _state(each, now),
            Text(each.company or "unknown"),
            Text(" ".join(part for part in (each.caller_name, each.caller_number) if part) or "unknown"),
            f"{each.opened_at:%Y-%m-%d %H:%M}",
            Text(each.acknowledged_by or "nobody"),
        )
    return rendered(table)


def incident_panel(incident: Incident, now: datetime) -> str:
    """What is known of one."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("Incident", f"{incident.number}")
    table.add_row("State", _state(incident, now))
    table.add_row("Customer", Text(incident.company or "unknown"))
    table.add_row("Caller", Text(incident.caller_name or "unknown"))
    table.add_row("Number", incident.caller_number or "none to call back")
    how = "by hand" if incident.channel is IntakeChannel.OPERATOR else f"by {incident.channel.value}"
    table.add_row("Opened", f"{incident.opened_at:%Y-%m-%d %H:%M:%S} UTC, {how}")
    major = ", major downtime" if incident.major else ""
    table.add_row("Priority", f"{priority_name(incident.priority)}, {type_name(incident.request_type)}{major}")
    if incident.respond_by:
        table.add_row("Respond by", f"{incident.respond_by:%Y-%m-%d %H:%M:%S} UTC, {clock_line(incident, now)}")
    if incident.resolve_by:
        table.add_row("Resolve by", f"{incident.resolve_by:%Y-%m-%d %H:%M:%S} UTC, {resolution_line(incident, now)}")
    if incident.waiting_since:
        table.add_row("Waiting for", f"the customer, since {incident.waiting_since:%Y-%m-%d %H:%M} UTC")
    table.add_row("Who has it", Text(incident.acknowledged_by or "nobody"))
    if incident.progress:
        table.add_row("Acknowledged", f"{incident.progress}: {', '.join(incident.acknowledgements)}")
    if incident.snoozed_until:
        table.add_row("Quiet until", f"{incident.snoozed_until:%Y-%m-%d %H:%M} UTC")
    if incident.summary:
        table.add_row("Summary", Text(incident.summary))
    return rendered(table)


def timeline_table(timeline: Sequence[TimelineEntry]) -> str:
    """What happened, oldest first."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("UTC", no_wrap=True)
    table.add_column("What happened")
    for entry in timeline:
        table.add_row(f"{entry.at:%m-%d %H:%M:%S}", Text(entry.text))
    return "\n" + rendered(table)


def _state(incident: Incident, now: datetime) -> Text:
    late = ", promise missed" if incident.breached(now) else ""
    return Text(incident.state.value + late, style=_STYLES[incident.state])


def rendered(what: RenderableType) -> str:
    """As text: as wide as the terminal is; a pipe gets plain text that is not cut."""
    console = Console()
    if console.is_terminal:
        with console.capture() as capture:
            console.print(what)
        return capture.get()
    plain = Console(file=StringIO(), width=200, force_terminal=False, color_system=None)
    with plain.capture() as capture:
        plain.print(what)
    return capture.get()
