"""A document as HTML: a fragment for a page of ours, or a page of its own that needs no other file."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from oncall.core.plain_text import clean
from oncall.documents import markdown
from oncall.documents.composition import (
    Block,
    Cell,
    Column,
    Document,
    Heading,
    Paragraph,
    Plots,
    Row,
    Table,
    Tiles,
    Tone,
    Written,
    cell,
)

STYLE = Path(__file__).with_name("report.css")


def to_html(document: Document) -> str:
    """The document as a fragment; it looks right with the style sheet ``STYLE``."""
    return "".join(_pieces(document))


def to_page(document: Document) -> str:
    """The document as a page of its own, with its style in it, to be sent and kept as one file."""
    style = STYLE.read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(document.title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f'<body class="report-alone">\n{to_html(document)}</body>\n</html>\n'
    )


def _pieces(document: Document) -> Iterator[str]:
    yield f'<article class="report">\n<header><h1>{_text(document.title)}</h1>\n'
    yield f'<p class="under">{_text(document.subtitle)}</p></header>\n'
    for block in document.blocks:
        yield _block(block)
    if document.footer:
        yield f'<p class="foot">{_text(document.footer)}</p>\n'
    yield "</article>\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            level = min(max(block.level, 2), 6)
            return f"<h{level}>{_text(block.text)}</h{level}>\n"
        case Paragraph():
            return f"<p{_tone(block.tone)}>{_text(block.text)}</p>\n"
        case Written():
            return f'<div class="written">{markdown.to_html(block.markdown, headings_from=block.headings_from)}</div>\n'
        case Tiles():
            return _tiles(block)
        case Table():
            return _table(block)
        case Plots():
            shown = (
                f'<figure class="plot"><figcaption>{_text(plot.title)}</figcaption>\n{plot.svg}\n'
                f"<details><summary>The numbers</summary>{_table(plot.table)}</details></figure>\n"
                for plot in block.plots
            )
            return f'<div class="plots">\n{"".join(shown)}</div>\n'


def _tiles(block: Tiles) -> str:
    shown = (
        f"<div{_tone(tile.tone)}><dt>{_text(tile.label)}</dt><dd><b>{_text(tile.value)}</b>"
        f"{f'<span>{_text(tile.note)}</span>' if tile.note else ''}</dd></div>\n"
        for tile in block.tiles
    )
    return f'<dl class="tiles">\n{"".join(shown)}</dl>\n'


def _table(block: Table) -> str:
    if not block.rows and block.empty:
        return f'<p class="soft">{_text(block.empty)}</p>\n'
    heads = "".join(f"<th{_right(column.right)}>{_text(column.title)}</th>" for column in block.columns)
    rows = "".join(_row(block, row) for row in block.rows)
    looks = ("cards" if block.narrow_as_cards else "", "one-wide" if _has_wide(block) else "")
    named = " ".join(filter(None, looks))
    cards = f' class="{named}"' if named else ""
    return (
        f'<div class="wide"><table{cards}>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n'
    )


def _has_wide(block: Table) -> bool:
    return any(column.wide for column in block.columns)


def _row(block: Table, row: Row) -> str:
    cells = (
        f"<td{_place(column)}{_label(block, column.title)}><div>{_cell(cell(value))}</div></td>"
        for column, value in zip(block.columns, row, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>\n"


def _label(block: Table, title: str) -> str:
    return f' data-label="{_text(title)}"' if block.narrow_as_cards else ""


def _cell(value: Cell) -> str:
    shown = _text(value.text)
    if value.tone is not Tone.PLAIN:
        shown = f"<span{_tone(value.tone)}>{shown}</span>"
    own = value.link if value.link.startswith("/") and not value.link.startswith(("//", "/\\")) else ""
    address = own or markdown.safe_link(value.link)
    note = f'<span class="note">{_text(value.note)}</span>' if value.note else ""
    return (f'<a href="{escape(address)}">{shown}</a>' if address else shown) + note


def _right(is_right: bool) -> str:
    return ' class="right"' if is_right else ""


def _place(column: Column) -> str:
    if column.wide:
        return ' class="takes"'
    return _right(column.right)


def _tone(tone: Tone) -> str:
    return "" if tone is Tone.PLAIN else f' class="{tone.value}"'


def _text(text: str) -> str:
    return escape(clean(text))
