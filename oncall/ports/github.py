"""GitHub: customers' repositories as rows, and the way to their issues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from oncall.core.github import KnownRepository, Repository


class GitHubRepositories(Protocol):
    """The repositories that we have heard of."""

    def get(self, repository: str) -> KnownRepository | None:
        """The repository of this id; None where we never heard of it."""
        ...

    def save(self, repository: KnownRepository) -> None:
        """Keep it, in the place of what was kept before."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedIssue:
    """An issue of ours, as GitHub keeps it."""

    repository: Repository
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Objects as GitHub lists them, the longest unchanged first; ``whole`` is False where there are more."""

    items: Sequence[Mapping[str, Any]]
    whole: bool


class GitHub(Protocol):
    """The way to issues. ``name`` is a repository's ``owner/name``; older names are followed.

    Every call ends within twenty seconds. Each raises GoneError where the issue is no more, RecipientError where this
    will never be taken, SetupError where the token opens nothing there, BusyError and TransientError for now.
    """

    def login(self) -> str:
        """Who we are there; "" for an app, which GitHub does not tell."""
        ...

    def repository(self, name: str) -> Repository:
        """The repository as it is called now."""
        ...

    def open_issue(self, name: str, *, title: str, body: str, labels: Sequence[str]) -> OpenedIssue:
        """Open an issue."""
        ...

    def find_issue(self, name: str, *, marker: str, label: str, since: datetime) -> OpenedIssue | None:
        """The issue with this label and this marker in its text, changed since then; None where there is none."""
        ...

    def comment(self, name: str, number: int, body: str) -> None:
        """Write a comment."""
        ...

    def has_comment(self, name: str, number: int, *, marker: str, since: datetime) -> bool:
        """Whether a comment since then has this marker in it."""
        ...

    def set_state(self, name: str, number: int, *, closed: bool, planned: bool = True) -> None:
        """Close the issue, or open it again; nothing happens where it is so. Not ``planned``: it is closed as that."""
        ...

    def issues(self, name: str, since: datetime) -> Listed:
        """Issues and pull requests that changed since then."""
        ...

    def events(self, name: str, since: datetime) -> Listed:
        """What was done to issues and pull requests since then, the newest first; the oldest are left out of a part.

        Who assigned somebody is the ``assigner``: the ``actor`` may be either of the two.
        """
        ...

    def comments(self, name: str, since: datetime) -> Listed:
        """Comments on them that were written or changed since then."""
        ...
