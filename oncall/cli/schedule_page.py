"""The coming weeks as one page with pictures: nothing to fetch, no script, and readable on a telephone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from oncall.cli.schedule_colours import papers_of
from oncall.cli.schedule_picture import NARROW, WIDE, Layout, Picture, picture
from oncall.cli.schedule_rows import engineers_of, rows_of, stretches
from oncall.core.configuration import Configuration
from oncall.core.local_time import to_local
from oncall.core.plain_text import one_line
from oncall.core.schedule import Schedule, shifts
from oncall.core.schedule_diff import hours_text, name_of, span_text
from oncall.core.shares import Share, shares

_TEMPLATE = "schedule_page.html"

Span = tuple[Schedule, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Person:
    """An engineer in the legend; ``share`` is what they have in the time that is shown."""

    name: str
    paper: str
    share: Share


@dataclass(frozen=True, slots=True)
class Line:
    """One shift in the list; ``paper`` "" is a coverage gap."""

    when: str
    name: str
    paper: str
    whence: str


@dataclass(frozen=True, slots=True)
class Section:
    """One schedule. ``gap`` says in words how long nobody is on call, "" where somebody always is."""

    key: str
    when: str
    timezone: str
    gap: str
    wide: list[Picture]
    narrow: list[Picture]
    people: list[Person]
    lines: list[Line]


def page(configuration: Configuration, asked: Sequence[Span], now: datetime) -> str:
    """The whole page, HTML; whatever people wrote is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["hours"] = hours_text
    sections = [_section(configuration, *each, now) for each in asked]
    made = to_local(asked[0][0].timezone, now) if asked else now
    return environment.get_template(_TEMPLATE).render(
        company=configuration.hotline.company, sections=sections, made=f"{made:%a %Y-%m-%d %H:%M %Z}"
    )


def _section(
    configuration: Configuration, schedule: Schedule, since: datetime, until: datetime, now: datetime
) -> Section:
    names = {key: engineer.name for key, engineer in configuration.engineers.items()}
    found = shifts(schedule, since, until)
    days = stretches(schedule.timezone, since, until, 1)
    rows = rows_of(schedule, days[0].starts_at, days[-1].ends_at)
    papers = papers_of([*names, *engineers_of(rows)])
    gaps = [each.ends_at - each.starts_at for each in found if not each.engineer and each.starts_at and each.ends_at]

    def pictures(layout: Layout) -> list[Picture]:
        parts = stretches(schedule.timezone, since, until, layout.days)
        return [picture(layout, rows, part, papers, names, now) for part in parts]

    return Section(
        key=one_line(schedule.key),
        when=span_text(schedule.timezone, since, until),
        timezone=schedule.timezone,
        gap=hours_text(sum(gaps[1:], gaps[0])) if gaps else "",
        wide=pictures(WIDE),
        narrow=pictures(NARROW),
        people=[
            Person(name_of(key, names), papers[key], share) for key, share in shares(found, schedule.timezone).items()
        ],
        lines=[
            Line(
                when=span_text(schedule.timezone, shift.starts_at, shift.ends_at),
                name=name_of(shift.engineer, names) if shift.engineer else "Nobody",
                paper=papers[shift.engineer] if shift.engineer else "",
                whence=(shift.rotation or one_line(shift.why)) if shift.engineer else "coverage gap",
            )
            for shift in found
            if shift.starts_at and shift.ends_at
        ],
    )
