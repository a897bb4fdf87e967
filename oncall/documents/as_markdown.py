"""A document as Markdown, for whoever keeps reports beside their code. Plots are their numbers."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from oncall.core.plain_text import one_line
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
    Written,
    cell,
)
from oncall.documents.markdown import safe_link

# Whatever could begin something other than words; GitHub turns @names into messages to people.
_SPECIAL = re.compile(
    r"([\\`*_\[\]<>#|~&@$]|:(?=[a-z/])|(?<=www)\.|^[-+=](?=\s|[-+=]|$)|(?<=^\d)[.)]|(?<=^\d\d)[.)])", re.IGNORECASE
)


def to_markdown(document: Document) -> str:
    """The whole document."""
    return "".join(pieces(document))


def pieces(document: Document) -> Iterator[str]:
    """The document, piece by piece."""
    yield f"# {text(document.title)}\n\n{text(document.subtitle)}\n\n"
    for block in document.blocks:
        yield from _block(block)
    if document.footer:
        yield f"---\n\n{text(document.footer)}\n"


def table_pieces(columns: Iterable[Column], rows: Iterable[Row]) -> Iterator[str]:
    """A table, line by line, of rows that need not be held at once; nothing where there is no row."""
    named = tuple(columns)
    for count, row in enumerate(rows):
        if not count:
            yield f"| {' | '.join(text(column.title) or ' ' for column in named)} |\n"
            yield f"|{'|'.join(' ---: ' if column.right else ' --- ' for column in named)}|\n"
        yield f"| {' | '.join(_cell(cell(value)) for value in row)} |\n"
    yield "\n"


@lru_cache(maxsize=4096)
def text(words: str) -> str:
    """Words that are nothing but words, on one line."""
    return _SPECIAL.sub(r"\\\1", one_line(words))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * min(max(block.level, 2), 6)} {text(block.text)}\n\n"
        case Paragraph():
            yield f"{text(block.text)}\n\n"
        case Written():
            yield f"{block.markdown.strip()}\n\n"
        case Tiles():
            for tile in block.tiles:
                note = f" ({text(tile.note)})" if tile.note else ""
                yield f"- {text(tile.label)}: **{text(tile.value)}**{note}\n"
            yield "\n"
        case Table():
            yield from _table(block)
        case Plots():
            for plot in block.plots:
                yield f"**{text(plot.title)}**\n\n"
                yield from _table(plot.table)


def _table(block: Table) -> Iterator[str]:
    if not block.rows and block.empty:
        yield f"{text(block.empty)}\n\n"
        return
    yield from table_pieces(block.columns, block.rows)


def _cell(value: Cell) -> str:
    address = safe_link(value.link)
    shown = text(value.text) or " "
    if address and "<" not in address and ">" not in address:
        shown = f"[{shown}](<{address}>)"
    return f"{shown} ({text(value.note)})" if value.note else shown
