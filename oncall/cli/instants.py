"""Times as people write them at the command line, and as programs read them."""

from datetime import datetime, timedelta

import click
import pytz

from oncall.core.incident_json import z
from oncall.core.local_time import to_utc

__all__ = ["LARGEST", "NUMBER", "YEARS", "instant", "span_of_time", "z"]

YEARS = range(1970, 2200)
# More than this PostgreSQL cannot be asked about.
LARGEST = 2**31 - 1
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
    """A duration such as 90m, 4h or 1d. Raises click.BadParameter."""
    units = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    count, unit = written[:-1], written[-1:]
    if not (count.isascii() and count.isdigit() and len(count) <= 5 and int(count) and unit in units):
        message = f"`{written}` is not a duration; write one such as 90m, 4h, 1d or 1w"
        raise click.BadParameter(message, param_hint=option)
    return timedelta(**{units[unit]: int(count)})
