"""A delivery: what a page and a notice share. Claimed, sent, delivered or failed; every transition is here.

States only move forward. What the provider says late or twice changes nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.core.engineer import ContactMethod
from oncall.core.silence import MOST_ASKS, ask_again_at, ask_at


class DeliveryKind(StrEnum):
    """Whom a delivery is for."""

    PAGE = "page"  # an engineer, about an incident
    NOTICE = "notice"  # a customer, about an incident
    # An operator, about the service itself; or an engineer, about their shifts: a word of its own would stop the
    # engines of a release that does not know it.
    OPERATOR = "operator"


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
CAME_TO_NOTHING: frozenset[DeliveryState] = FINAL_STATES - {DeliveryState.DELIVERED}


class Urgency(StrEnum):
    """Who goes first when several wait for the carrier; stored as text, ordered by ``rank``."""

    FIRST_PAGE = "first_page"
    REPEAT = "repeat"
    NOTICE = "notice"

    @property
    def rank(self) -> int:
        """0 goes first."""
        return _RANKS[self]


_RANKS = {urgency: rank for rank, urgency in enumerate(Urgency)}


SHIFT = "shift"  # the purpose of what tells an engineer of their shifts
MEETING = "meeting"  # the purpose of what invites to a status meeting, and of its agenda
WELCOME = "welcome"  # the purpose of what sends a new engineer our contact card


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to reach one person by one contact method.

    ``recipient`` is an engineer's key for a page and an operator message, "caller" for a notice.
    ``address`` is E.164 or an email address, "" where there is none (the delivery then fails at once).
    ``chain`` names one run of one engineer's notification rules, ``position`` the place in it: when one of its
    deliveries fails, the next is brought forward.
    ``attempts`` counts claims, and what else of it may have gone; ``settled`` is the last attempt that is known not to
    have gone (see ``in_doubt``), ``unsent`` how many of all are known to have sent nothing.
    ``provider`` is the name of the telephone provider that took it, "" where that is not known.
    ``details`` are the facts frozen when it was decided (texts by purpose, see core/wording.py).
    ``bundle`` names the delivery whose call or text it shares, itself for that one; None where it goes alone.
    ``cancel_wanted`` says that the provider is to be told to stop ringing; ``cancelled_at`` that it has been.
    ``asks`` counts how often the provider was asked what became of it, ``ask_at`` is when it is asked next (None: not).
    ``further`` says of a first page that others have been paged for its incident: those of nobody yet go before it.
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
    position: int = 0
    urgency: Urgency = Urgency.NOTICE
    details: Mapping[str, str] = field(default_factory=dict)
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    settled: int = 0
    claimed_by: str = ""
    lease_until: datetime | None = None
    provider_id: str = ""
    provider: str = ""
    provider_status: str = ""
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    error_code: str = ""
    error: str = ""
    cancel_wanted: bool = False
    cancelled_at: datetime | None = None
    asks: int = 0
    ask_at: datetime | None = None
    bundle: str | None = None
    further: bool = False
    unsent: int = 0

    @property
    def is_first_page(self) -> bool:
        """Whether it is the first about an incident to this engineer: it goes before all repeats and notices."""
        return self.urgency is Urgency.FIRST_PAGE

    @property
    def in_doubt(self) -> bool:
        """An earlier attempt may have gone without being recorded: ask the provider before repeating it."""
        return self.attempts - self.settled > 1

    @property
    def asked_enough(self) -> bool:
        """The provider was asked so often what became of it that it will not be asked again."""
        return self.asks > MOST_ASKS

    @property
    def about_shifts(self) -> bool:
        """Whether it tells an engineer of their shifts."""
        return self.purpose == SHIFT

    @property
    def unhurried(self) -> bool:
        """Whether it is about no incident and nothing that is ill: it may wait."""
        return self.purpose in (SHIFT, WELCOME, MEETING)

    @property
    def rank(self) -> int:
        """0 goes first; what is not about an incident or the service goes last. A first page that is ``further`` goes
        before the repeats that share its rank."""
        return self.urgency.rank + (1 if self.unhurried or self.further else 0)

    @property
    def finished(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in FINAL_STATES


@dataclass(frozen=True, slots=True)
class Standing:
    """As much of a delivery as a status is judged by. ``bundle`` is as a delivery has it."""

    state: DeliveryState
    provider_id: str
    provider_status: str
    error: str
    method: ContactMethod
    bundle: str | None = None


def _known_as(delivery: Delivery, provider_id: str, provider: str) -> tuple[str, str]:
    """Its id at the provider, and that one's name; an id once set stays, and a name that belongs to it."""
    is_nameless = delivery.provider_id == provider_id and not delivery.provider
    if is_nameless or not delivery.provider_id:
        return provider_id, provider
    return delivery.provider_id, delivery.provider


