"""Other systems' answers by stepping through ninety days, a quarter of an hour at a time.

The clock on the wall never goes back here: an hour that it repeats is lived through with the time that it showed last.
So a local time is its first occurrence, and one that is skipped is the first quarter after the gap.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from oncall.schedule_files.importers import Answer, Imported, convert

SINCE = datetime(2026, 2, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 9, 15, tzinfo=UTC)
DAYS = timedelta(days=90)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
# Zones whose clocks change in the ninety days, by an hour or by half of one, and one that never does.
ZONES = ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC", "Asia/Kolkata"]

Who = Callable[[datetime, datetime], Iterable[str]]
Entry = tuple[str, datetime, datetime]


@cache
def steps(zone: str, since: datetime) -> list[tuple[datetime, datetime]]:
    """Each quarter's instant, with what the clock shows (naive)."""
    at, shown, found = since - 2 * DAY, (since - 9 * DAY).replace(tzinfo=None), []
    while at < since + DAYS:
        shown = max(shown, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        if at >= since:
            found.append((at, shown))
        at += QUARTER
    return found


def entries(zone: str, who: Who, since: datetime = SINCE) -> list[Entry]:
    """Every person's spans, in order: what a system's own rendered answer would be."""
    running: dict[str, datetime] = {}
    found: list[Entry] = []
    for at, shown in steps(zone, since):
        now = set(who(at, shown))
        found += [(person, running.pop(person), at) for person in sorted(running.keys() - now)]
        running |= {person: at for person in now if person not in running}
    found += [(person, started, since + DAYS) for person, started in running.items()]
    return sorted(found, key=lambda entry: entry[1])


def turn(people: list[str], starts: datetime, length: timedelta, shown: datetime) -> str:
    """Whose turn it is when the clock shows this; before the start turns are counted back."""
    return people[(shown - starts) // length % len(people)]


def is_open(windows: list[tuple[set[int], timedelta, timedelta]], shown: datetime) -> bool:
    """Whether one of the windows (days, time of day, length) is open; none means always."""
    midnight = shown.replace(hour=0, minute=0, second=0, microsecond=0)
    return not windows or any(
        (midnight - back * DAY).weekday() in days and begins <= shown - midnight + back * DAY < begins + lasts
        for days, begins, lasts in windows
        for back in range(9)
    )


def z(at: datetime) -> str:
    """As APIs write an instant."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(zone: str, wall: datetime) -> datetime:
    """The first instant at which the clock shows that, as aware."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def imported(system: str, export: object, since: datetime = SINCE) -> Imported:
    return convert(system, [Answer(export, "export.json")], since)
