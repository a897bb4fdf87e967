"""What people do at PagerDuty, done here: an acknowledgement or a resolution by a human who is one of our engineers.

Programs never acknowledge, and our own events that come back change nothing. What comes twice takes effect once, and
what happened before the last that was heeded comes too late. Each event is stored before its webhook is answered; who a
user is may have to be asked of PagerDuty, which a worker does afterwards.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.incident import TimelineEntry, TimelineKind
from oncall.core.pagerduty import Action, Said, engineer_of
from oncall.core.partner_event import PAGERDUTY
from oncall.core.plain_text import clip, one_line
from oncall.engine.operators import Operators
from oncall.engine.partners import Partners
from oncall.engine.respond import Respond
from oncall.errors import ChannelError
from oncall.ports import Environment, PartnerAnswer, PartnerUsers, UnitOfWork

VIA = "PagerDuty"
_ACTIONS = {"incident.acknowledged": Action.ACKNOWLEDGE, "incident.resolved": Action.RESOLVE}
_DONE = {Action.ACKNOWLEDGE: "acknowledged", Action.RESOLVE: "resolved"}
# By so much their clock may be behind ours.
_CLOCKS_DIFFER_BY = timedelta(seconds=5)
LEASE_FOR = timedelta(seconds=45)
_ASK_AGAIN_FOR = timedelta(seconds=10)
_MOST_ATTEMPTS = 8
_FOR_EVER = timedelta(days=36_500)


class PagerDutyAnswers:
    """The web calls ``received``, the engine ``claim`` and ``look_up``. Without ``users`` nobody can be asked.

    ``service_id`` is our service there: another one's incidents may have keys like ours. "" takes all for ours.
    """

    def __init__(
        self,
        env: Environment,
        respond: Respond,
        partners: Partners,
        operators: Operators,
        users: PartnerUsers | None,
        service_id: str,
    ) -> None:
        self._env = env
        self._respond = respond
        self._partners = partners
        self._operators = operators
        self._users = users
        self._service_id = service_id

    def received(self, said: Said) -> str:
        """Take an event in; what became of it, in words, "" where that has to be looked up first."""
        action = _ACTIONS.get(said.type)
        if action is None:
            return "of no interest"
        if self._service_id and said.service_id not in ("", self._service_id):
            self._env.log("pagerduty.another_service", type=said.type, service=said.service_id)
            return "about another service"
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            number, since = self._subject(uow, said.key)
            if number is not None:
                uow.incidents.get(number, lock=True)
            answer = PartnerAnswer(
                id=said.id,
                type=said.type,
                key=said.key,
                incident=number,
                # Nothing that is to come can have happened.
                occurred_at=min(said.occurred_at, now),
                received_at=now,
                agent_id=said.agent_id,
                agent_name=clip(one_line(said.agent_name), 80),
            )
            if not uow.partner_answers.add(answer):
                return "known already"
            settled = self._settled(uow, answer, since, now, email=None)
            uow.partner_answers.save(settled)
            if settled.due_at is not None:
                uow.wake_engine()
        self._env.log("pagerduty.said", incident=number, type=said.type, effect=settled.effect)
        return settled.effect

    @property
    def can_look_up(self) -> bool:
        """Whether anybody can be asked who somebody there is."""
        return self._users is not None

    def claim(self, now: datetime, limit: int) -> list[PartnerAnswer]:
        """Events whose user is to be looked up now."""
        with self._env.database.begin() as uow:
            return uow.partner_answers.claim_due(now, again_at=now + LEASE_FOR, limit=limit)

    def look_up(self, answer: PartnerAnswer) -> None:
        """Ask who the user is, and do what they did. Where nobody can tell, they are somebody whom we do not know."""
        email: str | None = ""
        problem = ""
        try:
            email = self._users.email_of(answer.agent_id) if self._users is not None else ""
        except ChannelError as error:
            problem = str(error)
            self._env.log("pagerduty.user_unknown", user=answer.agent_id, problem=problem)
            email = None if answer.attempts < _MOST_ATTEMPTS else ""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            if answer.incident is not None:
                uow.incidents.get(answer.incident, lock=True)
            current = uow.partner_answers.get(answer.id, lock=True)
            if current is None or current.due_at is None or current.attempts != answer.attempts:
                return
            if email is None:
                again_at = now + _ASK_AGAIN_FOR * 2 ** min(answer.attempts, 6)
                uow.partner_answers.save(replace(current, due_at=again_at))
                return
            _, since = self._subject(uow, current.key)
            uow.partner_answers.save(self._settled(uow, current, since, now, email=email))

    def _subject(self, uow: UnitOfWork, key: str) -> tuple[int | None, datetime | None]:
        """The incident that a dedup key of ours means, and when we told PagerDuty of it; Nones for one not ours."""
        trigger = uow.partner_events.last(PAGERDUTY, key, type=Action.TRIGGER) if key else None
        if trigger is not None:
            return trigger.incident, trigger.created_at
        page = uow.deliveries.get(key) if key else None
        if page is not None and page.method is ContactMethod.PAGERDUTY and page.incident is not None:
            return page.incident, page.created_at
        return None, None

    def _settled(
        self, uow: UnitOfWork, answer: PartnerAnswer, since: datetime | None, now: datetime, *, email: str | None
    ) -> PartnerAnswer:
        """Do it, or say why not. ``email`` None: the user has not been looked up."""
        number = answer.incident
        if number is None or since is None:
            return replace(answer, due_at=None, effect="about none of our incidents")
        if not answer.agent_id:
            return replace(answer, due_at=None, effect="by no human")
        last = uow.partner_answers.last_applied_at(number)
        if answer.occurred_at < since - _CLOCKS_DIFFER_BY or (last is not None and answer.occurred_at < last):
            return replace(answer, due_at=None, effect="too late")
        engineer = engineer_of(self._env.configuration.current().engineers, answer.agent_id, email or "")
        if engineer is None and email is None and self._users is not None:
            return replace(answer, due_at=now)
        if engineer is None:
            self._say_unknown(uow, answer, number, now)
            return replace(answer, due_at=None, effect="by somebody whom we do not know")
        return replace(answer, due_at=None, effect=self._do(uow, answer, number, engineer, now), applied=True)

    def _do(self, uow: UnitOfWork, answer: PartnerAnswer, number: int, engineer: Engineer, now: datetime) -> str:
        action = _ACTIONS[answer.type]
        if answer.key == str(number):
            # Before anything changes, so that nothing is told back.
            self._partners.pagerduty_said(uow, number, action, now)
        if action is Action.ACKNOWLEDGE:
            outcome = self._respond.acknowledge(number, engineer=engineer.key, via=VIA, uow=uow)
        else:
            outcome = self._respond.resolve(number, engineer=engineer.key, note="", via=VIA, uow=uow)
        return f"{outcome.kind.value} by {engineer.key}"

    def _say_unknown(self, uow: UnitOfWork, answer: PartnerAnswer, number: int, now: datetime) -> None:
        who = answer.agent_name or answer.agent_id
        done = _DONE[_ACTIONS[answer.type]]
        text = f"{who} {done} it at PagerDuty, and is no engineer whom we know there: nothing changes here"
        uow.timeline.add(number, [TimelineEntry(now, TimelineKind.OPERATORS, text)])
        mend = f"{who} answers at PagerDuty, and what they do there is not heeded: no engineer has `pagerduty: "
        mend += f"{one_line(answer.agent_id)}` in the schedules folder."
        self._operators.tell(uow, f"pagerduty user:{one_line(answer.agent_id)}", mend, now, quiet_for=_FOR_EVER)
