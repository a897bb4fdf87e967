"""Overrides as ``oncall override`` prints them: for programs, the fixed JSON; for people, a table."""

from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from oncall.cli.instants import z
from oncall.core.configuration import Configuration
from oncall.core.entered_override import EnteredOverride, left_out_because
from oncall.core.local_time import to_local
from oncall.core.override import Override

_COLUMNS = ("Id", "Schedule", "Engineer", "From", "Until", "State", "Origin", "Reason")


def override_json(entered: EnteredOverride, published: Configuration, now: datetime) -> dict[str, Any]:
    """One entered override for a program; what is not known is null."""
    return {
        "id": entered.id,
        "schedule": entered.schedule,
        "engineer": entered.engineer,
        "instead_of": entered.instead_of or None,
        "from": z(entered.starts_at),
        "until": z(entered.ends_at),
        "reason": entered.reason or None,
        "origin": entered.origin,
        "state": state(entered, published, now),
        "created_at": z(entered.created_at),
        "removed_at": z(entered.removed_at),
        "removed_by": f"{entered.removed_by} by {entered.removed_channel}" if entered.removed_at else None,
        "published_in": entered.published_in,
    }


def folder_json(schedule: str, override: Override, now: datetime) -> dict[str, Any]:
    """One override of the schedules folder, with the same fields; it has no id."""
    return {
        "id": None,
        "schedule": schedule,
        "engineer": override.engineer,
        "instead_of": override.instead_of or None,
        "from": z(override.starts_at),
        "until": z(override.ends_at),
        "reason": override.reason or None,
        "origin": "schedules folder",
        "state": _by_time(override.starts_at, override.ends_at, now),
        "created_at": None,
        "removed_at": None,
        "removed_by": None,
        "published_in": None,
    }


def state(entered: EnteredOverride, published: Configuration, now: datetime) -> str:
    """One word: removed, published, left out, over, present or coming."""
    if entered.removed_at is not None:
        return "removed"
    if entered.published_in is not None:
        return "published"
    if entered.ends_at > now and left_out_because(entered, published):
        return "left out"
    return _by_time(entered.starts_at, entered.ends_at, now)


def _by_time(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    if ends_at <= now:
        return "over"
    return "present" if starts_at <= now else "coming"


def override_table(
    entered: Sequence[EnteredOverride], written: Sequence[tuple[str, Override]], published: Configuration, now: datetime
) -> str:
    """A line for each, times in the schedule's own zone; first what was entered, then what the folder says."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in _COLUMNS:
        table.add_column(heading)
    for one in entered:
        said = state(one, published, now)
        because = left_out_because(one, published)
        shown = f"left out: {because}" if said == "left out" else said
        _add(table, str(one.id), one.schedule, one.as_override(), shown, published)
    for schedule, override in written:
        said = _by_time(override.starts_at, override.ends_at, now)
        _add(table, "-", schedule, override, said, published)
    return _rendered(table)


def _add(table: Table, number: str, schedule: str, override: Override, said: str, published: Configuration) -> None:
    known = published.schedules.get(schedule)
    zone = known.timezone if known else "UTC"
    instead = f" instead of {override.instead_of}" if override.instead_of else ""
    table.add_row(
        number,
        schedule,
        Text(override.engineer + instead),
        *(to_local(zone, at).strftime("%Y-%m-%d %H:%M %Z") for at in (override.starts_at, override.ends_at)),
        Text(said),
        Text(override.origin or "schedules folder"),
        Text(override.reason),
    )


def _rendered(table: Table) -> str:
    """As wide as the terminal is; a pipe gets plain text that is not cut."""
    console = Console()
    if console.is_terminal:
        with console.capture() as capture:
            console.print(table)
        return capture.get()
    plain = Console(file=StringIO(), width=240, force_terminal=False, color_system=None)
    with plain.capture() as capture:
        plain.print(table)
    return capture.get()
