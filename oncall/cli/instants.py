"""Times as people write them at the command line, and as programs read them."""

from datetime import datetime, timedelta

import click
import pytz

from oncall.core.incident_json import z
from oncall.core.local_time import to_utc
from oncall.schedule_files.values import duration

__all__ = ["LARGEST", "NUMBER", "YEARS", "instant", "span_of_time", "z"]

YEARS = range(1970, 2200)
# More than this PostgreSQL cannot be asked about.
LARGEST = 2**31 - 1
_SHORTEST_FOR = timedelta(minutes=1)
NUMBER = click.IntRange(1, LARGEST)


def instant(timezone: str, written: str, option: str) -> datetime:
    """The instant that somebody wrote; without an offset it is the wall clock of that zone.

    Raises click.BadParameter.
    """
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"`{written}` is not a time; write one such as 2026-01-05T09:00 or 2026-01-05T08:00Z"
        raise click.BadParameter(message, param_hint=option) from error
    if at.year not in YEARS:
        raise click.BadParameter(f"write a year from {YEARS.start} to {YEARS.stop - 1}", param_hint=option)
    return at.astimezone(pytz.utc) if at.tzinfo else to_utc(timezone, at)


def span_of_time(written: str, option: str) -> timedelta:
    """A duration of the schedule format, such as 90m, 4h or 1d, of a minute at least. Raises click.BadParameter."""
    try:
        found = duration(written)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error
    if found < _SHORTEST_FOR:
        message = f"`{written}` is shorter than a minute; write one such as 90m, 4h, 1d or 1w"
        raise click.BadParameter(message, param_hint=option)
    return found
