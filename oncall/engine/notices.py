"""Telling the customer: notices are enqueued in the transaction of what they tell."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pytz

from oncall.core.change import Notify
from oncall.core.delivery import Delivery, DeliveryKind, Urgency
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident, IntakeChannel, TimelineEntry, TimelineKind
from oncall.core.notice import NoticePurpose
from oncall.ports import Environment, UnitOfWork

CALLER = "caller"
_ANSWERED_THERE = frozenset({IntakeChannel.GITHUB, IntakeChannel.SLACK})


class Notices:
    """Enqueues notices by SMS; `engine/aftermath.py` falls back to a call where SMS cannot reach."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def enqueue(
        self,
        uow: UnitOfWork,
        incident: Incident,
        notices: Iterable[Notify],
        now: datetime,
        *,
        not_before: datetime | None = None,
    ) -> None:
        """Enqueue these, to go now or not before an instant; without a number that may be called back, the timeline
        says that nobody could be told."""
        self._enqueue(uow, [(incident, notice) for notice in notices], now, due_at=not_before or now)

    @staticmethod
    def answered_there(incident: Incident) -> bool:
        """Whether whoever wrote to us is told where they wrote, and by no notice."""
        return not incident.caller_number and incident.channel in _ANSWERED_THERE

    def by_email(
        self,
        uow: UnitOfWork,
        incident: Incident,
        notice: Notify,
        addresses: Iterable[str],
        now: datetime,
        not_before: datetime,
    ) -> None:
        """Enqueue it for each of these addresses."""
        for address in addresses:
            delivery = self._delivery(incident, notice, now)
            mail = replace(delivery, method=ContactMethod.EMAIL, address=address, due_at=not_before)
            uow.deliveries.add([mail])
            uow.wake_engine()

    def catch_up(self, uow: UnitOfWork, incidents: Iterable[Incident], now: datetime) -> None:
        """Tell whoever can be told only now how it stands: that we are on it, or who has it. Nobody hears it twice."""
        due = [(incident, self._standing(incident)) for incident in incidents if incident.open]
        heard = uow.deliveries.purposes([incident.number for incident, _ in due])
        news = [(one, notice) for one, notice in due if notice.purpose not in heard.get(one.number, ())]
        self._enqueue(uow, news, now, due_at=now)

    def _enqueue(
        self, uow: UnitOfWork, notices: Iterable[tuple[Incident, Notify]], now: datetime, *, due_at: datetime
    ) -> None:
        told: list[Delivery] = []
        untold: list[tuple[int, TimelineEntry]] = []
        for incident, notice in notices:
            if incident.drill or self.answered_there(incident):
                continue
            if incident.caller_number:
                told.append(replace(self._delivery(incident, notice, now), due_at=due_at))
                continue
            text = f"The caller could not be told ({notice.purpose.value}): no number to call back"
            untold.append((incident.number, TimelineEntry(now, TimelineKind.NOTICE, text)))
        uow.timeline.add_many(untold)
        uow.deliveries.add(told)
        if told:
            uow.wake_engine()

    def _standing(self, incident: Incident) -> Notify:
        if not incident.held:
            return Notify(NoticePurpose.RECEIVED)
        engineer = self._env.configuration.current().engineers.get(incident.acknowledged_by)
        name = engineer.name if engineer else incident.acknowledged_by
        return Notify(NoticePurpose.ACKNOWLEDGED, (("engineer", name), ("holder", incident.acknowledged_by)))

    def _delivery(self, incident: Incident, notice: Notify, now: datetime) -> Delivery:
        return Delivery(
            id=self._env.ids.new(),
            kind=DeliveryKind.NOTICE,
            purpose=notice.purpose.value,
            incident=incident.number,
            recipient=CALLER,
            method=ContactMethod.SMS,
            address=incident.caller_number,
            created_at=now,
            due_at=now,
            chain=self._env.ids.new(),
            urgency=Urgency.NOTICE,
            details=self._details(incident, notice, now),
        )

    def _details(self, incident: Incident, notice: Notify, now: datetime) -> dict[str, str]:
        configuration = self._env.configuration.current()
        hotline = configuration.hotline
        details = {"at": now.isoformat(), "hotline": hotline.company, "hotline_number": hotline.number}
        # The command line may not know our public URL: then a notice has no link, but never half of one.
        if notice.purpose is not NoticePurpose.SCREENED and self._env.public_url:
            details["tracking_url"] = f"{self._env.public_url}/track/{incident.token}"
        if notice.purpose is NoticePurpose.ACKNOWLEDGED:
            zone = pytz.timezone(configuration.business_hours.timezone)
            details["since"] = (incident.acknowledged_at or now).astimezone(zone).strftime("%H:%M")
        return details | dict(notice.details)
