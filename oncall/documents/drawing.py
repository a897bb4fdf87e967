"""Drawing in SVG: few shapes, each with a class. Its colour stands there, too, and is what PDF shows; a page's style
sheet overrules it by the class, and so a drawing follows light and dark."""

from collections.abc import Iterator
from html import escape
from itertools import count

from oncall.core.plain_text import clean

_FILLS = {
    "ink": "#1c1b1a", "soft": "#625f5a", "good": "#2f7d4f", "bad": "#b3261e", "pale": "#c9c5bc", "blue": "#1a4f8b",
    "cell": "#1a4f8b", "empty": "#efede8", "inverse": "#ffffff",
}  # fmt: skip
_STROKES = {"grid": "#e1ded7", "axis": "#a8a39b", "mark": "#1c1b1a"}


class Drawing:
    """Shapes on a sheet of so many units, which is as wide as its place."""

    def __init__(self, width: float, height: float, said: str) -> None:
        self._width, self._height, self._said = width, height, said
        self._shapes: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        look: str = "soft",
        *,
        anchor: str = "start",
        size: float = 10.5,
        bold: bool = False,
    ) -> None:
        """Words on the line ``y``; ``anchor`` start, middle or end is what stands at ``x``."""
        weight = ' font-weight="600"' if bold else ""
        self._shapes.append(
            f'<text class="{look}" fill="{_FILLS[look]}" x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"'
            f' text-anchor="{anchor}"{weight}>{escape(clean(words))}</text>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, look: str, *, strength: float = 1.0, says: str = ""
    ) -> None:
        """A filled rectangle; ``says`` is shown where somebody points at it."""
        opacity = "" if strength >= 1 else f' fill-opacity="{strength:.2f}"'
        title = f"<title>{escape(clean(says))}</title>" if says else ""
        self._shapes.append(
            f'<rect class="{look}" fill="{_FILLS[look]}"{opacity} x="{x:.1f}" y="{y:.1f}"'
            f' width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" rx="1.5">{title}</rect>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, look: str = "grid", *, dashed: bool = False) -> None:
        """A line."""
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        self._shapes.append(
            f'<line class="{look}" stroke="{_STROKES[look]}"{dashes} x1="{x1:.1f}" y1="{y1:.1f}"'
            f' x2="{x2:.1f}" y2="{y2:.1f}"/>'
        )

    def svg(self) -> str:
        """The drawing."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width:g} {self._height:g}" role="img"'
            f' aria-label="{escape(clean(self._said))}" font-family="Open Sans, system-ui, sans-serif">'
            f"{''.join(self._shapes)}</svg>"
        )


def ticks(most: int, wanted: int = 4) -> list[int]:
    """Round numbers from 0 to at least ``most``, about so many, whole ones only."""
    most = max(most, 1)
    for step in _steps():
        if step * wanted >= most:
            return list(range(0, -(-most // step) * step + 1, step))
    raise AssertionError("steps never end")


def _steps() -> Iterator[int]:
    for power in count():
        for figure in (1, 2, 5):
            yield figure * 10**power
