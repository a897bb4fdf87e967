"""What a customer wrote is shown, and does nothing: neither in a browser nor in what makes the PDF."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.documents import pdf
from oncall.documents.markdown import MOST_CHARACTERS, safe_link, to_html, to_typst
from oncall.documents.typst_text import code, words

ATTACKS = [
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.2.0": *',
    '#include "/etc/hosts"',
    '#eval("1+1")',
    "#set page(width: 1pt)",
    '#image("/etc/passwd")',
    '"]; #panic("out") [',
    '\\"]; #panic("out") [#"',
    "\\\\\"]; #panic(\"out\")",
    "`\"); #panic(\"out\")`",
    "```\n\"); #panic(\"out\")\n```",
    "$sum_(k=0)^n$ <label> @ref ~ -- --- ... = not a heading",
    "\\u{23}panic(\"out\")",
    "// a comment\n/* another */ text",
    "\x00\x01\x1b[2J\x7f\u202e\u2066 turned \u2069 round",
    "[x](https://a.example/\"];#panic%28%22out%22%29)",
    "![x](data:image/png;base64,AAAA)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) [c](vbscript:x) [d](data:text/html,x) [e](file:///etc)",
    "<javascript:alert(1)> <https://fine.example/>",
    '[a](https://fine.example/ "title\\" onmouseover=alert(1)")',
    "![<script>alert(1)</script>](data:image/png;base64,AAAA)",
    "![\"><script>alert(1)</script>](https://fine.example/x.png)",
    "| a | b |\n|---|---|\n| <b onclick=x> | #panic(\"out\") |\n| `\"]` | ] |",
    "| | |\n|-|-|\n",
    "999999999. many\n1. more",
    "- \n- \n\n> \n>> x",
    "*_" * 3000 + "deep" + "_*" * 3000,
    ">" * 300 + " deep",
    "> - " * 30 + "1. ***[deep](https://fine.example)***",
    "- " * 300 + "deep",
    "[[[[" * 500,
    "مرحبا \u200f بالعالم 漢字 🙂",
]  # fmt: skip


class Tags(HTMLParser):
    """What a browser would find in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def assert_harmless(html: str) -> None:
    tags = Tags(html)
    allowed = {
        "p", "em", "strong", "s", "a", "code", "pre", "ul", "ol", "li", "blockquote", "br", "hr", "table", "thead",
        "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6",
    }  # fmt: skip
    assert {tag for tag, _ in tags.found} <= allowed
    for tag, attributes in tags.found:
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else {"start"})
        if tag == "a":
            assert re.match(r"(https?://|mailto:)", attributes["href"] or "")


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_words_in_a_browser(attack: str) -> None:
    assert_harmless(to_html(attack))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_words_in_a_pdf(attack: str) -> None:
    made = pdf.to_pdf(to_typst(attack), title=attack, author=attack, footer=attack)
    assert made.startswith(b"%PDF")


PIECES = st.sampled_from(
    [*ATTACKS, "\n", "\n\n", " ", "*", "_", "`", '"', "\\", "#", "[", "]", "(", ")", "<", "|", "- "]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_mixture_of_them_breaks_out_in_a_browser(text: str) -> None:
    assert_harmless(to_html(text))


LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
# All that our own markup consists of, once the literals are taken away.
OURS = re.compile(
    r"(#(list|enum|quote|table|raw|link|heading|strong|emph|strike|line|linebreak)|table\.header|block|start|level"
    r"|columns|marker|none|true|length|\d+%?|L|[#;:,()\[\]\s])*"
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_mixture_of_them_is_markup_of_typst(text: str) -> None:
    assert OURS.fullmatch(LITERAL.sub("L", to_typst(text)))


def test_what_was_meant_is_what_is_shown() -> None:
    text = "# Cause\n\nThe *disk* was **full**: see [the graph](https://g.example/?a=1&b=2).\n\n1. one\n2. two\n"
    html = to_html(text)
    assert html.startswith("<h2>Cause</h2><p>The <em>disk</em> was <strong>full</strong>: see <a href=")
    assert '<ol start="1"><li>one</li>\n<li>two</li>' in html
    assert 'href="https://g.example/?a=1&amp;b=2"' in html
    assert Tags(html).words.split()[:6] == ["CauseThe", "disk", "was", "full:", "see", "the"]


def test_a_list_of_boxes_has_no_bullets_before_them() -> None:
    boxes, bullets = "- ☐ Alert at 80%\n- ☑ Free the disk\n", "- one\n- two ☐\n"
    assert "#list(marker: none, [" in to_typst(boxes)
    assert '<ul class="boxes"><li>☐ Alert at 80%' in to_html(boxes)
    assert "marker" not in to_typst(bullets) and "class" not in to_html(bullets)
    both = to_typst(f"{bullets}\nand\n\n{boxes}")
    assert both.count("#list([") == 1 and both.count("#list(marker: none, [") == 1


def test_a_table_keeps_its_columns() -> None:
    markup = to_typst("| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n")
    assert "#table(columns: 3, " in markup


def test_what_is_much_too_long_is_cut_and_says_so() -> None:
    megabyte = "word " * 200_000
    html, markup = to_html(megabyte), to_typst(megabyte)
    assert len(html) < MOST_CHARACTERS + 200 and len(markup) < MOST_CHARACTERS + 400
    left_out = f"{len(megabyte) - MOST_CHARACTERS:,}"
    assert left_out in html and left_out in markup
    assert pdf.to_pdf(markup, title="long").startswith(b"%PDF")


def test_nothing_is_nothing() -> None:
    assert to_html("") == to_typst("") == words("") == ""
    assert code("") == '""'


def test_only_the_web_and_mail_are_led_to() -> None:
    fine = ["https://a.example/b", "http://a.example", "mailto:jane@a.example"]
    assert [safe_link(address) for address in fine] == fine
    others = [
        "",
        "/path",
        "//a.example",
        "javascript:x",
        "data:text/html,x",
        "https://",
        "mailto:",
        "http://[",
        "ftp://a",
    ]
    assert {safe_link(address) for address in others} == {""}


def test_a_document_that_cannot_be_set_says_so() -> None:
    with pytest.raises(pdf.DocumentError, match="cannot be set"):
        pdf.to_pdf("#panic()", title="x")
    with pytest.raises(pdf.DocumentError):
        pdf.to_pdf('#read("/etc/passwd")', title="x")
