"""What is to be done after a downtime: read from the post-mortem's Markdown, and followed until it is done.

An action is a line of a list with a box: ``- [ ] Alert at 80% — dana — 2026-12-01``. What is done has an x in its box.
Who and by when may be left out, and come in either order.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from oncall.core.plain_text import clip, one_line

MOST_ACTIONS = 100
_LONGEST = 300
_LINE = re.compile(r"^[ \t]{0,12}[-*+][ \t]+\[([ xX])\][ \t]+(.+)$")
_APART = re.compile(r"\s+(?:—|–|--)\s+")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class ActionState(StrEnum):
    """Where an action is."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"  # a newer version of the text does not name it any more


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. ``key`` names it within its post-mortem, and stays while its text does.

    ``owner`` is as it was written: an engineer's key or a name, "" for nobody. ``link`` is the issue in which it lives,
    "" for none. ``reminded_at`` is when its owner was told that it is due. ``heard_at`` is since when its state stands,
    here or by what we have heard of its issue; None where it has never changed.
    """

    incident: int
    key: str
    place: int
    text: str
    owner: str = ""
    due_on: date | None = None
    state: ActionState = ActionState.OPEN
    done_at: datetime | None = None
    done_by: str = ""
    link: str = ""
    reminded_at: datetime | None = None
    heard_at: datetime | None = None


def read_actions(incident: int, text: str) -> list[Action]:
    """The actions that a text names, in order, each once; at most MOST_ACTIONS of them."""
    found: dict[str, Action] = {}
    for ticked, said in _lines(text):
        what, owner, due_on = _parts(said)
        key = sha256(" ".join(what.casefold().split()).encode()).hexdigest()[:16]
        state = ActionState.DONE if ticked else ActionState.OPEN
        if what and key not in found:
            found[key] = Action(incident, key, len(found), what, owner, due_on, state)
        if len(found) == MOST_ACTIONS:
            break
    return list(found.values())


def follow(known: Iterable[Action], text: str, incident: int, *, previous: str, by: str, now: datetime) -> list[Action]:
    """The actions after a new version of the text was written: those that it names, and those that it names no more.

    A box ticked in the text is done; one that is not ticked leaves what was done elsewhere as it is. What the
    ``previous`` text ("" for none) did not name either is not dropped: somebody has taken it up since.
    """
    before = {action.key: action for action in known}
    named = [_followed(before.get(action.key), action, by, now) for action in read_actions(incident, text)]
    keys = {action.key for action in named}
    left_out = {action.key for action in read_actions(incident, previous)} - keys
    gone = [action for key, action in before.items() if key not in keys]
    return named + [_dropped(action, now) if action.key in left_out else action for action in gone]


def done(action: Action, *, is_done: bool, by: str, now: datetime) -> Action:
    """The same action, done or taken up again."""
    if action.state is (ActionState.DONE if is_done else ActionState.OPEN):
        return action
    if is_done:
        return replace(action, state=ActionState.DONE, done_at=now, done_by=by, heard_at=now)
    return replace(action, state=ActionState.OPEN, done_at=None, done_by="", heard_at=now)


def heard(action: Action, *, is_closed: bool, by: str, at: datetime) -> Action:
    """The same action after a person closed its issue then, or opened it again.

    A dropped one is taken up by opening its issue; closing it is not doing it.
    """
    stays = is_closed and action.state is ActionState.DROPPED
    after = action if stays else done(action, is_done=is_closed, by=by, now=at)
    return replace(after, heard_at=at)


def stands_since(action: Action) -> datetime | None:
    """Since when it stands as it does: what is older undoes nothing. None where it has never changed."""
    # The previous release keeps only when something was done.
    return max((at for at in (action.heard_at, action.done_at) if at is not None), default=None)


def ticked(text: str, actions: Sequence[Action]) -> str:
    """The text with the boxes as the actions stand, to be shown and published."""
    states = {action.key: action for action in actions}
    shown = []
    for line in text.split("\n"):
        match = _LINE.match(line)
        what = _parts(match[2])[0] if match else ""
        key = sha256(" ".join(what.casefold().split()).encode()).hexdigest()[:16]
        known = states.get(key) if match else None
        if match is None:
            shown.append(line)
            continue
        is_done = known.state is ActionState.DONE if known else match[1] != " "
        box = "\N{BALLOT BOX WITH CHECK}" if is_done else "\N{BALLOT BOX}"
        shown.append(f"{line[: match.start(1) - 1]}{box}{line[match.end(1) + 1 :]}")
    return "\n".join(shown)


def owner_key(owner: str, names: Mapping[str, str]) -> str:
    """The key of the engineer whom an action names by key or by name; "" for anybody else. ``names`` by key."""
    wanted = owner.casefold().lstrip("@")
    return next((key for key, name in names.items() if wanted and wanted in (key.casefold(), name.casefold())), "")


def _followed(before: Action | None, new: Action, by: str, now: datetime) -> Action:
    if before is None:
        return replace(new, done_at=now, done_by=by, heard_at=now) if new.state is ActionState.DONE else new
    known = replace(before, place=new.place, text=new.text, owner=new.owner, due_on=new.due_on)
    if known.due_on != before.due_on:
        known = replace(known, reminded_at=None)
    if known.state is ActionState.DROPPED:
        known = replace(known, state=ActionState.OPEN, heard_at=now)
    return done(known, is_done=True, by=by, now=now) if new.state is ActionState.DONE else known


def _dropped(action: Action, now: datetime) -> Action:
    if action.state is not ActionState.OPEN:
        return action
    return replace(action, state=ActionState.DROPPED, heard_at=now)


def _lines(text: str) -> Iterable[tuple[bool, str]]:
    """Lines with a box outside of code: whether it is ticked, and what stands beside it."""
    fence = ""
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence and (match := _LINE.match(line)):
            yield match[1] != " ", match[2]


def _parts(said: str) -> tuple[str, str, date | None]:
    what, *rest = _APART.split(one_line(said).strip())
    owner, due_on = "", None
    for part in rest:
        found = _day(part)
        if found is not None:
            due_on = found
        elif not owner:
            owner = clip(part, 80)
    return clip(what, _LONGEST), owner, due_on


def _day(part: str) -> date | None:
    if not _DATE.match(part.strip()):
        return None
    try:
        return date.fromisoformat(part.strip())
    except ValueError:
        return None
