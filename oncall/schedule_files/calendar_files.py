"""Calendars that lie in the schedules folder: read with it, and part of the version that is published."""

from collections.abc import Iterator, Mapping

from oncall.calendars import is_url, parsed
from oncall.errors import CalendarError
from oncall.schedule_files import tree
from oncall.schedule_files.folder import CALENDAR
from oncall.schedule_files.problem import Place, Problem
from oncall.schedule_files.references import find

_PLACES = ("schedules", "*", "rotations", "*", "ical")


def check(document: tree.Mapping, files: Mapping[str, str]) -> list[Problem]:
    """Every file that a rotation names and that is not there, or is no calendar; a file is complained of once."""
    return [*_missing(document, files), *_unreadable(document, files)]


def _missing(document: tree.Mapping, files: Mapping[str, str]) -> Iterator[Problem]:
    there = ", ".join(name for name in files if name.endswith(CALENDAR)) or "none"
    for place, name in _named(document):
        if name not in files:
            fix = f"put it there, or write another (of {CALENDAR} files there are: {there})"
            yield Problem(place, f"there is no file `{name}` in the schedules folder; {fix}")


def _unreadable(document: tree.Mapping, files: Mapping[str, str]) -> Iterator[Problem]:
    for name in sorted({name for _, name in _named(document) if name in files}):
        try:
            parsed(files[name])
        except CalendarError as error:
            yield Problem(Place(name), f"{error}; export the calendar again as iCalendar (.ics)")


def _named(document: tree.Mapping) -> Iterator[tuple[Place, str]]:
    for _, node in find(document, _PLACES):
        if isinstance(node, tree.Value) and isinstance(node.value, str) and not is_url(node.value):
            yield node.place, node.value
