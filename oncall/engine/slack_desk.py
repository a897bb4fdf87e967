"""What people do in Slack, done here: worked on after it was kept and answered, in one transaction each.

Programs never acknowledge and are never taken in; `core.slack` does not read what they write.
"""

import json
from datetime import UTC, datetime, timedelta

from oncall.core.customer import Customer
from oncall.core.engineer import Engineer
from oncall.core.inbound import Effect, InboundEvent, Link, Platform
from oncall.core.incident import Incident, IntakeChannel, RequestType, TimelineEntry, TimelineKind
from oncall.core.partner_event import EventType
from oncall.core.plain_text import clip, one_line
from oncall.core.production_down import says_production_is_down
from oncall.core.sla import Priority
from oncall.core.slack import Form, Kind, Said, customer_in, engineer_of, read
from oncall.core.slack_text import plain, shortened
from oncall.core.slack_words import Typed, Word, command_of, lacks_text, reply_of
from oncall.core.wording import came_too_late_text
from oncall.engine.intake import LONGEST_TEXT, Intake
from oncall.engine.late_words import may_be_about
from oncall.engine.operators import Operators
from oncall.engine.partners import Partners
from oncall.engine.prioritising import Prioritising
from oncall.engine.respond import Respond
from oncall.engine.slack_clicks import SlackClicks, who
from oncall.engine.slack_follower import VIA_TEAM, VIA_THREAD
from oncall.engine.slack_outbox import SlackOutbox
from oncall.engine.slack_people import SlackPeople, became, needs_text
from oncall.engine.slack_sending import tell_thrown_out
from oncall.errors import UsageError
from oncall.ports import Alarm, Environment, UnitOfWork

# Plain talk of an engineer acknowledges, too.
_SILENCING = frozenset({None, Word.ACKNOWLEDGE, Word.TAKE, Word.RESOLVE})
_LATE_AFTER = timedelta(seconds=60)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_QUIET_FOR = timedelta(days=1)


