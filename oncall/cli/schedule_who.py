"""What ``oncall schedule who`` says about the time that it was asked for."""

from collections.abc import Iterator
from datetime import datetime

from oncall.core.local_time import read_local, to_local
from oncall.core.schedule import Schedule


def how_it_was_read(asked: Schedule, written: str) -> Iterator[str]:
    """A sentence where ``written``, a time in ISO 8601 or "", is local and the clock skips or repeats it; else none."""
    wall = datetime.fromisoformat(written) if written else None
    if wall is None or wall.tzinfo is not None:
        return
    reading, day = read_local(asked.timezone, wall), f"{wall:%Y-%m-%d}"
    shown = to_local(asked.timezone, reading.at)
    if reading.is_skipped:
        yield (
            f"{wall:%H:%M} does not exist in {asked.timezone} on {day}, because the clocks go forward then. "
            f"It was taken to mean {shown:%H:%M %Z}, the first instant after the gap ({reading.at:%H:%M} UTC)."
        )
    elif reading.again_at is not None:
        again = to_local(asked.timezone, reading.again_at)
        yield (
            f"{wall:%H:%M} comes twice in {asked.timezone} on {day}, because the clocks go back then. "
            f"It was taken to mean the first, {shown:%H:%M %Z} ({reading.at:%H:%M} UTC); "
            f"for the second, ask with --at {again.isoformat(timespec='minutes')}."
        )
