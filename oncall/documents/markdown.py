"""Markdown that somebody wrote, as HTML or as typst markup, neither of which can do more than show it.

Raw HTML is shown as the text that it is. A link leads to http, https or mailto, or it is only its words; a picture is a
link to it, since nothing may be fetched by whoever reads. What is longer than ``MOST_CHARACTERS`` is cut, and says so.
"""

from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from oncall.core.plain_text import clean
from oncall.documents.typst_text import code, words

# Parsing takes a second or two for the worst of it.
MOST_CHARACTERS = 100_000
# Deeper than this neither a browser nor a reader follows; typst refuses documents that are nested without end.
MOST_DEEP = 10
_BOXES = ("\N{BALLOT BOX}", "\N{BALLOT BOX WITH CHECK}")
_SCHEMES = frozenset({"http", "https", "mailto"})

_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

_HTML_TAGS = {
    "paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "blockquote": "blockquote",
    "table": "table", "thead": "thead", "tbody": "tbody", "tr": "tr", "th": "th", "td": "td",
    "strong": "strong", "em": "em", "s": "s",
}  # fmt: skip
_TYPST_PAIRS = {
    "paragraph": ("\n\n", "\n\n"), "bullet_list": ("#list(", ");\n\n"), "list_item": ("[", "],"),
    "blockquote": ("#quote(block: true)[", "];\n\n"), "thead": ("table.header(", "),"), "tbody": ("", ""),
    "tr": ("", ""), "th": ("[#strong[", "];],"), "td": ("[", "],"),
    "strong": ("#strong[", "];"), "em": ("#emph[", "];"), "s": ("#strike[", "];"),
}  # fmt: skip


def to_html(text: str, *, headings_from: int = 2) -> str:
    """Safe HTML; "" for nothing. Its first heading level is ``headings_from`` (1–6)."""
    pieces = list(_pieces(text))
    boxes = _lists_of_boxes(token for token, _ in pieces)
    return "".join(_html_piece(token, kind, headings_from, boxes) for token, kind in pieces)


def to_typst(text: str, *, headings_from: int = 2) -> str:
    """Safe typst markup; "" for nothing. All words stand in it as string literals, so none of them is markup."""
    pieces = list(_pieces(text))
    widths, boxes = _widths(token for token, _ in pieces), _lists_of_boxes(token for token, _ in pieces)
    return "".join(_typst_piece(token, kind, headings_from, widths, boxes) for token, kind in pieces)


def safe_link(address: str) -> str:
    """The address where it may be a link: http, https or mailto; "" otherwise."""
    try:
        parts = urlsplit(clean(address).strip())
    except ValueError:
        return ""
    somewhere = parts.netloc if parts.scheme in ("http", "https") else parts.path
    return parts.geturl() if parts.scheme in _SCHEMES and somewhere else ""


def _pieces(text: str) -> Iterator[tuple[Token, str]]:
    """Every token with its kind ("strong", "text"), opened and closed in pairs, those that are nested too deep left
    out."""
    kept = text[:MOST_CHARACTERS]
    if len(text) > MOST_CHARACTERS:
        kept = f"{kept}\n\n(The text goes on for {len(text) - MOST_CHARACTERS:,} characters, which are left out.)"
    opened: list[bool] = []
    for token in _flat(_parser.parse(clean(kept))):
        if token.nesting == 1:
            opened.append(sum(opened) < MOST_DEEP and _is_shown(token))
            shown = opened[-1]
        elif token.nesting == -1:
            shown = opened.pop()
        else:
            shown = True
        if shown:
            yield token, token.type.removesuffix("_open").removesuffix("_close")


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "inline":
            yield from _with_addresses(token.children or ())
        else:
            yield token


def _with_addresses(tokens: Iterable[Token]) -> Iterator[Token]:
    """Links know at their end, too, where they lead; those that lead nowhere safe are their words alone."""
    leading: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            leading.append(safe_link(str(token.attrGet("href") or "")))
            token.attrSet("href", leading[-1])
        elif token.type == "link_close":
            token.attrSet("href", leading.pop())
        yield token


