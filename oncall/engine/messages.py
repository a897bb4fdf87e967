"""What a delivery says: its words, and how long the provider may keep it."""

from collections.abc import Sequence
from dataclasses import replace

from oncall.core.bundle_wording import bundle_sms, bundle_sms_parts
from oncall.core.delivery import MEETING, Delivery, DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident
from oncall.core.notice import NoticePurpose
from oncall.core.wording import notice_subject, notice_text, operator_text, page_email, page_sms, page_sms_parts
from oncall.engine.meetings import mailed_files
from oncall.engine.quiet_words import QuietWording
from oncall.engine.welcome import attachments_of
from oncall.errors import OvertakenError
from oncall.ports import Attachment, Environment, Message

HANDED_OVER = "handed_over"  # the detail of a text whose words are made when it goes: as it was handed over last
PAGE_EXPIRES_SECONDS = 300
NOTICE_EXPIRES_SECONDS = 3600
_WITHOUT_SUBJECT = frozenset({ContactMethod.SMS, ContactMethod.CALL})


class Messages:
    """Makes them as a channel takes them."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._quiet = QuietWording(env)

    def of(self, delivery: Delivery, incident: Incident | None) -> Message:
        """The message of a delivery that goes alone. Raises OvertakenError where there is nothing to say any more."""
        subject, text = self._words(delivery, incident)
        may_wait = delivery.kind is DeliveryKind.NOTICE or delivery.unhurried
        expires = NOTICE_EXPIRES_SECONDS if may_wait else PAGE_EXPIRES_SECONDS
        hotline = self._env.configuration.current().hotline
        return Message(
            delivery.id,
            delivery.kind,
            delivery.address,
            text,
            subject,
            expires,
            ring_seconds=int(hotline.ring_for.total_seconds()),
            detect_machine=hotline.machine_detection and delivery.kind is DeliveryKind.PAGE,
            attachments=self._attachments(delivery),
            known_by=_known_by(delivery, incident),
        )

    def as_handed_over(self, delivery: Delivery, message: Message) -> Message:
        """The same, to be looked up: a notice whose words are made when it goes, as it went (`departure`)."""
        return replace(message, text=delivery.details.get(HANDED_OVER, message.text))

    def _attachments(self, delivery: Delivery) -> tuple[Attachment, ...]:
        if delivery.purpose != MEETING:
            return attachments_of(delivery, self._env.configuration.current())
        with self._env.database.read() as uow:
            return mailed_files(uow, delivery)

    def of_bundle(self, together: Sequence[Delivery]) -> Message:
        """The one message of all these, of which the first leads."""
        numbers = {one.incident for one in together if one.incident is not None}
        with self._env.database.read() as uow:
            incidents = uow.incidents.get_many(numbers)
        lead = together[0]
        message = self.of(lead, incidents.get(lead.incident or 0))
        message = replace(message, delivery_id=lead.bundle or lead.id)
        if len(incidents) == 1:
            return message
        in_order = [incidents[number] for number in sorted(incidents)]
        return replace(message, text=bundle_sms(in_order), known_by=bundle_sms_parts(in_order))

    def _words(self, delivery: Delivery, incident: Incident | None) -> tuple[str, str]:
        if delivery.about_shifts:
            words = self._quiet.words(delivery, self._env.clock.now())
            if words is None:
                raise OvertakenError("what it says is true no more", code="overtaken")
            return words.subject, words.text
        if delivery.unhurried:
            return delivery.details.get("subject", ""), delivery.details.get("text", "")
        if delivery.kind is DeliveryKind.OPERATOR or incident is None:
            return delivery.details.get("subject", ""), operator_text(delivery.details)
        hotline = self._env.configuration.current().hotline
        if delivery.kind is DeliveryKind.NOTICE:
            language = incident.language or hotline.language
            purpose = NoticePurpose(delivery.purpose)
            subject = notice_subject(purpose, incident, delivery.details, language)
            return subject, notice_text(purpose, incident, delivery.details, language)
        if delivery.method in _WITHOUT_SUBJECT:
            return "", page_sms(incident, hotline=hotline.company)
        subject, body = page_email(incident, hotline=hotline.company)
        return subject, body if delivery.method is ContactMethod.EMAIL else page_sms(incident, hotline=hotline.company)


def _known_by(delivery: Delivery, incident: Incident | None) -> tuple[str, ...]:
    """What is said of a drill, and of anything but a page, never changes."""
    if delivery.kind is not DeliveryKind.PAGE or incident is None or incident.drill:
        return ()
    return page_sms_parts(incident)
