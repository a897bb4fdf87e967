"""What came in as a text, and what the operators were told, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A text that came in, kept so that a duplicate gets the same answer and takes no effect."""

    sid: str
    received_at: datetime
    from_number: str
    body: str
    reply: str
    incident: int | None = None


class Inbox(Protocol):
    """Texts that came in."""

    def get(self, sid: str) -> ReceivedMessage | None:
        """The text with this id, or None."""
        ...

    def add(self, message: ReceivedMessage) -> None:
        """Keep it. Raises ConflictError where its sid is known already."""
        ...

    def known(self, sids: Sequence[str]) -> frozenset[str]:
        """Those of these sids that were received."""
        ...

    def latest_incident(self, from_number: str) -> int | None:
        """The number of the incident that the last text of this sender was about, if any was; None for none."""
        ...

    def repeats(self, from_number: str, body: str, since: datetime) -> int:
        """How often this very text came from this number since then; a machine that answers ours repeats itself."""
        ...


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something the operators were told, kept so that they are not told again for a while. ``key`` names the cause."""

    key: str
    raised_at: datetime
    text: str


class Alarms(Protocol):
    """What the operators were told."""

    def get(self, key: str) -> Alarm | None:
        """The last alarm of this cause, or None."""
        ...

    def put(self, alarm: Alarm) -> None:
        """Remember it, in the place of an earlier one."""
        ...