class SlackDesk:
    """``handle`` is an `engine.inbound.Handler`."""

    def __init__(
        self,
        env: Environment,
        intake: Intake,
        respond: Respond,
        partners: Partners,
        operators: Operators,
        outbox: SlackOutbox,
        prioritising: Prioritising,
    ) -> None:
        self._env = env
        self._intake = intake
        self._respond = respond
        self._partners = partners
        self._operators = operators
        self._outbox = outbox
        self._prioritising = prioritising
        self._people = SlackPeople(respond)
        self._clicks = SlackClicks(env, respond, self._people, outbox, operators, prioritising)

    def handle(self, uow: UnitOfWork, event: InboundEvent, now: datetime) -> Effect:
        """Do what it asks for, in this transaction, and say what became of it."""
        try:
            said = read(Form(event.type), json.loads(event.body))
        except (ValueError, RecursionError):
            said = None
        if said is None:
            return Effect("cannot be read")
        match said.kind:
            case Kind.MESSAGE | Kind.EDITED | Kind.DELETED:
                return self._message(uow, said, now)
            case Kind.CLICK:
                return self._clicks.clicked(uow, said, now)
            case Kind.COMMAND:
                return self._command(uow, said, now)
            case Kind.SHORTCUT:
                return self._shortcut(uow, said, now)
            case Kind.JOINED:
                return self._joined(uow, said.channel, now)
            case Kind.LEFT:
                tell_thrown_out(uow, self._operators, said.channel, "our app is in it no more", now)
                return Effect("out of a channel")
            case Kind.REMOVED:
                text = "Our app was taken out of the Slack workspace: nothing is heard or said there any more."
                self._operators.tell(uow, "slack removed", text, now, quiet_for=_QUIET_FOR)
                return Effect("out of the workspace")

    # ------------------------------------------------------------ messages

    def _message(self, uow: UnitOfWork, said: Said, now: datetime) -> Effect:
        link = uow.links.find(Platform.SLACK, said.channel, said.thread)
        incident = uow.incidents.get(link.incident, lock=True) if link is not None else None
        if incident is not None:
            return self._in_thread(uow, said, incident, now)
        if said.kind is Kind.DELETED or not said.asks:
            return Effect("of no interest")
        return self._report(uow, said, said.thread, now)

    def _in_thread(self, uow: UnitOfWork, said: Said, incident: Incident, now: datetime) -> Effect:
        engineer = engineer_of(self._env.configuration.current().engineers, said.user)
        if said.kind is not Kind.MESSAGE:
            return self._noted(uow, said, incident, engineer, now)
        text = shortened(said.text, LONGEST_TEXT)
        if not text:
            return Effect("nothing was said", incident.number)
        if engineer is not None:
            return self._by_engineer(uow, said, incident, engineer, text, now)
        return self._by_customer(uow, said, incident, text, now)

    def _noted(
        self, uow: UnitOfWork, said: Said, incident: Incident, engineer: Engineer | None, now: datetime
    ) -> Effect:
        by = engineer.name if engineer else who(said, incident)
        was = clip(one_line(plain(said.before)), 200)
        text = f"A message by {by} in Slack was deleted: {was}"
        if said.kind is Kind.EDITED:
            text = f"A message by {by} in Slack was changed from: {was} / to: {shortened(said.text, LONGEST_TEXT)}"
        self._heard(uow, incident, text, now)
        return Effect(f"{said.kind.value}", incident.number)

    def _heard(self, uow: UnitOfWork, incident: Incident, text: str, now: datetime) -> None:
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.MESSAGE, text)])
        self._partners.happened(uow, EventType.NOTED, incident, now)

    def _by_engineer(
        self, uow: UnitOfWork, said: Said, incident: Incident, engineer: Engineer, text: str, now: datetime
    ) -> Effect:
        in_team, typed = self._is_team(said.channel), reply_of(text)
        if typed.word in _SILENCING and not may_be_about(uow, incident, _late_since(said, now)):
            return self._too_late(uow, said, incident, engineer, text)
        via = VIA_TEAM if in_team else VIA_THREAD
        if lacks_text(typed):
            self._outbox.tell(uow, said, needs_text(typed), now)
            return Effect("without a text", incident.number)
        try:
            if typed.word is None and not in_team:
                outcome = self._people.answer(uow, incident, engineer, typed.text, via)
            else:
                outcome = self._people.do(uow, incident.number, engineer, typed, via)
        except UsageError as refusal:
            self._outbox.tell(uow, said, f"{refusal}", now)
            return Effect(f"refused: {refusal}", incident.number)
        if typed.word is not None:
            self._outbox.tell(uow, said, became(outcome), now)
        return Effect(f"{outcome.kind.value} by {engineer.key}", incident.number)

    def _too_late(self, uow: UnitOfWork, said: Said, incident: Incident, engineer: Engineer, text: str) -> Effect:
        """Slack sends what was not answered again, for minutes: it is written down, and silences nothing."""
        via = VIA_TEAM if self._is_team(said.channel) else VIA_THREAD
        self._respond.note(incident.number, by=engineer.name, note=text, via=via, uow=uow)
        self._outbox.tell(uow, said, came_too_late_text(incident.number), self._env.clock.now())
        return Effect("too late", incident.number)

    def _by_customer(self, uow: UnitOfWork, said: Said, incident: Incident, text: str, now: datetime) -> Effect:
        by = who(said, incident)
        if self._is_team(said.channel):
            # A colleague of ours who is no engineer.
            self._respond.note(incident.number, by=said.name or said.user, note=text, via=VIA_TEAM, uow=uow)
            return Effect("noted", incident.number)
        if reply_of(text).word is Word.REOPEN and not incident.open:
            outcome = self._respond.reopen(incident.number, by=by, via=VIA_THREAD, uow=uow)
            return Effect(f"{outcome.kind.value} by {said.user}", incident.number)
        if incident.open:
            incident = self._prioritising.customer_answered(incident.number, via=VIA_THREAD, uow=uow).incident
        self._heard(uow, incident, f"{by} by {VIA_THREAD}: {text}", now)
        if not incident.open:
            over = f"Incident {incident.number} is resolved. If it is not, press Not solved, or write `reopen` here."
            self._outbox.tell(uow, said, over, now)
        elif says_production_is_down(text):
            self._give_the_number(uow, incident, said.channel, now)
        return Effect("added", incident.number)

    # ------------------------------------------------------------ reports

    def _report(self, uow: UnitOfWork, said: Said, thread: str, now: datetime) -> Effect:
        """Open an incident in the customer's channel. ``thread`` is "" where our own message begins it."""
        customer = self._customer(uow, said, now)
        if customer is None:
            return Effect("in no customer's channel")
        words = shortened(said.text, LONGEST_TEXT)
        incident = self._intake.reported(
            uow,
            channel=IntakeChannel.SLACK,
            priority=Priority.URGENT,
            request_type=RequestType.PROBLEM,
            summary=words,
            by=clip(one_line(said.name), 60) or said.user,
            customer=customer.key,
            caller_name=clip(one_line(said.name), 60),
        )
        if thread:
            url = f"https://slack.com/app_redirect?channel={said.channel}&message_ts={thread}"
            uow.links.add(Link(incident.number, Platform.SLACK, said.channel, thread, now, url=url))
        self._outbox.show(uow, incident.number, said.channel, now)
        if said.response_url:
            self._outbox.tell(uow, said, f"Your incident number is {incident.number}.", now)
        if says_production_is_down(words):
            self._give_the_number(uow, incident, said.channel, now)
        return Effect("opened", incident.number)

    def _customer(self, uow: UnitOfWork, said: Said, now: datetime) -> Customer | None:
        """Whose channel it is; they are told where it is nobody's."""
        configuration = self._env.configuration.current()
        customer = customer_in(configuration.customers, said.channel)
        if customer is None:
            phone = configuration.hotline.number
            text = "Nothing was opened: this channel is no customer's of ours. Ask in your own channel"
            self._outbox.tell(uow, said, f"{text}, or phone {phone} if production is down.", now)
        return customer

    def _give_the_number(self, uow: UnitOfWork, incident: Incident, channel: str, now: datetime) -> None:
        if incident.priority is Priority.PRODUCTION_DOWN:
            return
        phone = self._env.configuration.current().hotline.number
        line = f"If production is down, please phone {phone}: that pages our engineer at once, day and night."
        self._outbox.say(uow, incident.number, channel, line, now)

    def _shortcut(self, uow: UnitOfWork, said: Said, now: datetime) -> Effect:
        link = uow.links.find(Platform.SLACK, said.channel, said.thread)
        if link is not None:
            self._outbox.tell(uow, said, f"That is incident {link.incident} already.", now)
            return Effect("known already", link.incident)
        return self._report(uow, said, said.thread, now)

    # ------------------------------------------------------------ commands

    def _command(self, uow: UnitOfWork, said: Said, now: datetime) -> Effect:
        typed = command_of(plain(said.text))
        if typed.word is None or typed.number is None:
            return self._report(uow, said, "", now)
        engineer = engineer_of(self._env.configuration.current().engineers, said.user)
        if engineer is None:
            self._outbox.tell(uow, said, "Only our engineers can do that. Nothing has changed.", now)
            return Effect("by somebody whom we do not know")
        return self._ordered(uow, said, typed, typed.number, engineer, now)

    def _ordered(
        self, uow: UnitOfWork, said: Said, typed: Typed, number: int, engineer: Engineer, now: datetime
    ) -> Effect:
        if lacks_text(typed):
            self._outbox.tell(uow, said, needs_text(typed), now)
            return Effect("without a text")
        try:
            # Written where nobody else sees it: their thread is told of it like everybody else.
            outcome = self._people.do(uow, number, engineer, typed, "Slack's command")
        except UsageError as refusal:
            self._outbox.tell(uow, said, f"{refusal}", now)
            return Effect(f"refused: {refusal}")
        self._outbox.tell(uow, said, became(outcome), now)
        return Effect(f"{outcome.kind.value} by {engineer.key}", number)

    # ------------------------------------------------------------ channels

    def _joined(self, uow: UnitOfWork, channel: str, now: datetime) -> Effect:
        """We are in a channel (again): what is open there is shown as it stands."""
        uow.alarms.put(Alarm(f"slack channel:{channel}", _LONG_AGO, ""))
        if self._is_team(channel):
            self._outbox.topic(uow, channel, now)
        self._outbox.catch_up(uow, channel, now)
        return Effect("in a channel; what is open is shown there")

    def _is_team(self, channel: str) -> bool:
        return bool(channel) and channel == self._env.configuration.current().hotline.slack


def _late_since(said: Said, now: datetime) -> datetime | None:
    """When it was said, where that is a while ago; None for what comes as it is said."""
    return said.at if said.at is not None and now - said.at > _LATE_AFTER else None
