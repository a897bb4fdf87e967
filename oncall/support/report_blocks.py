"""Parts that the reports share: plots of what was added up, and tables of groups."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from oncall.core.incident import RequestType
from oncall.core.report_figures import Figures, HoursOfTheWeek, Months, Outcomes, ResponseSpread
from oncall.core.report_wording import (
    NOTHING,
    compared,
    in_order,
    lasted,
    percent,
    promise_sentence,
    three_times,
    type_name,
)
from oncall.core.sla import Priority
from oncall.core.wording import priority_name
from oncall.documents.composition import Cell, Column, Plot, Row, Table, Tile, Tiles, Tone, table
from oncall.documents.plots import Bar, Mark, Stack, bars, distribution, hours_of_the_week, months

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPANS = ("1m", "2m", "5m", "10m", "15m", "30m", "1h", "2h", "4h", "8h", "1d", "2d", "")
_SHORT_TYPES = {RequestType.GUIDANCE: "Guidance", RequestType.PROBLEM: "Problem"}  # where there is little room
_MEASURES = ("median", "90th percentile", "worst")
_TIMED = ("Incidents", "Kept", "Missed", "Response (median)", "90% within", "Resolution (median)", "Worst")
_OUTCOMES = (Column("Kept", right=True), Column("Missed", right=True), Column("Neither", right=True))


def response_plot(spread: ResponseSpread, promised: Sequence[tuple[Priority, timedelta]]) -> Plot:
    """How response times are spread, with what was promised where a clock always runs."""
    stacks = [_stack(label, each) for label, each in zip(_SPANS, spread.spans, strict=True)]
    shown = {outer: priority for priority, outer in promised}
    marks = [
        Mark(_place(within), f"{priority_name(priority).lower()}: {lasted(within)}")
        for within, priority in sorted(shown.items())
    ]
    edges = ["", *(lasted(edge) for edge in spread.EDGES)]
    names = [f"up to {edge}" for edge in edges[1:]] + [f"over {edges[-1]}"]
    numbers = _outcomes("Response", zip(names, spread.spans, strict=True))
    said = "Response times; the numbers are in the table beside it"
    drawn = distribution(stacks, marks, unit="until somebody had it: minutes, hours, days", said=said)
    return Plot("How long until somebody had it", drawn, numbers)


def hours_plot(hours: HoursOfTheWeek, timezone: str) -> Plot:
    """When incidents came."""
    rows = [
        (name, f"{sum(counts):,}", f"{max(range(24), key=counts.__getitem__):02}:00" if any(counts) else NOTHING)
        for name, counts in zip(_DAYS, hours.counts, strict=True)
    ]
    numbers = table(["Day", Column("Incidents", right=True), Column("Fullest hour", right=True)], rows)
    drawn = hours_of_the_week(hours.counts, said="Incidents by hour of the week; the days are in the table beside it")
    return Plot(f"When incidents came ({timezone})", drawn, numbers)


def months_plot(counted: Months) -> Plot:
    """Whether promises were kept, month by month."""
    shown = counted.shown()
    stacks = [_stack(f"{month:%b}", each, note=_share(each)) for month, each in shown]
    numbers = _outcomes("Month", [(f"{month:%B %Y}", each) for month, each in shown], share=True)
    title = "Promises, month by month"
    drawn = months(stacks, said="Promises kept and missed by month; the numbers are in the table beside it")
    return Plot(f"{title}{_years([month for month, _ in shown])}", drawn, numbers)


def types_plot(groups: Mapping[RequestType, Figures]) -> Plot:
    """What incidents were about."""
    found = sorted(groups.items(), key=lambda group: -group[1].incidents)
    lines = [Bar(_SHORT_TYPES.get(each, type_name(each)), figures.incidents) for each, figures in found]
    numbers = table(
        ["Type", Column("Incidents", right=True)],
        [(type_name(each), f"{figures.incidents:,}") for each, figures in found],
    )
    return Plot("What they were about", bars(lines, said="Incidents by type"), numbers)


def first_tiles(whole: Figures, before: Figures) -> Tiles:
    """What is seen first."""
    then = f"{lasted(before.response.median)} before" if before.response.count else ""
    return Tiles(
        (
            Tile("Incidents", f"{whole.incidents:,}", compared(whole.incidents, before.incidents)),
            Tile("Promises kept", percent(whole.share), promise_sentence(whole), _good_or_bad(whole)),
            Tile("Median response", lasted(whole.response.median), then),
            Tile("Still open", f"{whole.open:,}", "", Tone.PLAIN),
        )
    )


def trend(whole: Figures, before: Figures, span: str, span_before: str) -> Table:
    """This period beside the one before it."""
    rows = [
        ("Incidents", f"{whole.incidents:,}", f"{before.incidents:,}"),
        ("Promises kept", percent(whole.share), percent(before.share)),
        ("Promises missed", f"{whole.missed:,}", f"{before.missed:,}"),
    ]
    timed = (("Response", whole.response, before.response), ("Resolution", whole.resolution, before.resolution))
    for name, now, then in timed:
        pairs = zip(_MEASURES, three_times(now), three_times(then), strict=True)
        rows += [(f"{name}, {measure}", one, other) for measure, one, other in pairs]
    return table(["", Column(span, right=True), Column(span_before, right=True)], rows)


def by_priority(groups: Mapping[Priority, Figures], *, empty: str) -> Table:
    """A line for each priority that there is."""
    return _groups("Priority", [(priority_name(each), groups[each]) for each in in_order(groups)], empty)


def by_type(groups: Mapping[RequestType, Figures], *, empty: str) -> Table:
    """A line for each request type that there is, the most frequent first."""
    found = sorted(groups.items(), key=lambda group: -group[1].incidents)
    return _groups("Type", [(type_name(each), figures) for each, figures in found], empty)


def _groups(title: str, groups: Sequence[tuple[str, Figures]], empty: str) -> Table:
    columns = [Column(title), *(Column(name, right=True) for name in _TIMED)]
    return table(columns, [_group(name, figures) for name, figures in groups], empty=empty, cards=True)


def _group(name: str, figures: Figures) -> Row:
    return (
        name,
        f"{figures.incidents:,}",
        percent(figures.share),
        Cell(f"{figures.missed:,}", Tone.BAD if figures.missed else Tone.PLAIN),
        lasted(figures.response.median),
        lasted(figures.response.p90),
        lasted(figures.resolution.median),
        lasted(figures.resolution.worst),
    )


def _outcomes(title: str, groups: Iterable[tuple[str, Outcomes]], *, share: bool = False) -> Table:
    more = [Column("Share kept", right=True)] if share else []
    rows = [
        (name, f"{each.kept:,}", f"{each.missed:,}", f"{each.neither:,}", *([_share(each) or NOTHING] if share else []))
        for name, each in groups
    ]
    return table([Column(title), *_OUTCOMES, *more], rows)


def _stack(label: str, outcomes: Outcomes, note: str = "") -> Stack:
    return Stack(label, outcomes.kept, outcomes.missed, outcomes.neither, note)


def _share(outcomes: Outcomes) -> str:
    decided = outcomes.kept + outcomes.missed
    return percent(outcomes.kept / decided) if decided else ""


def _good_or_bad(figures: Figures) -> Tone:
    if figures.share is None:
        return Tone.PLAIN
    return Tone.BAD if figures.missed else Tone.GOOD


def _place(within: timedelta) -> float:
    """Where a duration is on the axis of the spread: its spans are of one width, whatever they hold."""
    lower = timedelta(0)
    for place, upper in enumerate(ResponseSpread.EDGES):
        if within <= upper:
            return place + (within - lower) / (upper - lower)
        lower = upper
    return float(len(ResponseSpread.EDGES))


def _years(shown: Sequence[date]) -> str:
    first, last = shown[0], shown[-1]
    return f", {first:%Y}" if first.year == last.year else f", {first:%b %Y} – {last:%b %Y}"
