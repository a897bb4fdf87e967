"""Schedules of other systems: their export or their API's answer → YAML of ours, and where the two would differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.schedule_files.importers import goalert, grafana_oncall, opsgenie, pagerduty
from oncall.schedule_files.importers.answer import Answer, ImportSourceError, parse
from oncall.schedule_files.importers.difference import Comparison, Difference, compare
from oncall.schedule_files.importers.document import Document, write
from oncall.schedule_files.importers.source import Source

__all__ = ["COMPARED_FOR", "SYSTEMS", "Answer", "Difference", "ImportSourceError", "Imported", "convert", "parse"]

COMPARED_FOR = timedelta(days=90)

_Reader = Callable[[list[Answer], datetime, datetime], Source]
SYSTEMS: Mapping[str, _Reader] = {
    "pagerduty": pagerduty.read,
    "opsgenie": opsgenie.read,
    "grafana-oncall": grafana_oncall.read,
    "goalert": goalert.read,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """The YAML, what is to be mended in it, and where it would differ."""

    source: Source
    document: Document
    comparison: Comparison


def convert(system: str, answers: list[Answer], since: datetime, *, with_hotline: bool = False) -> Imported:
    """What these answers of a system say, from ``since`` (aware) on. Raises ImportSourceError."""
    until = since + COMPARED_FOR
    source = SYSTEMS[system](answers, since, until)
    if not (source.schedules or source.people or source.policies):
        raise ImportSourceError(
            f"{answers[0].place}: no schedule, user or policy of {source.system} is in here; see docs/how-to/move-in.md"
        )
    document = write(source, since, with_hotline=with_hotline)
    return Imported(source, document, compare(source, document, since, until))
