"""A page: one attempt to reach one engineer by one contact method; and how a run of notification rules goes on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.confirm_digit import DETAIL, digit_for
from oncall.core.delivery import WAS_SPOKEN, Delivery, DeliveryKind, DeliveryState, Urgency
from oncall.core.engineer import Confirm, ContactMethod, Engineer, NotificationRule

PAGE = "page"
OPERATOR = "operator"
_ALIGNED_TO = 30  # seconds
_CANNOT_ARRIVE = frozenset({"failed", "undelivered"})
_EMAIL_AT_ONCE = NotificationRule(ContactMethod.EMAIL, timedelta(0))


def page_deliveries(
    engineer: Engineer,
    incident: int,
    *,
    why: str,
    first: bool,
    now: datetime,
    new_id: Callable[[], str],
    further: bool = False,
) -> list[Delivery]:
    """One run of an engineer's notification rules about an incident, one delivery a rule.

    ``why`` says how the engineer came to be on call, for the timeline. ``first`` pages go before repeated ones, and
    those of incidents that nobody has been paged for before those that are ``further``.
    """
    urgency = Urgency.FIRST_PAGE if first else Urgency.REPEAT
    began = _run(engineer, _in_order(engineer.notify), now, new_id)
    details = {"engineer": engineer.name, "why": why}
    return [
        replace(
            one,
            kind=DeliveryKind.PAGE,
            purpose=PAGE,
            incident=incident,
            urgency=urgency,
            further=first and further,
            details=details | _what_confirms(engineer, one),
        )
        for one in began
    ]


def _what_confirms(engineer: Engineer, page: Delivery) -> dict[str, str]:
    """Frozen here, so that an edit in the meantime never changes what a ringing telephone asks for."""
    asks = engineer.confirm is Confirm.DIGIT and page.method is ContactMethod.CALL
    return {DETAIL: digit_for(page.id)} if asks else {}


def operator_deliveries(
    operator: Engineer,
    *,
    subject: str,
    text: str,
    email_connected: bool,
    now: datetime,
    new_id: Callable[[], str],
) -> list[Delivery]:
    """An operator's notification rules about the service itself; and email at once, since the telephone may be what
    is ill."""
    rules = _in_order(operator.notify)
    if email_connected and operator.email and _EMAIL_AT_ONCE not in rules:
        rules = (_EMAIL_AT_ONCE, *rules)
    details = {"subject": subject, "text": text, "engineer": operator.name}
    return [replace(one, details=details) for one in _run(operator, rules, now, new_id)]


def _run(
    engineer: Engineer, rules: Sequence[NotificationRule], now: datetime, new_id: Callable[[], str]
) -> list[Delivery]:
    """One run of these rules, as messages to an operator about nothing yet."""
    chain = new_id()
    return [
        Delivery(
            id=new_id(),
            kind=DeliveryKind.OPERATOR,
            purpose=OPERATOR,
            incident=None,
            recipient=engineer.key,
            method=rule.by,
            address=engineer.address(rule.by),
            created_at=now,
            due_at=now + rule.after_for,
            chain=chain,
            position=position,
            urgency=Urgency.REPEAT,
        )
        for position, rule in enumerate(rules)
    ]


def bring_forward(
    chain: Sequence[Delivery], after: Delivery, now: datetime, *, line_is_ours: bool = False
) -> Delivery | None:
    """What follows a failed delivery in its run of notification rules, due now.

    ``line_is_ours``: their line was busy with a call of ours about another matter. To call again is due once that may
    have ended, and no later than the rule says. None where it has begun already, or where nothing is left.
    """
    for following in sorted(chain, key=lambda delivery: delivery.position):
        if following.position <= after.position or following.finished:
            continue
        if following.state is DeliveryState.WAITING and following.due_at > now and following.attempts == 0:
            waits = line_is_ours and following.method is ContactMethod.CALL
            return replace(following, due_at=min(following.due_at, _line_is_free_at(now)) if waits else now)
        return None
    return None


def went_nowhere(page: Delivery) -> bool:
    """Whether it never left, or the provider found that it cannot arrive. A telephone that rang is another matter."""
    cannot_arrive = page.provider_status in _CANNOT_ARRIVE and WAS_SPOKEN not in page.details
    return page.state is DeliveryState.FAILED and (page.sent_at is None or cannot_arrive)


def _line_is_free_at(now: datetime) -> datetime:
    """From half a minute to a minute on, the same instant for all who found the line busy just now: what is due at one
    time, and waits for the carrier, goes in one call."""
    return (
        now
        - timedelta(seconds=now.second % _ALIGNED_TO, microseconds=now.microsecond)
        + timedelta(seconds=2 * _ALIGNED_TO)
    )


def _in_order(rules: tuple[NotificationRule, ...]) -> tuple[NotificationRule, ...]:
    return tuple(sorted(rules, key=lambda rule: rule.after_for))
