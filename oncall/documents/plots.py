"""Plots in SVG, 360 units wide: on a telephone a unit is a pixel, so that all is read without a glass.

Every plot has its numbers at its bars and as few lines as it can do with; none needs a legend that is not beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oncall.core.plain_text import clip
from oncall.documents.drawing import Drawing, ticks

WIDTH = 360
_LEFT, _RIGHT = 34, 6
_BAR_ROW = 24
_NAME_WIDTH = 112
_MOST_BARS = 14
_LETTER = 6.6  # units, of an average letter of our size
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar: how many kept the promise, missed it, or are neither; ``note`` stands above it."""

    label: str
    kept: int
    missed: int
    neither: int = 0
    note: str = ""

    @property
    def whole(self) -> int:
        """How many in all."""
        return self.kept + self.missed + self.neither


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the bars: ``at`` 0 is the left end of the first bar, 1 its right end, and so on."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a list of bars."""

    label: str
    value: int
    note: str = ""


def distribution(stacks: Sequence[Stack], marks: Sequence[Mark], *, unit: str, said: str) -> str:
    """Bars that touch: a stack's label is the upper end of its span, and stands there. ``unit`` is said below."""
    height, top, bottom = 226, 44, 182
    drawing = Drawing(WIDTH, height, said)
    scale = _scaled(drawing, stacks, top, bottom)
    each = (WIDTH - _LEFT - _RIGHT) / max(len(stacks), 1)
    for place, stack in enumerate(stacks):
        x = _LEFT + place * each
        _stack(drawing, stack, x + 0.75, each - 1.5, bottom, scale)
        if stack.label:
            drawing.text(x + each, bottom + 14, stack.label, anchor="middle", size=9.5)
    for row, mark in enumerate(marks):
        x = _LEFT + mark.at * each
        y = 24 + row * 12
        drawing.line(x, y - 8, x, bottom, "mark", dashed=True)
        fits = x + 4 + len(mark.label) * _LETTER < WIDTH
        drawing.text(x + 4 if fits else x - 4, y, mark.label, "ink", anchor="start" if fits else "end")
    _key(drawing, stacks)
    drawing.line(_LEFT, bottom, WIDTH - _RIGHT, bottom, "axis")
    drawing.text(_LEFT + (WIDTH - _LEFT - _RIGHT) / 2, bottom + 34, unit, anchor="middle")
    return drawing.svg()


