"""What came in from GitHub and Slack, and where incidents live there, as rows."""

from datetime import datetime
from typing import Protocol

from oncall.core.inbound import InboundEvent, Link, Platform


class InboundEvents(Protocol):
    """Webhooks that were taken in."""

    def add(self, event: InboundEvent) -> bool:
        """Keep it; False, and nothing stored, where its id is known already."""
        ...

    def get(self, event_id: str, *, lock: bool = False) -> InboundEvent | None:
        """One, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def save(self, event: InboundEvent) -> None:
        """Store a change of an event that was read with ``lock``. Raises ConflictError where it is gone."""
        ...

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> list[InboundEvent]:
        """Events to work on now, put off to ``again_at``; of each subject only the one that came first.

        They come back with ``attempts`` grown by one.
        """
        ...

    def next_due_at(self) -> datetime | None:
        """When the next can be worked on; None when there is none."""
        ...

    def forget(self, before: datetime, *, limit: int) -> int:
        """Delete at most so many that were done with before then, oldest first; how many it were."""
        ...


class Links(Protocol):
    """Which issue or thread an incident lives in."""

    def add(self, link: Link) -> bool:
        """Keep it; False, and nothing stored, where that issue or thread has an incident already."""
        ...

    def save(self, link: Link) -> None:
        """Keep it, in the place of what was kept before of this issue or thread."""
        ...

    def find(self, platform: Platform, place: str, key: str) -> Link | None:
        """The link of an issue or thread; None where it is none of ours."""
        ...

    def of(self, incident: int) -> list[Link]:
        """Where an incident lives, oldest first."""
        ...

    def move(self, platform: Platform, place: str, *, name: str) -> int:
        """A place has another name; how many links were changed."""
        ...
