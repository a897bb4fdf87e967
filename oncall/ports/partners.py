"""What partners are told, and what they tell us, as rows; and the way to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from oncall.core.partner_event import PartnerEvent


class PartnerEvents(Protocol):
    """What is to be told to partners, and was."""

    def add(self, events: Sequence[PartnerEvent]) -> None:
        """Enqueue, in this order."""
        ...

    def get(self, event_id: str, *, lock: bool = False) -> PartnerEvent | None:
        """One, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def last(self, partner: str, key: str, *, type: str = "") -> PartnerEvent | None:
        """The newest event with this key (not ""), of that type where one is named; None where there is none."""
        ...

    def is_waiting(self, partner: str, key: str) -> bool:
        """Whether an event of this key has not ended."""
        ...

    def save(self, event: PartnerEvent) -> None:
        """Store a change of an event that was read with ``lock``."""
        ...

    def let_next_go(self, partner: str, key: str, now: datetime) -> bool:
        """The oldest event of this key that has not ended is due now; False where there is none."""
        ...

    def claim_due(self, partner: str, now: datetime, *, again_at: datetime, limit: int) -> list[PartnerEvent]:
        """Events to send now, longest due first; each is put off to ``again_at``, so that one worker has it.

        They come back with ``attempts`` grown by one.
        """
        ...

    def next_due_at(self, partner: str) -> datetime | None:
        """When this partner's next event can be claimed; None when there is none."""
        ...

    def of(self, incident: int) -> list[PartnerEvent]:
        """Events of an incident, oldest first."""
        ...

    def forget(self, before: datetime, *, limit: int) -> int:
        """Delete at most so many events from before then of incidents that are over, oldest first; how many it were."""
        ...


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """A webhook of a partner's, kept so that a duplicate takes no effect and an older one undoes nothing.

    ``incident`` is None where it is about none of ours. ``agent_id`` is the user who did it there, "" for nobody.
    ``effect`` says what became of it; ``applied`` whether it was the word of somebody we listen to. ``due_at`` is when
    to ask who the user is, None where that is not needed.
    """

    id: str
    type: str
    key: str
    incident: int | None
    occurred_at: datetime
    received_at: datetime
    agent_id: str = ""
    agent_name: str = ""
    effect: str = ""
    applied: bool = False
    due_at: datetime | None = None
    attempts: int = 0


class PartnerAnswers(Protocol):
    """Webhooks of partners."""

    def add(self, answer: PartnerAnswer) -> bool:
        """Keep it; False, and nothing stored, where its id is known already."""
        ...

    def get(self, answer_id: str, *, lock: bool = False) -> PartnerAnswer | None:
        """One, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def save(self, answer: PartnerAnswer) -> None:
        """Keep it, in the place of what was kept before."""
        ...

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> list[PartnerAnswer]:
        """Those that wait for a look-up, put off to ``again_at``; they come back with ``attempts`` grown by one."""
        ...

    def next_due_at(self) -> datetime | None:
        """When the next is to be looked up; None when there is none."""
        ...

    def forget(self, before: datetime, *, limit: int) -> int:
        """Delete at most so many that came before then, wait for no look-up, and are about no incident that is open;
        how many it were."""
        ...

    def last_applied_at(self, incident: int) -> datetime | None:
        """When the newest event happened that was applied to this incident; None where none was."""
        ...


class PartnerUsers(Protocol):
    """Who a partner's users are. Every call ends within twenty seconds."""

    def email_of(self, user_id: str) -> str:
        """The email address of a user; "" where there is no such user. Raises ChannelError."""
        ...


class PartnerSender(Protocol):
    """The way to a kind of partner. Every call ends within twenty seconds."""

    def send(self, event: PartnerEvent, url: str) -> None:
        """Hand it over; ``url`` is where to, "" where the sender knows.

        Raises GoneError where nothing more is wanted there, RecipientError where this event never will be taken,
        SetupError until an operator has mended something, BusyError and TransientError for now.
        """
        ...