def months(stacks: Sequence[Stack], *, said: str) -> str:
    """A bar a month, its note (such as "96%") above it."""
    height, top, bottom = 210, 40, 182
    drawing = Drawing(WIDTH, height, said)
    scale = _scaled(drawing, stacks, top, bottom)
    each = (WIDTH - _LEFT - _RIGHT) / max(len(stacks), 1)
    every = -(-len(stacks) // 13)
    for place, stack in enumerate(stacks):
        x, width = _LEFT + place * each, min(each * 0.72, 46)
        left = x + (each - width) / 2
        _stack(drawing, stack, left, width, bottom, scale)
        if place % every == 0:
            drawing.text(x + each / 2, bottom + 14, stack.label, anchor="middle", size=10 if every == 1 else 9)
            if stack.note:
                over = bottom - stack.whole * scale - 4
                drawing.text(x + each / 2, over, stack.note, "ink", anchor="middle", size=9.5)
    drawing.line(_LEFT, bottom, WIDTH - _RIGHT, bottom, "axis")
    _key(drawing, stacks)
    return drawing.svg()


def hours_of_the_week(counts: Sequence[Sequence[int]], *, said: str) -> str:
    """Seven rows (Monday first) of 24: the darker, the more. The fullest hour says how many."""
    cell_height, top = 18, 6
    each = (WIDTH - _LEFT - _RIGHT) / 24
    bottom = top + 7 * cell_height
    drawing = Drawing(WIDTH, bottom + 48, said)
    most = max((count for day in counts for count in day), default=0)
    for row, day in enumerate(counts):
        drawing.text(_LEFT - 6, top + row * cell_height + 13, _DAYS[row], anchor="end")
        for hour, count in enumerate(day):
            place = (_LEFT + hour * each + 0.5, top + row * cell_height + 0.5, each - 1, cell_height - 1)
            says = f"{_DAYS[row]} {hour:02}:00–{(hour + 1) % 24:02}:00: {count}"
            if count:
                drawing.box(*place, "cell", strength=0.15 + 0.85 * count / most, says=says)
            else:
                drawing.box(*place, "empty", says=says)
            if count == most and count and count < 1000:
                # Its own colour's opposite, so that it is read on the darkest there is.
                drawing.text(
                    place[0] + place[2] / 2, place[1] + 12, f"{count}", "inverse", anchor="middle", size=9, bold=True
                )
    for hour in range(0, 25, 6):
        anchor = "end" if hour == 24 else "start" if hour == 0 else "middle"
        drawing.text(_LEFT + hour * each, bottom + 14, f"{hour:02}:00", anchor=anchor)
    _shades(drawing, bottom + 28, most)
    return drawing.svg()


def bars(lines: Sequence[Bar], *, said: str, look: str = "blue") -> str:
    """A list of bars, each with its name before it and its number behind; those beyond fourteen are added up."""
    shown = list(lines[:_MOST_BARS])
    rest = lines[_MOST_BARS:]
    if rest:
        shown.append(Bar(f"{len(rest)} others", sum(line.value for line in rest)))
    drawing = Drawing(WIDTH, max(len(shown), 1) * _BAR_ROW + 8, said)
    most = max((line.value for line in shown), default=0)
    behind = [f"{line.value:,}{f' {line.note}' if line.note else ''}" for line in shown]
    room = WIDTH - _NAME_WIDTH - 10 - max(map(len, behind), default=0) * _LETTER
    for row, (line, after) in enumerate(zip(shown, behind, strict=True)):
        y = row * _BAR_ROW + 4
        drawing.text(_NAME_WIDTH - 8, y + 14, clip(line.label, 18), "ink", anchor="end", size=11)
        width = room * line.value / most if most else 0
        drawing.box(_NAME_WIDTH, y + 2, max(width, 1), _BAR_ROW - 8, look)
        drawing.text(_NAME_WIDTH + width + 6, y + 14, after, "soft", size=11)
    if not shown:
        drawing.text(WIDTH / 2, 18, "nobody", anchor="middle")
    return drawing.svg()


def _scaled(drawing: Drawing, stacks: Sequence[Stack], top: float, bottom: float) -> float:
    """Units a count; the lines that one reads it by are drawn."""
    marks = ticks(max((stack.whole for stack in stacks), default=0))
    scale = (bottom - top) / marks[-1]
    for mark in marks:
        y = bottom - mark * scale
        if mark:
            drawing.line(_LEFT, y, WIDTH - _RIGHT, y)
        drawing.text(_LEFT - 5, y + 3.5, f"{mark:,}" if mark < 10_000 else f"{mark // 1000}k", anchor="end", size=9.5)
    return scale


def _stack(drawing: Drawing, stack: Stack, x: float, width: float, bottom: float, scale: float) -> None:
    y = bottom
    for count, look, word in (
        (stack.kept, "good", "kept"),
        (stack.neither, "pale", "no promise, or open"),
        (stack.missed, "bad", "missed"),
    ):
        if count:
            y -= count * scale
            drawing.box(x, y, width, count * scale, look, says=f"{word}: {count}")


def _key(drawing: Drawing, stacks: Sequence[Stack]) -> None:
    """What the colours mean, of those that there are."""
    meant = (
        ("good", "kept", any(stack.kept for stack in stacks)),
        ("bad", "missed", any(stack.missed for stack in stacks)),
        ("pale", "no promise, or still open", any(stack.neither for stack in stacks)),
    )
    x: float = _LEFT
    for look, word, is_there in meant:
        if is_there:
            drawing.box(x, 1, 9, 9, look)
            drawing.text(x + 13, 9.5, word, "ink", size=10)
            x += 13 + len(word) * 5.4 + 16


def _shades(drawing: Drawing, y: float, most: int) -> None:
    """From the emptiest to the fullest hour."""
    if not most:
        return
    drawing.text(_LEFT, y + 9, "1" if most > 1 else "", anchor="start", size=9.5)
    steps = min(most, 5)
    for step in range(steps):
        share = (step + 1) / steps
        drawing.box(_LEFT + 12 + step * 16, y, 15, 11, "cell", strength=0.15 + 0.85 * share)
    drawing.text(_LEFT + 16 + steps * 16, y + 9, f"{most:,} an hour of the week", anchor="start", size=9.5)
