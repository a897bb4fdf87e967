"""A delivery: what a page and a notice share. Claimed, sent, delivered or failed; every transition is here.

States only move forward. What the provider says late or twice changes nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from oncall.core.engineer import ContactMethod


class DeliveryKind(StrEnum):
    """Whom a delivery is for."""

    PAGE = "page"  # an engineer, about an incident
    NOTICE = "notice"  # a customer, about an incident
    OPERATOR = "operator"  # an operator, about the service itself


class DeliveryState(StrEnum):
    """Where a delivery is: WAITING → CLAIMED → SENT → DELIVERED | FAILED, or CANCELLED on the way."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES: frozenset[DeliveryState] = frozenset(
    {DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED}
)


class Urgency(StrEnum):
    """Who goes first when several wait for the carrier; stored as text, ordered by ``rank``."""

    FIRST_PAGE = "first_page"
    REPEAT = "repeat"
    NOTICE = "notice"

    @property
    def rank(self) -> int:
        """0 goes first."""
        return tuple(Urgency).index(self)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to reach one person by one contact method.

    ``recipient`` is an engineer's key for a page and an operator message, "caller" for a notice.
    ``address`` is E.164 or an email address, "" where there is none (the delivery then fails at once).
    ``chain`` names one run of one engineer's notification rules: when one of its deliveries fails, the next is brought forward.
    ``details`` are the facts frozen when it was decided (texts by purpose, see core/wording.py).
    ``cancel_wanted`` says that the provider is to be told to stop ringing; ``cancelled_at`` that it has been.
    """

    id: str
    kind: DeliveryKind
    purpose: str
    incident: int | None
    recipient: str
    method: ContactMethod
    address: str
    created_at: datetime
    due_at: datetime
    chain: str = ""
    urgency: Urgency = Urgency.NOTICE
    details: Mapping[str, str] = field(default_factory=dict)
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    claimed_by: str = ""
    lease_until: datetime | None = None
    provider_id: str = ""
    provider_status: str = ""
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    error_code: str = ""
    error: str = ""
    cancel_wanted: bool = False
    cancelled_at: datetime | None = None

    @property
    def finished(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in FINAL_STATES


def with_provider_id(delivery: Delivery, provider_id: str) -> Delivery:
    """The same delivery, known to the provider by this id; an id once set stays."""
    return delivery if delivery.provider_id else replace(delivery, provider_id=provider_id)