# Statuses only move forward by this rank; the final ones share the last. Calls and messages do not share words that
# differ in rank.
_STATUS_RANK: dict[str, int] = {
    "accepted": 1, "scheduled": 1, "queued": 1, "initiated": 1,
    "sending": 2, "ringing": 2,
    "sent": 3, "in-progress": 3,
    "spoken": 4,
    "completed": 5, "busy": 5, "no-answer": 5, "failed": 5, "canceled": 5, "delivered": 5, "undelivered": 5, "read": 5,
}  # fmt: skip
_LAST_RANK = max(_STATUS_RANK.values())
# Our own word for a call in which what we had to say has been spoken: an engineer's asked for it, a customer's asked
# for it a second time. One that never did was answered, and may have said nothing of ours.
SPOKEN = "spoken"
_REACHED = frozenset({"delivered", "read"})
_NOT_REACHED: dict[str, str] = {
    "busy": "the line was busy",
    "no-answer": "nobody answered",
    "failed": "the provider could not deliver it",
    "canceled": "it was stopped before it arrived",
    "undelivered": "the carrier did not deliver it",
}
WAS_SPOKEN = "was_spoken"  # the detail of a call whose words were fetched, so that somebody had answered
ANSWERED_IN_SILENCE = "answered, but no key was pressed"
NOTHING_SAID = "answered, but the call ended before it was spoken"
NEVER_ENDED = "the provider never said how it ended"
# What proves, however late, that somebody was reached after all.
_REACHED_AFTER_ALL = frozenset({SPOKEN, "in-progress", "completed", "delivered", "read"})


def sent(
    delivery: Delivery,
    provider_id: str,
    status: str,
    now: datetime,
    *,
    final: bool = False,
    provider: str = "",
    perhaps_more: int = 0,
) -> Delivery:
    """The provider took it. A callback that came first is not undone; ``final`` means that no callback will follow.

    ``perhaps_more`` is how many more of it other providers may have taken.
    """
    known_as, known_to = _known_as(delivery, provider_id, provider)
    attempts = delivery.attempts + perhaps_more
    if delivery.finished:
        return replace(delivery, attempts=attempts, provider_id=known_as, provider=known_to)
    return replace(
        delivery,
        state=DeliveryState.DELIVERED if final else DeliveryState.SENT,
        provider_id=known_as,
        provider=known_to,
        sent_at=delivery.sent_at or now,
        finished_at=now if final else None,
        provider_status=_forward(delivery.provider_status, status),
        attempts=attempts,
        settled=attempts,
        lease_until=None,
        claimed_by="",
        error="",
        error_code="",
        ask_at=None if final else ask_at(delivery.method, delivery.asks, now),
    )


def asked(delivery: Delivery, now: datetime) -> Delivery:
    """The provider is being asked: once more only after a longer silence, and not for ever (``asked_enough``)."""
    asks = delivery.asks + 1
    return replace(delivery, asks=asks, ask_at=ask_at(delivery.method, asks, now))


def not_asked(delivery: Delivery, now: datetime, wait_for: timedelta) -> Delivery:
    """The provider could not be asked just now, and does not want to be before ``wait_for`` has passed: that question
    does not count. ``never_ended`` where it could not be for hours."""
    if delivery.state is not DeliveryState.SENT:
        return delivery
    again_at = ask_again_at(delivery.sent_at or delivery.created_at, now, wait_for)
    if again_at is None:
        return never_ended(delivery, now)
    return replace(delivery, asks=max(delivery.asks - 1, 0), ask_at=again_at)


def never_ended(delivery: Delivery, now: datetime) -> Delivery:
    """The provider is asked no more. A text may have arrived without its carrier saying so; a call cannot last so
    long."""
    if delivery.state is not DeliveryState.SENT:
        return delivery
    if delivery.method is ContactMethod.CALL:
        return failed(delivery, now, error=NEVER_ENDED)
    return replace(delivery, ask_at=None)


def retried(delivery: Delivery, due_at: datetime, *, error: str, code: str) -> Delivery:
    """It waits for another try."""
    return replace(
        delivery,
        state=DeliveryState.WAITING,
        due_at=due_at,
        lease_until=None,
        claimed_by="",
        error=error,
        error_code=code,
        ask_at=None,
    )


def failed(delivery: Delivery, now: datetime, *, error: str, code: str = "") -> Delivery:
    """It will not arrive."""
    return _finished(delivery, DeliveryState.FAILED, now, error=error, code=code)


def withdrawn(delivery: Delivery, now: datetime) -> Delivery:
    """It was never sent, because what it says is true no more."""
    return _finished(delivery, DeliveryState.CANCELLED, now, error="overtaken by what happened since")


def answered(delivery: Delivery, now: datetime) -> Delivery:
    """A human pressed a key on it, or answered it: it has arrived, whatever is said of it later."""
    return _finished(delivery, DeliveryState.DELIVERED, now)


