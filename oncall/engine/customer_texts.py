"""What a customer, or a stranger, texts: STATUS, REOPEN, DOWN, or news about their incident."""

from datetime import datetime, timedelta

from oncall.core import wording
from oncall.core.incident import Incident, IncidentState, OutcomeKind, Resolution, TimelineEntry, TimelineKind
from oncall.core.partner_event import EventType
from oncall.core.sla import Priority
from oncall.core.sms_commands import SmsCommand, SmsWord
from oncall.engine.intake import Intake
from oncall.engine.partners import Partners
from oncall.engine.prioritising import Prioritising
from oncall.engine.respond import Respond
from oncall.ports import Environment, UnitOfWork

Reply = tuple[str, int | None]
SCREENED_REOPENS_FOR = timedelta(hours=24)


class CustomerTexts:
    """``reply`` performs a customer's word and says, in their language, what became of it."""

    def __init__(
        self, env: Environment, intake: Intake, respond: Respond, prioritising: Prioritising, partners: Partners
    ) -> None:
        self._env = env
        self._partners = partners
        self._intake = intake
        self._respond = respond
        self._prioritising = prioritising

    def reply(self, uow: UnitOfWork, from_number: str, body: str, command: SmsCommand, *, machine: bool) -> Reply:
        """The reply ("" for none), and the incident that the text was about, None for none.

        ``machine`` says that this very text has come again and again: it is not written down once more where an
        incident is open. It opens one all the same: a human in need may write it as often.
        """
        match command.word:
            case SmsWord.DOWN:
                return self._down(uow, from_number, body, machine=machine)
            case SmsWord.REOPEN:
                return self._reopen(uow, from_number, command)
            case SmsWord.STATUS:
                return self._status(uow, from_number, command)
            case _:
                return self._news(uow, from_number, body, machine=machine)

    def _down(self, uow: UnitOfWork, from_number: str, body: str, *, machine: bool) -> Reply:
        now = self._env.clock.now()
        open_ones = self._open(uow, from_number) or self._open_without_number(uow, from_number)
        # A question that is open since last week pages nobody: production that is down now is another matter.
        open_ones = [each for each in open_ones if each.priority is Priority.PRODUCTION_DOWN]
        if open_ones:
            incident = self._intake.bring_forward(uow, open_ones[0])
            if not machine:
                self._add(uow, incident, body, now)
            return wording.already_open_text(
                incident, language=self._language(from_number), phone=self._phone()
            ), incident.number
        latest = uow.incidents.latest_for_caller(from_number)
        if latest is not None and _was_screened(latest, now):
            outcome = self._respond.reopen(latest.number, by=from_number, via="SMS", uow=uow)
            self._add(uow, outcome.incident, body, now)
            return self._down_text(outcome.incident, from_number)
        return self._down_text(self._intake.text_opens(uow, from_number=from_number, body=body), from_number)

    def _down_text(self, incident: Incident, from_number: str) -> Reply:
        return wording.down_text(incident, language=self._language(from_number), phone=self._phone()), incident.number

    def _reopen(self, uow: UnitOfWork, from_number: str, command: SmsCommand) -> Reply:
        incident = (
            uow.incidents.latest_for_caller(from_number)
            if command.number is None
            else self._theirs(uow, from_number, command.number)
        )
        if incident is None:
            return self._nothing(from_number), None
        outcome = self._respond.reopen(incident.number, by=from_number, via="SMS", uow=uow)
        language = self._language(from_number)
        if outcome.kind is OutcomeKind.ALREADY_OPEN:
            return wording.already_open_text(incident, language=language, phone=self._phone()), incident.number
        # Where a notice of the reopening goes out, it is the reply.
        told_anyway = outcome.incident.paged_at is not None and outcome.incident.caller_number == from_number
        if told_anyway:
            return "", incident.number
        return wording.down_text(outcome.incident, language=language, phone=self._phone()), incident.number

    def _status(self, uow: UnitOfWork, from_number: str, command: SmsCommand) -> Reply:
        language = self._language(from_number)
        if command.number is not None:
            theirs = self._theirs(uow, from_number, command.number)
            found = [theirs] if theirs is not None else []
        else:
            found = self._open(uow, from_number)
        if not found:
            return self._nothing(from_number), None
        if len(found) > 1:
            return wording.which_incident_text([i.number for i in found], language=language), None
        configuration = self._env.configuration.current()
        holder = configuration.engineers.get(found[0].acknowledged_by)
        by = holder.name if holder else found[0].acknowledged_by
        return wording.customer_status_text(found[0], by=by, language=language), found[0].number

    def _news(self, uow: UnitOfWork, from_number: str, body: str, *, machine: bool) -> Reply:
        open_ones = self._open(uow, from_number)
        if not open_ones:
            return self._nothing(from_number) if body.strip() else "", None
        if not body.strip():
            return "", open_ones[0].number
        if not machine:
            self._add(uow, open_ones[0], body, self._env.clock.now())
        added = wording.added_text(open_ones[0], language=self._language(from_number), phone=self._phone())
        return added, open_ones[0].number

    def _add(self, uow: UnitOfWork, incident: Incident, body: str, now: datetime) -> None:
        text = f"Text from {incident.company or 'the caller'}: {body.strip()}"
        current = uow.incidents.get(incident.number, lock=True)
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.MESSAGE, text)])
        if current is not None:
            self._partners.happened(uow, EventType.NOTED, current, now)
        if incident.waiting_since is not None:
            self._prioritising.customer_answered(incident.number, via="SMS", uow=uow)

    def _open(self, uow: UnitOfWork, from_number: str) -> list[Incident]:
        """Their open incidents, production down first; then what came from this very number before their colleagues',
        then the newest."""
        customer = self._env.configuration.current().customer_of(from_number)
        found = uow.incidents.open_for_customer(customer.key if customer else "", from_number)
        return sorted(found, key=lambda each: (each.priority.rank > 0, each.caller_number != from_number))

    def _open_without_number(self, uow: UnitOfWork, sender: str) -> list[Incident]:
        """The open incident that the last text of this sender was about, where it is of nobody who can be called.

        Such a sender ("ACME", or a withheld one) would open another with every text. Once somebody has it the next one
        may be another person's, who hides behind the same name: that one is paged for.
        """
        number = uow.inbox.latest_incident(sender)
        incident = uow.incidents.get(number, lock=True) if number is not None else None
        nobody_has_it = incident is not None and incident.state is IncidentState.TRIGGERED and not incident.held
        return [incident] if incident is not None and nobody_has_it and not incident.caller_number else []

    def _theirs(self, uow: UnitOfWork, from_number: str, number: int) -> Incident | None:
        """The incident, if it is this caller's or their company's: others' incidents are none of their business."""
        incident = uow.incidents.get(number)
        customer = self._env.configuration.current().customer_of(from_number)
        if incident is None or not from_number:
            return None
        same_company = customer is not None and incident.customer == customer.key
        return incident if same_company or incident.caller_number == from_number else None

    def _nothing(self, from_number: str) -> str:
        configuration = self._env.configuration.current()
        hotline, language = configuration.hotline, self._language(from_number)
        if configuration.customer_of(from_number) is not None:
            return wording.no_incident_text(language=language, phone=hotline.number)
        return wording.stranger_text(hotline=hotline.company, phone=hotline.number, language=language)

    def _phone(self) -> str:
        return self._env.configuration.current().hotline.number

    def _language(self, from_number: str) -> str:
        configuration = self._env.configuration.current()
        customer = configuration.customer_of(from_number)
        return (customer.language if customer else "") or configuration.hotline.language


def _was_screened(incident: Incident, now: datetime) -> bool:
    ended_at = incident.resolved_at
    screened = incident.resolution is Resolution.SCREENED and ended_at is not None
    return screened and ended_at is not None and now - ended_at <= SCREENED_REOPENS_FOR
