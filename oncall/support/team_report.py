"""The team's report as a document."""

from collections.abc import Iterator

from oncall.core.report_team import Burden, TeamReport
from oncall.core.report_wording import counted, moment, span_of_days
from oncall.documents.composition import (
    Block,
    Column,
    Document,
    Heading,
    Paragraph,
    Plot,
    Plots,
    Table,
    Tile,
    Tiles,
    Tone,
    table,
)
from oncall.documents.plots import Bar, bars
from oncall.support.report_blocks import (
    by_priority,
    by_type,
    first_tiles,
    hours_plot,
    months_plot,
    response_plot,
    trend,
    types_plot,
)

_NOBODY = "Nobody was paged."


def document(report: TeamReport) -> Document:
    """The whole report."""
    period = report.figures.period
    span = span_of_days(period)
    made = f"Made {moment(period.timezone, report.made_at)}, times in {period.timezone}"
    return Document(
        title=f"On-call team: {span}",
        subtitle=f"{report.company}. {made}.",
        blocks=tuple(_blocks(report)),
        author=report.company,
        footer=f"{report.company} · on-call team · {span}",
    )


def burdens(report: TeamReport) -> list[tuple[str, str, Burden]]:
    """Key, name and burden of everybody who was paged, the most burdened first."""
    found = [(key, report.names.get(key, key), burden) for key, burden in report.figures.burdens.items()]
    return sorted(found, key=lambda one: (-one[2].pages, one[1]))


def _blocks(report: TeamReport) -> Iterator[Block]:
    figures = report.figures
    paged = burdens(report)
    yield first_tiles(figures.whole, figures.before)
    yield _cost(report)
    if not figures.whole.incidents:
        yield Paragraph("Nothing was reported in this time.")
    plots = [response_plot(figures.spread, report.promised), hours_plot(figures.hours, figures.period.timezone)]
    types = [types_plot(figures.by_type)] if figures.whole.incidents else []
    by_month = [months_plot(figures.months)] if figures.months.any else []
    shown = (*(plots if figures.whole.incidents else ()), *by_month, *types, *_people(report))
    if shown:
        yield Plots(shown)
    yield Heading("By engineer")
    yield table(
        ["Engineer", *(Column(name, right=True) for name in ("Pages", "Unanswered", "Nights", "Weekends"))],
        [
            (name, f"{each.pages:,}", f"{each.unanswered:,}", f"{each.nights:,}", f"{each.weekends:,}")
            for _, name, each in paged
        ],
        empty=_NOBODY,
    )
    yield Paragraph(
        "A night is one in which a page went between 22:00 and 07:00 on the engineer's own clock. A page is left"
        " unanswered where nobody acknowledged, passed on or resolved before the next one was paged.",
        Tone.SOFT,
    )
    yield Heading("Against the time before")
    yield trend(figures.whole, figures.before, span_of_days(figures.period), span_of_days(figures.preceding))
    yield Heading("By priority")
    yield by_priority(figures.by_priority, empty="There was no incident.")
    yield Heading("By type")
    yield by_type(figures.by_type, empty="There was no incident.")


def _cost(report: TeamReport) -> Tiles:
    every = list(report.figures.burdens.values())
    unanswered = sum(each.unanswered for each in every)
    who = counted(len(every), "engineer", "engineers")
    return Tiles(
        (
            Tile("Pages", f"{sum(each.pages for each in every):,}", who),
            Tile("Unanswered", f"{unanswered:,}", "the next was paged", Tone.BAD if unanswered else Tone.PLAIN),
            Tile("Nights woken", f"{sum(each.nights for each in every):,}", "one engineer, one night"),
            Tile("Hand-overs", f"{report.figures.hand_overs:,}", "passed on to somebody"),
        )
    )


def _people(report: TeamReport) -> Iterator[Plot]:
    paged = burdens(report)
    if not paged:
        return
    pages = [Bar(name, burden.pages) for _, name, burden in paged]
    by_nights = sorted(paged, key=lambda one: -one[2].nights)
    nights = [
        Bar(name, burden.nights, f"+ {counted(burden.weekends, 'weekend', 'weekends')}" if burden.weekends else "")
        for _, name, burden in by_nights
    ]
    yield Plot("Pages per engineer", bars(pages, said="Pages per engineer"), _numbers("Pages", pages))
    yield Plot("Nights woken, and weekends", bars(nights, said="Nights woken per engineer"), _numbers("Nights", nights))


def _numbers(title: str, lines: list[Bar]) -> Table:
    return table(["Engineer", Column(title, right=True)], [(line.label, f"{line.value:,}") for line in lines])