def _is_shown(token: Token) -> bool:
    if token.type == "link_open":
        return bool(token.attrGet("href"))
    return not token.hidden


def _level(token: Token, headings_from: int) -> int:
    return min(int(token.tag.removeprefix("h")) + headings_from - 1, 6)


def _html_piece(token: Token, kind: str, headings_from: int, boxes: frozenset[int]) -> str:
    if token.nesting == 0:
        return _html_leaf(token)
    closes = "/" if token.nesting == -1 else ""
    if kind == "link":
        return "</a>" if closes else f'<a href="{escape(str(token.attrGet("href")))}" rel="nofollow noreferrer">'
    if id(token) in boxes:
        return '<ul class="boxes">'
    if kind == "heading":
        return f"<{closes}h{_level(token, headings_from)}>"
    start = f' start="{int(token.attrGet("start") or 1)}"' if kind == "ordered_list" and not closes else ""
    return f"<{closes}{_HTML_TAGS[kind]}{start}>" + ("\n" if closes and token.block else "")


def _html_leaf(token: Token) -> str:
    match token.type:
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "<br>\n"
        case "hr":
            return "<hr>\n"
        case "code_inline":
            return f"<code>{escape(token.content)}</code>"
        case "fence" | "code_block":
            return f"<pre><code>{escape(token.content)}</code></pre>\n"
        case "image":
            address, said = _picture(token)
            shown = escape(said)
            return f'<a href="{escape(address)}" rel="nofollow noreferrer">{shown}</a>' if address else shown
        case _:
            return escape(token.content)


def _picture(token: Token) -> tuple[str, str]:
    """Where a picture is, "" where that is nowhere safe, and what it is called."""
    address = safe_link(str(token.attrGet("src") or ""))
    return address, token.content.strip() or address or "picture"


def _widths(tokens: Iterable[Token]) -> dict[int, int]:
    """How many columns each table has, by the identity of its opening token."""
    widths: dict[int, int] = {}
    table = 0
    for token in tokens:
        if token.type == "table_open":
            table = id(token)
            widths[table] = 0
        elif token.type == "th_open" and table:
            widths[table] += 1
    return widths


def _lists_of_boxes(tokens: Iterable[Token]) -> frozenset[int]:
    """The lists whose first item begins with a box to tick, which is its bullet, by the identity of their opening
    tokens."""
    found = set()
    begun: Token | None = None
    for token in tokens:
        if token.type == "bullet_list_open":
            begun = token
        elif token.nesting == 0:
            if begun is not None and token.content.startswith(_BOXES):
                found.add(id(begun))
            begun = None
    return frozenset(found)


def _typst_piece(token: Token, kind: str, headings_from: int, widths: dict[int, int], boxes: frozenset[int]) -> str:
    if token.nesting == 0:
        return _typst_leaf(token)
    if id(token) in boxes:
        return "#list(marker: none, "
    opens = token.nesting == 1
    match kind:
        case "link":
            return f"#link({code(str(token.attrGet('href')))})[" if opens else "];"
        case "heading":
            return f"#heading(level: {_level(token, headings_from)})[" if opens else "];\n\n"
        case "ordered_list":
            return f"#enum(start: {int(token.attrGet('start') or 1)}, " if opens else ");\n\n"
        case "table":
            return f"#table(columns: {max(widths.get(id(token), 1), 1)}, " if opens else ");\n\n"
        case _:
            return _TYPST_PAIRS[kind][0 if opens else 1]


def _typst_leaf(token: Token) -> str:
    match token.type:
        case "softbreak":
            return words(" ")
        case "hardbreak":
            return "#linebreak();"
        case "hr":
            return "#line(length: 100%);\n\n"
        case "code_inline":
            return f"#raw({code(token.content)});"
        case "fence" | "code_block":
            return f"#raw(block: true, {code(token.content)});\n\n"
        case "image":
            address, said = _picture(token)
            return f"#link({code(address)})[{words(said)}];" if address else words(said)
        case _:
            return words(token.content)
