"""A document before it is written: blocks of plain words, figures and plots, the same for HTML, Markdown and PDF.

All texts are plain: each writer escapes for its own kind of file. Only `Written` is Markdown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Tone(StrEnum):
    """What a figure means for its reader; said in words, too, and never by colour alone."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows; level 2 is a section, 3 a part of one."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain words."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Written:
    """Markdown that somebody wrote. ``headings_from`` is the level of its first kind of heading."""

    markdown: str
    headings_from: int = 3


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure that is seen from afar; ``note`` says what it is measured against, or "" for nothing."""

    label: str
    value: str
    note: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. ``link`` is an address of ours or http(s), "" for none; ``note`` stands small below."""

    text: str
    tone: Tone = Tone.PLAIN
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """``right``: figures, which stand under each other. ``wide``: takes what the others leave."""

    title: str
    right: bool = False
    wide: bool = False


Row: TypeAlias = Sequence[Cell | str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. ``empty`` is said instead of a table that has no row. ``narrow_as_cards``: where there is no
    room for the columns, each row is a card."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    empty: str = ""
    narrow_as_cards: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of numbers: ``svg`` as `plots` draws it, ``table`` the numbers themselves for whoever sees none."""

    title: str
    svg: str
    table: Table


@dataclass(frozen=True, slots=True)
class Plots:
    """Plots, two in a row where there is room."""

    plots: tuple[Plot, ...]


Block: TypeAlias = Heading | Paragraph | Written | Tiles | Table | Plots


@dataclass(frozen=True, slots=True)
class Document:
    """Title, what is said under it, blocks in order, and the line at the foot of every page."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    author: str = ""
    footer: str = ""


def cell(value: Cell | str) -> Cell:
    """A cell, also of what is only a text."""
    return value if isinstance(value, Cell) else Cell(value)


def table(columns: Iterable[Column | str], rows: Sequence[Row], *, empty: str = "", cards: bool = False) -> Table:
    """A table; a column that is only a title holds words."""
    named = tuple(each if isinstance(each, Column) else Column(each) for each in columns)
    return Table(named, rows, empty, cards)
