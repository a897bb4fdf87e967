"""What was sent about status meetings, and files that go with mails, as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from oncall.core.meeting import Invited


class Meetings(Protocol):
    """What was last sent about each meeting."""

    def all(self) -> list[Invited]:
        """Every row."""
        ...

    def get(self, key: str, *, lock: bool = False) -> Invited | None:
        """That of one meeting, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def add(self, invited: Invited) -> bool:
        """Keep a new one; False, and nothing stored, where the meeting has one."""
        ...

    def save(self, invited: Invited) -> None:
        """Store a change of one that was read with ``lock``."""
        ...


@dataclass(frozen=True, slots=True)
class MailedFile:
    """A file that goes with mails. ``content_type`` is such as application/pdf."""

    id: str
    name: str
    content_type: str
    content: bytes
    created_at: datetime


class MailedFiles(Protocol):
    """Files, kept until the mails that they go with have gone."""

    def add(self, file: MailedFile) -> None:
        """Keep a new one."""
        ...

    def get(self, file_id: str) -> MailedFile | None:
        """One, or None."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete those that were made before then; how many it were."""
        ...
