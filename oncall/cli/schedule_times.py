"""Times and shifts at the command line: as people write them, and as programs read them."""

from datetime import datetime
from typing import Any

import click
import pytz

from oncall.cli.incident_output import z
from oncall.core.local_time import to_local, to_utc
from oncall.core.schedule import Schedule, Shift

_YEARS = range(1970, 2200)


def instant(timezone: str, written: str, option: str) -> datetime:
    """The instant that somebody wrote; without an offset it is the wall clock of that zone.

    Raises click.BadParameter where it is none.
    """
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"`{written}` is not a time; write one such as 2026-01-05T09:00 or 2026-01-05T08:00Z"
        raise click.BadParameter(message, param_hint=option) from error
    if at.year not in _YEARS:
        raise click.BadParameter(f"write a year from {_YEARS.start} to {_YEARS.stop - 1}", param_hint=option)
    return at.astimezone(pytz.utc) if at.tzinfo else to_utc(timezone, at)


def shift_json(shift: Shift) -> dict[str, Any]:
    """One shift for a program."""
    return {
        "engineer": shift.engineer,
        "from": z(shift.starts_at),
        "until": z(shift.ends_at),
        "rotation": shift.rotation or None,
        "why": shift.why,
    }


def shift_sentence(asked: Schedule, shift: Shift) -> str:
    """One shift for people, in the schedule's own time."""
    since = f" from {wall(asked, shift.starts_at)}" if shift.starts_at else ""
    until = f" until {wall(asked, shift.ends_at)}" if shift.ends_at else ", with no end in sight"
    return f"{shift.engineer or 'nobody'}{since}{until} ({shift.why})"


def wall(asked: Schedule, at: datetime) -> str:
    """An instant as the schedule's zone writes it."""
    return to_local(asked.timezone, at).strftime("%a %Y-%m-%d %H:%M %Z")
