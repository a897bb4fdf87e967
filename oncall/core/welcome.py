"""What a new engineer is sent: from which number pages come, so that their telephone lets it through at night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.core.contact_card import contact_name
from oncall.core.delivery import WELCOME, Delivery, DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.plain_text import clip, gsm, one_line
from oncall.core.quiet_hours import quiet_until
from oncall.core.wording import SMS_LIMIT


@dataclass(frozen=True, slots=True)
class Welcomed:
    """An engineer (key) who was sent the contact card, or was there before there was one, at this phone."""

    engineer: str
    phone: str
    welcomed_at: datetime


def welcome_methods(engineer: Engineer, *, email_connected: bool) -> tuple[ContactMethod, ...]:
    """How to send it: an email carries the card itself; a text goes to whoever is texted, or has no email."""
    email = (ContactMethod.EMAIL,) if email_connected and engineer.email else ()
    texted = any(rule.by is ContactMethod.SMS for rule in engineer.notify)
    return ((ContactMethod.SMS,) if texted or not email else ()) + email


def welcome_delivery(
    engineer: Engineer,
    method: ContactMethod,
    company: str,
    numbers: Sequence[str],
    *,
    link: str,
    timezone: str,
    not_before: datetime,
    now: datetime,
    new_id: str,
) -> Delivery:
    """The message, due when the engineer's quiet hours in this timezone are over; ``numbers`` are those that may call.

    Of kind OPERATOR, as notices about shifts are: an engine of a release that does not know it sends it too.
    """
    return Delivery(
        id=new_id,
        kind=DeliveryKind.OPERATOR,
        purpose=WELCOME,
        incident=None,
        recipient=engineer.key,
        method=method,
        address=engineer.address(method),
        created_at=now,
        due_at=quiet_until(engineer.quiet_hours, timezone, not_before) or not_before,
        chain=new_id,
        urgency=Urgency.NOTICE,
        details={
            "engineer": engineer.name,
            "subject": f"Save this number: {contact_name(company)}" if method is ContactMethod.EMAIL else "",
            "text": _text(method, company, numbers, link),
        },
    )


def _text(method: ContactMethod, company: str, numbers: Sequence[str], link: str) -> str:
    why = f" on-call pages come from {' or '.join(numbers)}."
    if method is ContactMethod.EMAIL:
        return (
            f"{one_line(company)}{why}\n\nA telephone that is silent at night rings for nobody. Save the attached"
            f" contact, and let it through Do Not Disturb in three steps: {link}\n"
        )
    how = f" Save it, and let it ring through Do Not Disturb, or you sleep through them: {link}"
    return gsm(clip(one_line(company), SMS_LIMIT - len(why) - len(how)) + why + how)
