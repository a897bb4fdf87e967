"""One document, three kinds of file, and the same words in each; none of them is more than words."""

import re
from xml.etree import ElementTree

import pytest

from oncall.documents import as_html, as_markdown, as_typst
from oncall.documents.composition import (
    Cell,
    Column,
    Document,
    Heading,
    Paragraph,
    Plot,
    Plots,
    Tile,
    Tiles,
    Tone,
    Written,
    table,
)
from oncall.documents.drawing import ticks
from oncall.documents.markdown import to_html
from oncall.documents.plots import Bar, Mark, Stack, bars, distribution, hours_of_the_week, months

EVIL = '<script>alert(1)</script> #panic("out") "]; | [x](javascript:y) @everyone'


def a_document(words: str) -> Document:
    svg = bars([Bar(words, 3, words)], said=words)
    numbers = table([words, Column("n", right=True)], [(Cell(words, Tone.BAD, "javascript:x"), "3")])
    return Document(
        words,
        words,
        (
            Tiles((Tile(words, words, words, Tone.GOOD), Tile("plain", "1"))),
            Heading(words),
            Paragraph(words, Tone.SOFT),
            Written(words),
            numbers,
            table(["a"], [], empty=words),
            Plots((Plot(words, svg, numbers),)),
        ),
        author=words,
        footer=words,
    )


def test_words_that_mean_harm_are_words_in_every_kind_of_file() -> None:
    document = a_document(EVIL)
    for html in (as_html.to_html(document), as_html.to_page(document), to_html(as_markdown.to_markdown(document))):
        assert "<script" not in html and "javascript:y</" not in html
        assert 'href="javascript' not in html
    assert as_typst.to_pdf(document).startswith(b"%PDF")


def test_nobody_is_called_by_name_where_markdown_is_posted() -> None:
    written = as_markdown.text("@everyone see #12 and https://evil.example www.evil.example")
    assert written == r"\@everyone see \#12 and https\://evil.example www\.evil.example"


@pytest.mark.parametrize("words", ["1. one", "2) two", "- dash", "+ plus", "= equal", "a | b", "*x*", "~~x~~", "<b>"])
def test_markdown_words_are_read_back_as_they_were(words: str) -> None:
    shown = re.sub(r"<[^>]+>", "", to_html(as_markdown.text(words)))
    assert shown.strip().replace("&lt;", "<").replace("&gt;", ">") == words


def test_a_page_of_its_own_needs_no_other_file() -> None:
    page = as_html.to_page(a_document("Words"))
    assert "<style>" in page
    assert re.findall(r"(?:src|url|link|import)\b[=( ]", page) == []


def test_a_link_of_our_own_stays_on_this_site() -> None:
    rows = [(Cell("1042", link="/incidents/1042"),), (Cell("x", link="//evil.example"),), (Cell("y", link="/\\evil"),)]
    html = as_html.to_html(Document("t", "", (table(["n"], rows),)))
    assert re.findall(r'href="([^"]+)"', html) == ["/incidents/1042"]


PLOTS = {
    "distribution": lambda n: distribution(
        [Stack("30m", n, n // 2, 1)] * 13, [Mark(6, "promised 30 min"), Mark(13, "x" * 40)], unit="m", said="s"
    ),
    "months": lambda n: months([Stack("Oct", n, 1, 0, "96%")] * (1 + n % 40), said="s"),
    "hours": lambda n: hours_of_the_week([[n] + [0] * 23] * 7, said="s"),
    "bars": lambda n: bars([Bar("Alice & <Bob>", n, "nights")] * (n % 40), said="s"),
}


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("size", [0, 1, 7, 39, 1_000, 123_456])
def test_a_plot_of_any_size_stays_on_its_sheet(name: str, size: int) -> None:
    drawn = ElementTree.fromstring(PLOTS[name](size))
    _, _, width, height = (float(each) for each in drawn.attrib["viewBox"].split())
    for box in drawn.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0 and x + w <= width + 0.1 and y >= 0 and y + h <= height + 0.1
    for text in drawn.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.attrib["x"]) <= width and 0 <= float(text.attrib["y"]) <= height


@pytest.mark.parametrize(
    ("most", "shown"), [(0, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (40, [0, 10, 20, 30, 40])]
)
def test_an_axis_has_round_numbers(most: int, shown: list[int]) -> None:
    assert ticks(most) == shown


@pytest.mark.parametrize("most", range(0, 5000, 37))
def test_an_axis_reaches_over_the_highest_bar(most: int) -> None:
    assert ticks(most)[-1] >= most and len(ticks(most)) <= 6


def test_a_number_and_its_unit_stay_on_one_line_of_a_pdf() -> None:
    document = Document("Title", "", (Paragraph("Half were answered within 4 min, the slowest took 1 h 05 min."),))
    markup = as_typst.to_typst(document)
    assert "within 4\u00a0min, the slowest took 1\u00a0h 05\u00a0min." in markup
