"""Clicks on our buttons and menus in Slack: signed posts by a human, who counts where they are one of our engineers."""

from datetime import datetime, timedelta

from oncall.core.engineer import Engineer
from oncall.core.inbound import Effect, Platform
from oncall.core.incident import Incident, Outcome, RequestType, TimelineEntry, TimelineKind
from oncall.core.plain_text import clip, one_line
from oncall.core.sla import Priority
from oncall.core.slack import Said, engineer_of
from oncall.core.slack_blocks import Action
from oncall.core.slack_words import Typed, Word
from oncall.engine.operators import Operators
from oncall.engine.prioritising import Prioritising
from oncall.engine.respond import Respond
from oncall.engine.slack_follower import VIA_TEAM, VIA_THREAD
from oncall.engine.slack_outbox import SlackOutbox
from oncall.engine.slack_people import SlackPeople, became
from oncall.errors import UnknownIncidentError, UsageError
from oncall.ports import Environment, UnitOfWork

_WORDS = {Action.ACKNOWLEDGE: Word.ACKNOWLEDGE, Action.TAKE: Word.TAKE, Action.RESOLVE: Word.RESOLVE}
_FOR_EVERYBODY = frozenset({Action.TYPE, Action.REOPEN})
_CHANGES = frozenset({Action.TYPE, Action.PRIORITY, Action.DOWN})
_UNKNOWN_FOR = timedelta(days=36_500)


class SlackClicks:
    """``clicked`` does what a click asks for."""

    def __init__(
        self,
        env: Environment,
        respond: Respond,
        people: SlackPeople,
        outbox: SlackOutbox,
        operators: Operators,
        prioritising: Prioritising,
    ) -> None:
        self._env = env
        self._respond = respond
        self._people = people
        self._outbox = outbox
        self._operators = operators
        self._prioritising = prioritising

    def clicked(self, uow: UnitOfWork, said: Said, now: datetime) -> Effect:
        """Do it, tell whoever clicked, and say what became of it."""
        if said.action == Action.OPEN:
            return Effect("looked at it")
        number = self._number(uow, said)
        incident = uow.incidents.get(number, lock=True) if number else None
        if incident is None:
            self._outbox.tell(uow, said, "That incident is not known here any more.", now)
            return Effect("about no incident of ours")
        engineer = engineer_of(self._env.configuration.current().engineers, said.user)
        is_theirs = said.action in _FOR_EVERYBODY and _lives_in(uow, incident.number, said.channel)
        if engineer is None and not is_theirs:
            return self._refuse(uow, said, incident, now)
        try:
            outcome = self._done(uow, said, incident, engineer)
        except UnknownIncidentError:
            raise
        except UsageError as refusal:
            self._outbox.tell(uow, said, f"{refusal}", now)
            return Effect(f"refused: {refusal}", incident.number)
        self._outbox.tell(uow, said, became(outcome), now)
        return Effect(f"{outcome.kind.value} by {engineer.key if engineer else said.user}", incident.number)

    def _number(self, uow: UnitOfWork, said: Said) -> int:
        """The incident that a click is about; 0 for none."""
        if said.action == Action.PAGE:
            page = uow.deliveries.get(said.value)
            return (page.incident or 0) if page is not None else 0
        number = said.value.partition(":")[0]
        return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0

    def _done(self, uow: UnitOfWork, said: Said, incident: Incident, engineer: Engineer | None) -> Outcome:
        via, number = self._via(said), incident.number
        by = engineer.key if engineer else who(said, incident)
        if said.action in _CHANGES:
            return self._changed(uow, said, number, by, via)
        if said.action == Action.REOPEN:
            return self._respond.reopen(number, by=engineer.name if engineer else by, via=via, uow=uow)
        if said.action == Action.UPDATE and engineer is not None:
            return self._updated(uow, said, incident, engineer, via)
        word = Word.ACKNOWLEDGE if said.action == Action.PAGE else _WORDS.get(said.action)
        if word is None or engineer is None:
            raise UsageError("That button is not known any more.")
        return self._people.do(uow, number, engineer, Typed(word, ""), via)

    def _updated(self, uow: UnitOfWork, said: Said, incident: Incident, engineer: Engineer, via: str) -> Outcome:
        if not said.text.strip():
            raise UsageError("Write what the customer is to know, and press enter.")
        return self._people.answer(uow, incident, engineer, said.text.strip(), via)

    def _changed(self, uow: UnitOfWork, said: Said, number: int, by: str, via: str) -> Outcome:
        chosen = said.value.partition(":")[2]
        try:
            if said.action == Action.TYPE:
                kind = RequestType(chosen)
                return self._prioritising.change_type(number, request_type=kind, by=by, via=via, uow=uow)
            priority = Priority.PRODUCTION_DOWN if said.action == Action.DOWN else Priority(chosen)
        except ValueError as exc:
            raise UsageError("That choice is not known any more.") from exc
        return self._prioritising.change(number, priority=priority, by=by, via=via, uow=uow)

    def _refuse(self, uow: UnitOfWork, said: Said, incident: Incident, now: datetime) -> Effect:
        name = one_line(said.name) or said.user
        text = f"{name} pressed a button in Slack, and is no engineer whom we know there: nothing changes"
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.OPERATORS, text)])
        self._outbox.tell(uow, said, "Only our engineers can do that. Nothing has changed.", now)
        if said.channel == self._env.configuration.current().hotline.slack:
            mend = f"{name} presses buttons in the team's Slack channel, and that is not heeded: no engineer has"
            mend += f" `slack: {said.user}` in the schedules folder."
            self._operators.tell(uow, f"slack user:{said.user}", mend, now, quiet_for=_UNKNOWN_FOR)
        return Effect("by somebody whom we do not know", incident.number)

    def _via(self, said: Said) -> str:
        return VIA_TEAM if said.channel == self._env.configuration.current().hotline.slack else VIA_THREAD


def _lives_in(uow: UnitOfWork, number: int, channel: str) -> bool:
    return any(each.platform is Platform.SLACK and each.place == channel for each in uow.links.of(number))


def who(said: Said, incident: Incident) -> str:
    """Whoever of the customer's people it was: by name where Slack told it, and else by their id there."""
    name = clip(one_line(said.name), 60) or said.user
    return f"{name} of {incident.company}" if incident.company else name
