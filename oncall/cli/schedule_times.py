"""Shifts at the command line: for people, and for programs."""

from datetime import datetime
from typing import Any

from oncall.cli.instants import z
from oncall.core.local_time import to_local
from oncall.core.schedule import Schedule, Shift


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
