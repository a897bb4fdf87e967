"""A stretch of days as a picture: where every day, row and bar stands, in the units of an SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.cli.schedule_rows import Bar, Row, Stretch
from oncall.core.plain_text import one_line
from oncall.core.schedule_diff import name_of, span_text

_HEADING = 28.0
_LANE = 26.0
_RESULT_LANE = 34.0
_SPACE = 6.0
_LABEL_ABOVE = 16.0
# How wide a letter is on average, and a little more.
_LETTER = 6.9
_BOLD_LETTER = 7.5
_THINNEST = 1.0
_THINNEST_GAP = 4.0  # a gap of a minute must be seen


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide the whole is; ``label`` is the room for rows' names on the left, 0 to have them above the bars."""

    width: float
    label: float
    days: int


WIDE = Layout(width=1120, label=120, days=7)
NARROW = Layout(width=360, label=0, days=4)


@dataclass(frozen=True, slots=True)
class Box:
    """A bar; ``text`` is "" where none fits into it, ``told`` is the whole of it in words. ``fill`` "" is a gap."""

    x: float
    width: float
    fill: str
    text: str
    told: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A row; ``y`` is the upper edge of its bars."""

    label: str
    y: float
    height: float
    is_result: bool
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day's column and its name."""

    x: float
    width: float
    name: str
    is_weekend: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Some days of a schedule. ``now_x`` is None where the present is not among them."""

    layout: Layout
    height: float
    days: tuple[Day, ...]
    lanes: tuple[Lane, ...]
    now_x: float | None


def picture(
    layout: Layout,
    rows: Sequence[Row],
    stretch: Stretch,
    papers: Mapping[str, str],
    names: Mapping[str, str],
    now: datetime,
) -> Picture:
    """The rows below each other, above them the days."""
    a_day = (layout.width - layout.label) / layout.days
    days = tuple(
        Day(layout.label + number * a_day, a_day, f"{day:%a} {day.day} {day:%b}", day.weekday() >= 5)
        for number, day in enumerate(stretch.dates())
    )
    lanes, y = [], _HEADING
    for row in rows:
        y += 0 if layout.label else _LABEL_ABOVE
        height = _RESULT_LANE if row.is_result else _LANE
        found = (_box(layout, a_day, bar, stretch, papers, names, is_bold=row.is_result) for bar in row.bars)
        # Gaps last, so that nothing lies over a short one.
        boxes = tuple(sorted((box for box in found if box is not None), key=lambda box: not box.fill))
        lanes.append(Lane(one_line(row.label), y, height, row.is_result, boxes))
        y += height + _SPACE
    position = stretch.position(now)
    now_x = layout.label + position * a_day if 0 <= position < stretch.days else None
    return Picture(layout, y, days, tuple(lanes), now_x)


def _box(
    layout: Layout,
    a_day: float,
    bar: Bar,
    stretch: Stretch,
    papers: Mapping[str, str],
    names: Mapping[str, str],
    *,
    is_bold: bool,
) -> Box | None:
    """None where the bar lies outside."""
    if bar.ends_at <= stretch.starts_at or bar.starts_at >= stretch.ends_at:
        return None
    first = max(stretch.position(bar.starts_at), 0.0)
    last = min(stretch.position(bar.ends_at), float(stretch.days))
    is_gap = bar.engineer is None
    width = max((last - first) * a_day - 1, _THINNEST_GAP if is_gap else _THINNEST)
    name = "nobody" if bar.engineer is None else name_of(bar.engineer, names)
    texts = ("NOBODY",) if bar.engineer is None else (name, name.split()[0], bar.engineer, _initials(name))
    return Box(
        x=layout.label + first * a_day,
        width=width,
        fill="" if bar.engineer is None else papers[bar.engineer],
        text=_fitting(texts, width, _BOLD_LETTER if is_bold else _LETTER),
        told=f"{name}, {span_text(stretch.timezone, bar.starts_at, bar.ends_at)}",
    )


def _fitting(texts: Sequence[str], width: float, letter: float) -> str:
    """The first that fits; "" where none does."""
    return next((text for text in texts if len(text) * letter + 4 <= width), "")


def _initials(name: str) -> str:
    return "".join(part[0] for part in name.split())
