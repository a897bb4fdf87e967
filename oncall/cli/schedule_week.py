"""A week of a schedule, drawn in the terminal with a colour for each engineer, or with lines where there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from oncall.cli.schedule_rows import DAYS_IN_A_WEEK, Bar, Row, Stretch
from oncall.core.plain_text import one_line

# So that nine and eighteen o'clock fall on the edge of a cell wherever there is room.
_CELLS_A_DAY = (48, 24, 16, 12, 8, 6, 4, 3, 2)
_LONGEST_LABEL = 22
GAP = Style(color="bright_white", bgcolor="red", bold=True)
_INK = "black"


@dataclass(frozen=True, slots=True)
class Pen:
    """How a terminal is drawn on: how wide, with what colour for each engineer, and with which characters."""

    width: int
    papers: Mapping[str, str]
    coloured: bool
    unicode: bool

    @property
    def line(self) -> str:
        """What a bar is made of without colours."""
        return "─" if self.unicode else "-"

    @property
    def edge(self) -> str:
        """How a bar begins without colours."""
        return "├" if self.unicode else "|"

    @property
    def gap(self) -> str:
        """What a coverage gap is made of without colours."""
        return "█" if self.unicode else "#"

    @property
    def idle(self) -> str:
        """Where a rotation has nobody."""
        return "·" if self.unicode else "."

    @property
    def now(self) -> str:
        """Points at the present."""
        return "▼" if self.unicode else "v"


def week(pen: Pen, rows: Sequence[Row], stretch: Stretch, now: datetime) -> Text:
    """The heading with the days, and every row below it."""
    label = min(max(cell_len(one_line(row.label)) for row in rows), _LONGEST_LABEL, pen.width // 3)
    a_day = next((n for n in _CELLS_A_DAY if DAYS_IN_A_WEEK * n + label + 2 <= pen.width), _CELLS_A_DAY[-1])
    cells = stretch.cells(a_day)
    drawn = Text(no_wrap=True)
    drawn.append(_heading(pen, stretch, label, a_day, now))
    for row in rows:
        drawn.append("\n")
        drawn.append(set_cell_size(one_line(row.label), label) + "  ", "bold" if row.is_result else "dim")
        drawn.append(_row(pen, row, cells))
    return drawn


def _heading(pen: Pen, stretch: Stretch, label: int, a_day: int, now: datetime) -> Text:
    heading = Text()
    position = stretch.position(now)
    if 0 <= position < stretch.days:
        column = label + 2 + int(position * a_day)
        pointer = f"{pen.now} now" if column + len("v now") <= pen.width else f"{pen.now}"
        heading.append(" " * column + pointer + "\n", "bold cyan")
    month = f"{stretch.first:%b %Y}" if label >= len("Nov 2026") else f"{stretch.first:%b}"
    heading.append(set_cell_size(month, label) + "  ", "bold")
    for day in stretch.dates():
        named = f"{day:%a} {day.day}" if a_day > len("Mon 23") else f"{day:%a}"[: max(a_day - 3, 0)] + f"{day.day:2}"
        style = "bold" if day.weekday() < DAYS_IN_A_WEEK - 2 else "bold blue"
        heading.append(set_cell_size(named, a_day), style)
    return heading


def _row(pen: Pen, row: Row, cells: Sequence[tuple[datetime, datetime]]) -> Text:
    drawn = Text()
    for bar, first, last in _runs([_bar_of(row, *cell) for cell in cells]):
        width = last - first
        begins = bar is not None and bar.starts_at >= cells[first][0]
        if bar is None:
            drawn.append(pen.idle * width, "dim")
        elif bar.engineer is None:
            drawn.append(_gap(pen, width), GAP if pen.coloured else "")
        else:
            style = Style(color=_INK, bgcolor=pen.papers[bar.engineer], dim=False) if pen.coloured else Style()
            drawn.append(_bar(pen, bar.engineer, width, begins=begins), style + Style(bold=row.is_result))
    return drawn


def _bar(pen: Pen, engineer: str, width: int, *, begins: bool) -> str:
    if pen.coloured:
        return set_cell_size(f" {engineer}" if width > cell_len(engineer) else engineer, width)
    edge = pen.edge if begins else pen.line
    named = set_cell_size(engineer, min(cell_len(engineer), width - 1))
    return edge + named + pen.line * (width - 1 - cell_len(named))


def _gap(pen: Pen, width: int) -> str:
    fill = " " if pen.coloured else pen.gap
    word = "NOBODY" if width >= len("NOBODY") else "!" * width
    return word.center(width, fill)


def _bar_of(row: Row, starts_at: datetime, ends_at: datetime) -> Bar | None:
    """Whoever has most of the cell; where nobody is on call for a moment of it, the gap."""
    there = [bar for bar in row.bars if bar.starts_at < ends_at and bar.ends_at > starts_at]
    if starts_at >= ends_at:
        there = [bar for bar in row.bars if bar.starts_at <= starts_at < bar.ends_at]
    gap = next((bar for bar in there if bar.engineer is None), None)
    return gap or max(there, key=lambda bar: min(bar.ends_at, ends_at) - max(bar.starts_at, starts_at), default=None)


def _runs(bars: Sequence[Bar | None]) -> list[tuple[Bar | None, int, int]]:
    """Neighbouring cells of the same bar together: the bar, its first cell, and the one after its last."""
    runs: list[tuple[Bar | None, int, int]] = []
    for index, bar in enumerate(bars):
        if runs and runs[-1][0] == bar:
            runs[-1] = (bar, runs[-1][1], index + 1)
        else:
            runs.append((bar, index, index + 1))
    return runs