def silenced(delivery: Delivery, now: datetime) -> Delivery:
    """Nobody needs it any more. What waits is cancelled; what is in flight or rings is to be stopped; texts cannot
    be."""
    if delivery.finished:
        return delivery
    if delivery.state is DeliveryState.WAITING and delivery.attempts == delivery.settled:
        return _finished(delivery, DeliveryState.CANCELLED, now)
    if delivery.method is ContactMethod.CALL:
        return replace(delivery, cancel_wanted=True)
    if delivery.state is DeliveryState.SENT:
        return delivery
    return _finished(delivery, DeliveryState.CANCELLED, now)


def stopped(delivery: Delivery, now: datetime) -> Delivery:
    """The provider has been told to stop it, or it had ended, or it never went."""
    if delivery.finished:
        return replace(delivery, cancelled_at=now)
    return replace(_finished(delivery, DeliveryState.CANCELLED, now), cancelled_at=now)


def said_nothing(delivery: Delivery, status: str) -> bool:
    """Whether a notice's call has ended before the notice was spoken: whoever answered may have heard an error."""
    spoken_to = delivery.kind is DeliveryKind.PAGE or delivery.provider_status == SPOKEN
    return status == "completed" and not spoken_to and not delivery.finished


def is_status(status: str) -> bool:
    """Whether it is a word that we know."""
    return status in _STATUS_RANK


def may_change(delivery: Delivery | Standing, *, provider_id: str, status: str) -> bool:
    """Whether this status may still change anything about a delivery that stands so, or has moved on since."""
    if delivery.state in FINAL_STATES:
        return _reaches_after_all(delivery, provider_id, status)
    if delivery.provider_id and provider_id != delivery.provider_id:
        return False
    return _forward_or_last(delivery, status) or delivery.state is not DeliveryState.SENT


def provider_said(
    delivery: Delivery, *, provider_id: str, status: str, code: str, detail: str, now: datetime, provider: str = ""
) -> Delivery:
    """What a status callback makes of it. Unknown, late and repeated statuses change nothing.

    ``detail`` says in plain words what the provider's error ``code`` means, "" where there is none.
    """
    rank = _STATUS_RANK.get(status)
    if rank is None or delivery.finished or (delivery.provider_id and provider_id != delivery.provider_id):
        return delivery
    if not _forward_or_last(delivery, status) and delivery.state is DeliveryState.SENT:
        return delivery
    known = sent(delivery, provider_id, status, now, provider=provider)
    if status == SPOKEN:
        # What the provider says last may be that the call failed, and by then how far it came is gone.
        known = replace(known, details={**known.details, WAS_SPOKEN: "yes"})
    if status in _REACHED or (status == "completed" and delivery.kind is not DeliveryKind.PAGE):
        return _finished(known, DeliveryState.DELIVERED, now)
    if known.cancel_wanted and rank == _LAST_RANK:
        return stopped(known, now)
    if status == "completed":
        return failed(known, now, error=ANSWERED_IN_SILENCE)
    if status in _NOT_REACHED:
        return failed(known, now, error=detail or _NOT_REACHED[status], code=code)
    return known


def reached_after_all(delivery: Delivery, *, provider_id: str, status: str) -> Delivery:
    """The same delivery, with the provider's word that it reached somebody after we took it for failed.

    It stays failed, as what follows a failure has been done; the delivery itself is returned where that is no news.
    """
    return replace(delivery, provider_status=status) if _reaches_after_all(delivery, provider_id, status) else delivery


def _reaches_after_all(delivery: Delivery | Standing, provider_id: str, status: str) -> bool:
    other = delivery.provider_id and provider_id != delivery.provider_id
    if delivery.state is not DeliveryState.FAILED or other or status not in _REACHED_AFTER_ALL:
        return False
    if delivery.provider_status in _REACHED_AFTER_ALL or delivery.error == ANSWERED_IN_SILENCE:
        return False
    return delivery.error != NOTHING_SAID or status == SPOKEN


def _forward_or_last(delivery: Delivery | Standing, status: str) -> bool:
    """Whether it says more than is known. A last word counts, although a look-up has told it: it has ended nothing."""
    rank, before = _STATUS_RANK.get(status, 0), _STATUS_RANK.get(delivery.provider_status, 0)
    return rank > before or rank == _LAST_RANK


def _forward(before: str, status: str) -> str:
    return status if _STATUS_RANK.get(status, 0) >= _STATUS_RANK.get(before, 0) else before


def _finished(delivery: Delivery, state: DeliveryState, now: datetime, *, error: str = "", code: str = "") -> Delivery:
    if delivery.finished:
        return delivery
    return replace(
        delivery,
        state=state,
        finished_at=now,
        lease_until=None,
        claimed_by="",
        error=error,
        error_code=code,
        ask_at=None,
    )
