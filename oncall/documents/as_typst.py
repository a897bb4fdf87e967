"""A document as typst markup, for `pdf`."""

import re
from collections.abc import Iterator
from datetime import datetime

from oncall.documents import markdown, pdf
from oncall.documents.composition import (
    Block,
    Cell,
    Document,
    Heading,
    Paragraph,
    Plots,
    Table,
    Tiles,
    Tone,
    Written,
    cell,
)
from oncall.documents.typst_text import code, words

_MOST_ROWS_TOGETHER = 12  # a table of so many stays on one page
_BEFORE_A_UNIT = re.compile(r"(?<=\d) (?=(?:s|min|h|d)\b)")
_COLOURS = {Tone.PLAIN: "#1c1b1a", Tone.GOOD: "#1b6e3c", Tone.BAD: "#b3261e", Tone.SOFT: "#625f5a"}


def to_pdf(document: Document, *, at: datetime | None = None) -> bytes:
    """The document on A4. ``at`` is the date of its making. Raises DocumentError."""
    return pdf.to_pdf(to_typst(document), title=document.title, author=document.author, footer=document.footer, at=at)


def to_typst(document: Document) -> str:
    """The document as markup."""
    return "".join(_pieces(document))


def _pieces(document: Document) -> Iterator[str]:
    yield f"#heading(level: 1)[{words(document.title)}];\n\n{_coloured(document.subtitle, Tone.SOFT)}\n\n"
    for block in document.blocks:
        yield _block(block)
        yield "\n\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"#heading(level: {min(max(block.level, 2), 6)})[{words(block.text)}];"
        case Paragraph():
            return _coloured(block.text, block.tone)
        case Written():
            return markdown.to_typst(block.markdown, headings_from=block.headings_from)
        case Tiles():
            return _tiles(block)
        case Table():
            return _table(block)
        case Plots():
            shown = "".join(
                f"[#text(weight: 600)[{words(plot.title)}]#v(4pt)"
                f'#image(bytes({code(plot.svg)}), format: "svg", width: 100%, alt: {code(plot.title)});],'
                for plot in block.plots
            )
            return f"#block(above: 1.6em)[#grid(columns: (1fr, 1fr), column-gutter: 8mm, row-gutter: 6mm, {shown})];"


def _tiles(block: Tiles) -> str:
    shown = "".join(
        f'[#text(size: 8pt, fill: rgb("#625f5a"))[{words(tile.label)}]#linebreak();'
        f'#text(size: 15pt, weight: 600, fill: rgb("{_COLOURS[tile.tone]}"))[{words(tile.value)}]#linebreak();'
        f'#text(size: 8pt, fill: rgb("#625f5a"))[{words(tile.note or " ")}]],'
        for tile in block.tiles
    )
    columns = min(max(len(block.tiles), 1), 4)
    return f'#grid(columns: (1fr,) * {columns}, gutter: 4mm, inset: 3mm, fill: rgb("#f6f5f2"), {shown});'


def _table(block: Table) -> str:
    if not block.rows and block.empty:
        return _coloured(block.empty, Tone.SOFT)
    columns = ", ".join("1fr" if column.wide else "auto" for column in block.columns)
    aligns = ", ".join("right" if column.right else "left" for column in block.columns)
    heads = "".join(f"[#text(weight: 600)[{words(column.title)}]]," for column in block.columns)
    cells = "".join(f"[{_cell(cell(value))}]," for row in block.rows for value in row)
    made = f"#table(columns: ({columns},), align: ({aligns},), table.header({heads}), {cells});"
    return made if len(block.rows) > _MOST_ROWS_TOGETHER else f"#block(breakable: false)[{made}];"


def _cell(value: Cell) -> str:
    shown = _coloured(value.text, value.tone)
    address = markdown.safe_link(value.link)
    if address:
        shown = f"#link({code(address)})[{shown}];"
    if value.note:
        shown += f'#linebreak();#text(size: 7.5pt, fill: rgb("#625f5a"))[{words(value.note)}];'
    return shown


def _coloured(text: str, tone: Tone) -> str:
    text = _BEFORE_A_UNIT.sub("\N{NO-BREAK SPACE}", text)
    if tone is Tone.PLAIN:
        return words(text)
    return f'#text(fill: rgb("{_COLOURS[tone]}"))[{words(text)}];'
