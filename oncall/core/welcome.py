"""What a new engineer is sent: from which number pages come, so that their telephone lets it through at night."""

from dataclasses import dataclass
from datetime import datetime

from oncall.core.contact_card import contact_name
from oncall.core.delivery import WELCOME, Delivery, DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.hotline import Hotline
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
    hotline: Hotline,
    *,
    link: str,
    timezone: str,
    not_before: datetime,
    now: datetime,
    new_id: str,
) -> Delivery:
    """The message, due when the engineer's quiet hours in this timezone are over.

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
            "subject": f"Save this number: {contact_name(hotline.company)}" if method is ContactMethod.EMAIL else "",
            "text": _text(method, hotline, link),
        },
    )


def _text(method: ContactMethod, hotline: Hotline, link: str) -> str:
    why = f"{one_line(hotline.company)} on-call pages come from {hotline.number}."
    if method is ContactMethod.EMAIL:
        return (
            f"{why}\n\nA telephone that is silent at night rings for nobody. Save the attached contact, and let it"
            f" through Do Not Disturb in three steps: {link}\n"
        )
    how = f" Save it, and let it ring through Do Not Disturb, or you sleep through them: {link}"
    return gsm(clip(why, SMS_LIMIT - len(how)) + how)
