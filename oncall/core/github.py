"""What GitHub sends, read into values. Nothing of it is believed further than its types: strangers write most of it.

A webhook and what its API lists have the same objects in them, so one reader serves both.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from oncall.core.plain_text import clean, one_line

GITHUB = "github"  # the partner, as its rows name it
VIA = "GitHub"
OPENED, CLOSED, GONE = "open", "closed", "gone"
# What GitHub names an event for; everything else is kept without its body.
HEEDED = frozenset({"issues", "issue_comment", "repository"})
# Not GitHub's: an issue that the sweep found in its lists.
SWEPT = "swept"
_LONGEST_NAME = 120
_LONGEST_TITLE = 300
_LONGEST_BODY = 20_000
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class User:
    """Somebody at GitHub. ``human`` is False for bots, apps and organisations."""

    login: str
    human: bool


@dataclass(frozen=True, slots=True)
class Repository:
    """``id`` stays when it is renamed or moved; ``name`` is ``owner/name`` as it is now."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class KnownRepository:
    """A repository that a customer's ``github:`` names. ``named`` is what stands there, which may be an older name.

    ``seen_at`` is since when we hear of it: its issues from before are not taken in.
    """

    id: str
    name: str
    named: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """``state`` is "open" or "closed", "" where it was not said. ``closed_by`` is None where that is not known."""

    number: int
    title: str = ""
    body: str = ""
    state: str = ""
    state_reason: str = ""
    labels: tuple[str, ...] = ()
    url: str = ""
    author: User | None = None
    closed_by: User | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    pull_request: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """``by_program``: a program wrote it in somebody's name."""

    id: int
    body: str
    author: User | None
    created_at: datetime | None
    by_program: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened at GitHub; ``type`` is its event and action, such as ``issues.opened``. What is missing is None."""

    type: str
    repository: Repository
    sender: User
    issue: Issue | None = None
    comment: Comment | None = None
    label: str = ""
    assignee: str = ""
    old_title: str | None = None
    old_body: bool = False


def read_happening(type: str, body: str) -> Happening | None:
    """The happening in the text of a webhook; None for what cannot be read, or lacks what every one has."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    repository = repository_in(payload)
    if repository is None:
        return None
    changes = _object(payload, "changes") or {}
    return Happening(
        type=type,
        repository=repository,
        sender=_user(payload.get("sender")) or User("", human=False),
        issue=_issue(_object(payload, "issue")),
        comment=_comment(_object(payload, "comment")),
        label=_words(_object(payload, "label") or {}, "name"),
        assignee=_words(_object(payload, "assignee") or {}, "login"),
        old_title=_words(_object(changes, "title") or {}, "from") if "title" in changes else None,
        old_body="body" in changes,
    )


def repository_in(payload: Mapping[str, Any]) -> Repository | None:
    """The repository that a webhook is about; None where it is about none."""
    read = _object(payload, "repository")
    number = _count(read or {}, "id")
    name = _words(read or {}, "full_name")
    return Repository(str(number), name) if number is not None and "/" in name else None


def subject_of(payload: Mapping[str, Any]) -> str:
    """What the order of events matters for: the issue, else the repository; "" where there is neither."""
    repository = repository_in(payload)
    if repository is None:
        return ""
    number = _count(_object(payload, "issue") or {}, "number")
    return f"{repository.id}#{number}" if number is not None else repository.id


def action_of(payload: Mapping[str, Any]) -> str:
    """The word for what happened; "" where there is none that could be one."""
    action = payload.get("action")
    is_word = isinstance(action, str) and action.isascii() and action.replace("_", "").isalpha() and len(action) <= 40
    return str(action) if is_word else ""


def at_of(item: Mapping[str, Any], name: str) -> datetime | None:
    """An instant as GitHub writes it, None for anything else."""
    written = item.get(name)
    try:
        at = datetime.fromisoformat(written) if isinstance(written, str) else None
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def shortened(text: str, limit: int) -> str:
    """Cleaned and, where it is longer, cut with a mark that says so."""
    # Cut first: looking at each character of a megabyte takes a while.
    cleaned = clean(text[: 2 * limit]).strip()
    if len(cleaned) <= limit and len(text) <= 2 * limit:
        return cleaned
    return f"{cleaned[:limit].rstrip()} … (cut; the rest is at GitHub)"


def _issue(read: Mapping[str, Any] | None) -> Issue | None:
    number = _count(read or {}, "number")
    if read is None or number is None:
        return None
    labels = read.get("labels")
    url = read.get("html_url")
    return Issue(
        number=number,
        title=_words(read, "title", _LONGEST_TITLE),
        body=_text(read, "body"),
        state=_words(read, "state"),
        state_reason=_words(read, "state_reason"),
        labels=tuple(_words(each, "name") for each in labels if isinstance(each, dict))
        if isinstance(labels, list)
        else (),
        url=one_line(url)[:500] if isinstance(url, str) and url.startswith(("https://", "http://")) else "",
        author=_user(read.get("user")),
        closed_by=_user(read.get("closed_by")),
        created_at=at_of(read, "created_at"),
        updated_at=at_of(read, "updated_at"),
        pull_request=isinstance(read.get("pull_request"), dict),
    )


def _comment(read: Mapping[str, Any] | None) -> Comment | None:
    number = _count(read or {}, "id")
    if read is None or number is None:
        return None
    return Comment(
        id=number,
        body=_text(read, "body"),
        author=_user(read.get("user")),
        created_at=at_of(read, "created_at"),
        by_program=isinstance(read.get("performed_via_github_app"), dict),
    )


def _user(read: Any) -> User | None:
    if not isinstance(read, dict) or not (login := _words(read, "login")):
        return None
    return User(login, human=read.get("type") == "User" and not login.endswith("[bot]"))


def _object(read: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    found = read.get(name)
    return found if isinstance(found, dict) else None


def _count(read: Mapping[str, Any], name: str) -> int | None:
    found = read.get(name)
    is_one = isinstance(found, int) and not isinstance(found, bool) and 0 < found <= _LARGEST_ID
    return int(found) if is_one and found is not None else None


def _words(read: Mapping[str, Any], name: str, limit: int = _LONGEST_NAME) -> str:
    found = read.get(name)
    return one_line(found[: 2 * limit])[:limit] if isinstance(found, str) else ""


def _text(read: Mapping[str, Any], name: str) -> str:
    found = read.get(name)
    return shortened(found, _LONGEST_BODY) if isinstance(found, str) else ""
