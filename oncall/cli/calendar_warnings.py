"""What is doubtful about the schedules folder, the calendars that it names by URL included."""

from datetime import datetime

from oncall import schedule_files
from oncall.calendars import Source
from oncall.core.calendar_rotation import pagerduty_schedule
from oncall.engine.fetched_calendars import FetchedCalendars
from oncall.schedule_files import Loaded, Problem
from oncall.schedule_files.complaints import place_of
from oncall.schedule_files.problem import in_order


def all_warnings(loaded: Loaded, fetched: FetchedCalendars, now: datetime) -> list[Problem]:
    """`schedule_files.warnings`, with those calendars as just fetched; one that could not be had is a warning too."""
    found = schedule_files.warnings(loaded, now, fetched.texts)
    for source, problem in fetched.problems:
        found.append(Problem(place_of(loaded.document, source.path), f"{problem}; {_meanwhile(source)}"))
    return in_order(found)


def _meanwhile(source: Source) -> str:
    if pagerduty_schedule(source.name):
        return f"so who is on call by {source.rotation.title} was not looked at; the service asks by itself"
    return f"the service goes on trying, and until then nobody is on call by `{source.rotation.name}`"
