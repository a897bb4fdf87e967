"""The coming weeks of a schedule in the terminal: the drawing, whose colour is whose, and every handoff."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from oncall.cli.schedule_colours import papers_of
from oncall.cli.schedule_rows import DAYS_IN_A_WEEK, Row, engineers_of, rows_of, stretches
from oncall.cli.schedule_week import GAP, Pen, week
from oncall.core.plain_text import one_line
from oncall.core.schedule import Schedule, Shift, shifts
from oncall.core.schedule_diff import hours_text, name_of, span_text
from oncall.core.shares import shares

_PLAIN_WIDTH = 132


def terminal() -> Console:
    """Where people look; a pipe gets plain text of a fixed width."""
    console = Console(highlight=False)
    if console.is_terminal:
        return console
    return Console(file=StringIO(), width=_PLAIN_WIDTH, force_terminal=False, color_system=None, highlight=False)


def drawing(
    console: Console, schedule: Schedule, names: Mapping[str, str], since: datetime, until: datetime, now: datetime
) -> str:
    """Everything about one schedule between the two instants, ready to be printed on that console."""
    weeks = stretches(schedule.timezone, since, until, DAYS_IN_A_WEEK)
    rows = rows_of(schedule, weeks[0].starts_at, weeks[-1].ends_at)
    papers = papers_of([*names, *engineers_of(rows)])
    pen = Pen(
        width=console.width,
        papers=papers,
        coloured=console.color_system is not None and not console.no_color,
        unicode=console.encoding.lower().startswith("utf"),
    )
    found = shifts(schedule, since, until)
    with console.capture() as capture:
        console.print(_title(schedule, found, since, until))
        for stretch in weeks:
            console.print()
            console.print(week(pen, rows, stretch, now), crop=False, overflow="ignore")
        console.print()
        console.print(_legend(pen, schedule, rows, names, found))
        console.print()
        console.print(_handoffs(schedule, names, found))
    return "\n".join(line.rstrip() for line in capture.get().split("\n"))


def _title(schedule: Schedule, found: Sequence[Shift], since: datetime, until: datetime) -> Text:
    title = Text(one_line(schedule.key), "bold")
    title.append(f"  {span_text(schedule.timezone, since, until)}, times in {schedule.timezone}", "not bold")
    gaps = [shift for shift in found if shift.engineer is None]
    if gaps:
        many = "1 coverage gap" if len(gaps) == 1 else f"{len(gaps)} coverage gaps"
        title.append("\n")
        title.append(f" {many}: nobody is on call for {hours_text(sum_of(gaps))} ", GAP)
    return title


def sum_of(found: Sequence[Shift]) -> timedelta:
    """How long these clipped shifts are together."""
    return sum((shift.ends_at - shift.starts_at for shift in found if shift.starts_at and shift.ends_at), timedelta(0))


def _legend(
    pen: Pen, schedule: Schedule, rows: Sequence[Row], names: Mapping[str, str], found: Sequence[Shift]
) -> Table:
    """Everybody who is drawn, with the hours that they are on call in the end."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "Engineer", "Hours", "Nights", "Weekends", "Shifts"):
        table.add_column(heading, justify="left" if heading in ("", "Engineer") else "right", no_wrap=True)
    total = shares(found, schedule.timezone)
    for key in [*total, *(key for key in engineers_of(rows) if key not in total)]:
        share = total.get(key)
        name = name_of(key, names)
        table.add_row(
            Text(f" {key} ", f"black on {pen.papers[key]}") if pen.coloured else Text(key),
            Text(name),
            *(
                (hours(share.total_for), hours(share.nights_for), hours(share.weekends_for), str(share.shifts))
                if share
                else ("0", "0", "0", "0")
            ),
        )
    return table


def hours(length: timedelta) -> str:
    """In hours, with one decimal where it is no whole number."""
    return f"{round(length / timedelta(hours=1), 1):g}"


def _handoffs(schedule: Schedule, names: Mapping[str, str], found: Sequence[Shift]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("When", no_wrap=True)
    table.add_column("On call", no_wrap=True)
    table.add_column("From")
    for shift in found:
        assert shift.starts_at is not None
        assert shift.ends_at is not None
        is_gap = shift.engineer is None
        table.add_row(
            span_text(schedule.timezone, shift.starts_at, shift.ends_at),
            Text(" NOBODY ", GAP) if shift.engineer is None else Text(name_of(shift.engineer, names)),
            Text("coverage gap" if is_gap else shift.rotation or one_line(shift.why), "bold red" if is_gap else "dim"),
        )
    return table
