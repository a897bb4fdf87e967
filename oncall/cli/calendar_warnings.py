"""What is doubtful about the schedules folder, the calendars that it names by URL included."""

from datetime import datetime

from oncall import bootstrap, schedule_files
from oncall.schedule_files import Loaded, Problem
from oncall.schedule_files.complaints import place_of
from oncall.schedule_files.problem import in_order


def all_warnings(loaded: Loaded, now: datetime) -> list[Problem]:
    """`schedule_files.warnings`, after trying to fetch those calendars; one that cannot be had is a warning too."""
    texts, problems = bootstrap.fetch_calendars(loaded.configuration)
    found = schedule_files.warnings(loaded, now, texts)
    for source, problem in problems:
        names = [each.name for each in source.schedule.rotations]
        path = ("schedules", source.schedule.key, "rotations", names.index(source.rotation.name))
        message = f"{problem}; the service goes on trying, and until then nobody is on call by `{source.rotation.name}`"
        found.append(Problem(place_of(loaded.document, path), message))
    return in_order(found)
