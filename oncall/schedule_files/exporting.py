"""Overrides that were entered beside the published schedules → YAML, put into the texts where their schedules stand.

Nothing else in a text changes by a character: not a comment, not a blank, not the way in which it is laid out.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.entered_override import EnteredOverride, left_out_because, said_by_the_folder
from oncall.core.local_time import to_utc, to_wall
from oncall.core.override import Override
from oncall.errors import ConfigurationError
from oncall.schedule_files.inserting import insert_overrides
from oncall.schedule_files.loading import load
from oncall.schedule_files.problem import ScheduleFilesError

_PLAIN = re.compile(r"[^\W\d_][\w\-]*\Z")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class Export:
    """``files`` are the texts that change, by name; ``written`` is what they say now besides.

    ``refused`` cannot be written, each with why; ``already`` is in the folder as it is.
    """

    files: Mapping[str, str]
    written: tuple[EnteredOverride, ...]
    already: tuple[EnteredOverride, ...]
    refused: tuple[tuple[EnteredOverride, str], ...]


def export(files: Mapping[str, str], entered: Iterable[EnteredOverride]) -> Export:
    """Write these into the folder's texts (names → texts), each behind the overrides of its schedule.

    Raises ScheduleFilesError where the folder is not sound, ConfigurationError where its layout defeats us.
    """
    folder = load(files)
    in_order = sorted(entered, key=lambda each: each.id)
    already = said_by_the_folder(in_order, {key: each.overrides for key, each in folder.schedules.items()})
    written: list[EnteredOverride] = []
    refused: list[tuple[EnteredOverride, str]] = []
    for one in in_order:
        if one in already:
            continue
        if problem := _problem(one, folder):
            refused.append((one, problem))
        else:
            written.append(one)
    changed = _changed(files, folder, written)
    return Export(changed, tuple(written), tuple(already), tuple(refused))


def _changed(files: Mapping[str, str], folder: Configuration, written: Sequence[EnteredOverride]) -> dict[str, str]:
    lines: dict[str, list[tuple[str, str]]] = {}
    for one in written:
        item = as_yaml(one, folder.schedules[one.schedule].timezone)
        lines.setdefault(one.schedule, []).append((item, _comment(one)))
    if not lines:
        return {}
    new = {name: insert_overrides(text, lines) for name, text in files.items()}
    _check(new, folder, written)
    return {name: text for name, text in new.items() if text != files[name]}


def _problem(one: EnteredOverride, folder: Configuration) -> str:
    """Why it cannot be written, "" where it can."""
    if because := left_out_because(one, folder):
        return because.replace(" any more", " in the folder")
    timezone = folder.schedules[one.schedule].timezone
    for at in (one.starts_at, one.ends_at):
        wall = to_wall(timezone, at)
        if to_utc(timezone, wall) != at:
            return (
                f"{wall:%Y-%m-%d %H:%M} comes twice in {timezone} that night, and the schedules folder can only say "
                "the first; it goes on counting from the database until it is over"
            )
    return ""


def as_yaml(one: EnteredOverride, timezone: str) -> str:
    """One item of ``overrides:``, on one line, times on the clocks of that zone."""
    parts = [
        f"engineer: {_name(one.engineer)}",
        f"from: {_time(to_wall(timezone, one.starts_at))}",
        f"until: {_time(to_wall(timezone, one.ends_at))}",
    ]
    if one.instead_of:
        parts.append(f"instead_of: {_name(one.instead_of)}")
    if reason := _printable(one.reason):
        parts.append(f"reason: {json.dumps(reason, ensure_ascii=False)}")
    return f"{{{', '.join(parts)}}}"


def _comment(one: EnteredOverride) -> str:
    return _printable(f"{one.origin}, {one.created_at:%Y-%m-%d %H:%M} UTC")


def _name(name: str) -> str:
    plain = _PLAIN.match(name) and name.lower() not in _NOT_TEXT
    return name if plain else json.dumps(name, ensure_ascii=False)


def _time(wall: datetime) -> str:
    return wall.isoformat(sep=" ", timespec="seconds" if wall.second else "minutes")


def _printable(text: str) -> str:
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


def _check(new: Mapping[str, str], folder: Configuration, written: Sequence[EnteredOverride]) -> None:
    """Read what was written: it must say what it said before, and these overrides. Raises ConfigurationError."""
    added: dict[str, list[Override]] = {}
    for one in written:
        said = replace(one.as_override(), reason=_printable(one.reason), origin="")
        added.setdefault(one.schedule, []).append(said)
    schedules = {
        key: replace(each, overrides=(*each.overrides, *added.get(key, ()))) for key, each in folder.schedules.items()
    }
    try:
        sound = load(new) == replace(folder, schedules=schedules)
    except ScheduleFilesError as error:
        raise ConfigurationError(
            f"nothing was exported, since the folder would not be sound any more: {error}"
        ) from error
    if not sound:
        by_hand = "\n".join(
            f"schedules.{one.schedule}.overrides: - {as_yaml(one, folder.schedules[one.schedule].timezone)}"
            for one in written
        )
        raise ConfigurationError(
            f"nothing was exported, since the way in which the folder is laid out is beyond us; add by hand:\n{by_hand}"
        )
