"""Typst markup to PDF. The fonts are ours, and the machine's own where ours have not the letter."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import typst

from oncall.documents.typst_text import code
from oncall.errors import DocumentError

FONTS = Path(__file__).parent / "fonts"
FONT = "Open Sans"

_LOOK = """
#set document(title: our-title, author: our-author)
#set page(paper: "a4", margin: (x: 18mm, top: 18mm, bottom: 20mm),
  footer: context [#set text(size: 8pt, fill: rgb("#625f5a")); #our-footer #h(1fr)
    #counter(page).display("1 / 1", both: true)])
#set text(font: "Open Sans", size: 9.5pt, fill: rgb("#1c1b1a"), lang: "en")
#set par(leading: 0.62em, spacing: 1.15em)
#show heading.where(level: 1): set text(size: 20pt, weight: 700)
#show heading.where(level: 2): set text(size: 13pt, weight: 600)
#show heading.where(level: 3): set text(size: 10.5pt, weight: 600)
#show heading: set block(above: 1.5em, below: 0.7em, sticky: true)
#show link: set text(fill: rgb("#1a4f8b"))
#show raw: set text(font: "DejaVu Sans Mono", size: 8.5pt)
#show raw.where(block: true): block.with(fill: rgb("#f6f5f2"), inset: 8pt, radius: 3pt, width: 100%)
#show quote.where(block: true): set block(stroke: (left: 2pt + rgb("#e1ded7")))
#set table(stroke: (x, y) => (bottom: 0.5pt + rgb("#e1ded7")), inset: (x: 5pt, y: 4.5pt))
#show table: set text(size: 8.5pt)
#show table: set par(justify: false)
"""


def to_pdf(markup: str, *, title: str, author: str = "", footer: str = "", at: datetime | None = None) -> bytes:
    """The document that this markup (of `markdown.to_typst` and its like) is, on A4, each page with footer and number.

    ``at`` is the date of its making, in the file only. Raises DocumentError where typst refuses it.
    """
    return _set(_source(markup, title, author, footer), at=at)[0]


def to_pictures(markup: str, *, title: str, author: str = "", footer: str = "", dots_per_inch: int = 96) -> list[bytes]:
    """The same document as PNG, one a page: to look at. Raises DocumentError."""
    return _set(_source(markup, title, author, footer), dots_per_inch=dots_per_inch)


def _source(markup: str, title: str, author: str, footer: str) -> bytes:
    named = {"our-title": title, "our-author": author, "our-footer": footer}
    values = "".join(f"#let {name} = {code(value)}\n" for name, value in named.items())
    return f"{values}{_LOOK}{markup}".encode()


def _set(source: bytes, *, at: datetime | None = None, dots_per_inch: int = 0) -> list[bytes]:
    try:
        # Nothing but fonts is there to be read, and no package.
        compiler = typst.Compiler(source, root=FONTS, font_paths=_fonts(), package_path=FONTS, package_cache_path=FONTS)
        made = compiler.compile(
            format="png" if dots_per_inch else "pdf",
            ppi=float(dots_per_inch) if dots_per_inch else None,
            timestamp=None if at is None else int(at.timestamp()),
        )
    except typst.TypstError as error:
        raise DocumentError(
            f"the document cannot be set: {error}; report this as a defect, with the document"
        ) from error
    pages: Sequence[bytes] = [made] if isinstance(made, bytes) else made or []
    return list(pages)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(font_paths=[FONTS])
