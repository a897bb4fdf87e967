"""What happens to an incident, told in the issue that it lives in; and an issue for what came in elsewhere.

All of it is enqueued in the transaction of what happened, in the order in which it happened, and sent afterwards by
`engine/github_sending.py`. What was done at GitHub is not told there again.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from oncall.core import github_wording as wording
from oncall.core.github import GITHUB, GONE
from oncall.core.github_labels import our_labels
from oncall.core.inbound import Platform
from oncall.core.incident import Incident, IntakeChannel, Screening, TimelineEntry, TimelineKind
from oncall.core.partner_event import Ending, EventType, PartnerEvent
from oncall.ports import Alarm, Environment, UnitOfWork

OPEN, COMMENT, CLOSE, REOPEN = "open", "comment", "close", "reopen"
# So long a call usually takes, and what was said takes to be written down: then the issue begins with it.
A_CALL_TAKES = timedelta(seconds=90)
_KIND_OF = {
    EventType.ACKNOWLEDGED: TimelineKind.ACKNOWLEDGED,
    EventType.UPDATED: TimelineKind.UPDATE,
    EventType.RESOLVED: TimelineKind.RESOLVED,
    EventType.REOPENED: TimelineKind.REOPENED,
    EventType.NOTED: TimelineKind.RECORDING,
}


class GitHubFollower:
    """`engine.partners.Follower`."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def follow(
        self, uow: UnitOfWork, event: EventType, incident: Incident, facts: Sequence[TimelineEntry], now: datetime
    ) -> None:
        """Enqueue what is to be told at GitHub, if anything."""
        if event is EventType.OPENED:
            self._open(uow, incident, facts, now)
            return
        kind = _KIND_OF.get(event)
        fact = next((each for each in reversed(facts) if each.kind is kind), None)
        # What an event is about stands last; an older fact of its kind was told when it was new.
        if fact is None or fact.at != facts[-1].at or not self.lives_there(uow, incident.number):
            return
        match event:
            case EventType.NOTED:
                # Any note may be the reason; only when a recording came last it is what was said.
                if facts[-1] is fact:
                    self._said(uow, incident, facts, now)
            case EventType.ACKNOWLEDGED if fact.public_text:
                self.say(uow, incident, wording.acknowledged_comment(fact.public_text, incident, self._language()), now)
            case EventType.UPDATED if not wording.came_from_github(fact):
                self.say(uow, incident, wording.update_comment(fact), now)
            case EventType.RESOLVED if not wording.came_from_github(fact):
                self.say(uow, incident, wording.resolved_comment(fact, incident, self._language()), now)
                self._enqueue(uow, incident, CLOSE, {}, now)
            case EventType.REOPENED if not wording.came_from_github(fact):
                self._enqueue(uow, incident, REOPEN, {}, now)
                self.say(uow, incident, wording.reopened_comment(incident, self._language()), now)
            case _:
                pass

    def lives_there(self, uow: UnitOfWork, number: int) -> bool:
        """Whether the incident has an issue, or is to have one."""
        links = [link for link in uow.links.of(number) if link.platform is Platform.GITHUB]
        if links:
            return any(link.state != GONE for link in links)
        opening = uow.partner_events.last(GITHUB, str(number), type=OPEN)
        return opening is not None and opening.ending is not Ending.GIVEN_UP

    def received(self, uow: UnitOfWork, incident: Incident, now: datetime) -> None:
        """Enqueue our answer to an issue that has just become an incident."""
        text = wording.received_comment(
            incident, self._language(), tracking_url=self._tracking(incident), phone=self._phone()
        )
        self.say(uow, incident, text, now)

    def wrong_channel(self, uow: UnitOfWork, incident: Incident, now: datetime) -> None:
        """Enqueue the number to phone where production is down."""
        self.say(uow, incident, wording.phone_comment(incident, self._language(), phone=self._phone()), now)

    def after_the_end(self, uow: UnitOfWork, incident: Incident, now: datetime) -> None:
        """Enqueue how to open it again, once for each time that it was resolved."""
        cause, ended = f"github after the end:{incident.number}", f"{incident.resolved_at}"
        told = uow.alarms.get(cause)
        if told is None or told.text != ended:
            uow.alarms.put(Alarm(cause, now, ended))
            self.say(uow, incident, wording.over_comment(incident, self._language()), now)

    def say(self, uow: UnitOfWork, incident: Incident, text: str, now: datetime) -> None:
        """Enqueue a comment."""
        self._enqueue(uow, incident, COMMENT, {"text": text}, now)

    def _open(self, uow: UnitOfWork, incident: Incident, facts: Sequence[TimelineEntry], now: datetime) -> None:
        customer = self._env.configuration.current().customers.get(incident.customer)
        came_from_there = incident.channel is IntakeChannel.GITHUB
        if customer is None or not customer.github or came_from_there or incident.screening is not Screening.PASSED:
            return
        fields = self._issue(incident, facts, customer.github)
        calls = incident.channel is IntakeChannel.PHONE
        self._enqueue(uow, incident, OPEN, fields, now + A_CALL_TAKES if calls else now)

    def _said(self, uow: UnitOfWork, incident: Incident, facts: Sequence[TimelineEntry], now: datetime) -> None:
        said = wording.transcripts(facts[-1:])
        if not said:
            return
        opening = uow.partner_events.last(GITHUB, str(incident.number), type=OPEN)
        opening = uow.partner_events.get(opening.id, lock=True) if opening is not None else None
        if opening is not None and opening.ending is None and opening.attempts == 0:
            name = json.loads(opening.body)["name"]
            body = json.dumps(self._issue(incident, facts, name))
            uow.partner_events.save(replace(opening, body=body))
            return
        self.say(uow, incident, wording.transcript_comment(said[0], incident, self._language()), now)

    def _issue(self, incident: Incident, facts: Sequence[TimelineEntry], name: str) -> dict[str, Any]:
        hotline = self._env.configuration.current().hotline
        text = wording.issue_body(
            incident, facts, hotline.language, tracking_url=self._tracking(incident), hotline=hotline.company
        )
        return {
            "name": name,
            "title": wording.issue_title(incident, hotline.language),
            "text": text,
            "labels": our_labels(incident.priority, incident.request_type),
        }

    def _enqueue(
        self, uow: UnitOfWork, incident: Incident, kind: str, fields: dict[str, Any], due_at: datetime
    ) -> None:
        key = str(incident.number)
        waiting = uow.partner_events.is_waiting(GITHUB, key)
        event = PartnerEvent(
            id=self._env.ids.new(),
            partner=GITHUB,
            incident=incident.number,
            type=kind,
            key=key,
            body=json.dumps(fields),
            created_at=self._env.clock.now(),
            due_at=None if waiting else due_at,
        )
        uow.partner_events.add([event])
        uow.wake_engine()

    def _tracking(self, incident: Incident) -> str:
        return f"{self._env.public_url}/track/{incident.token}" if self._env.public_url else ""

    def _phone(self) -> str:
        return self._env.configuration.current().hotline.number

    def _language(self) -> str:
        return self._env.configuration.current().hotline.language
