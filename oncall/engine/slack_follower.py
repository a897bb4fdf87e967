"""What happens to an incident is shown where it lives in Slack: the customer's thread, and the team's channel."""

from collections.abc import Sequence
from datetime import datetime

from oncall.core.customer_wording import public_line
from oncall.core.inbound import Platform
from oncall.core.incident import Incident, IntakeChannel, Screening, TimelineEntry, TimelineKind
from oncall.core.languages import choose_language
from oncall.core.partner_event import EventType
from oncall.core.plain_text import without_numbers
from oncall.engine.slack_outbox import SlackOutbox
from oncall.ports import Environment, UnitOfWork

# Said in the customer's thread, and said, or clicked, in the team's.
VIA_THREAD = "Slack"
VIA_TEAM = "Slack, in the team's channel"
# What customers see; the team sees everything.
_FOR_CUSTOMERS = {
    EventType.ACKNOWLEDGED: TimelineKind.ACKNOWLEDGED,
    EventType.UPDATED: TimelineKind.UPDATE,
    EventType.RESOLVED: TimelineKind.RESOLVED,
    EventType.REOPENED: TimelineKind.REOPENED,
}
_SAID_BY_PEOPLE = frozenset({TimelineKind.UPDATE, TimelineKind.NOTE, TimelineKind.MESSAGE})


class SlackFollower:
    """`engine.partners.Follower`."""

    def __init__(self, env: Environment, outbox: SlackOutbox) -> None:
        self._env = env
        self._outbox = outbox

    def follow(
        self, uow: UnitOfWork, event: EventType, incident: Incident, facts: Sequence[TimelineEntry], now: datetime
    ) -> None:
        """Write down what is to be told in each channel, in this transaction. The incident is locked, or new."""
        team = self._env.configuration.current().hotline.slack
        if team and (incident.screening is Screening.PASSED or self._outbox.was_shown(uow, incident.number, team)):
            self._tell_team(uow, event, incident, facts, team, now)
        if event is EventType.OPENED:
            self._tell_customer_of_new(uow, incident, team, now)
            return
        for channel in self._customers_places(uow, incident, team):
            self._tell_customer(uow, event, incident, facts, channel, now)

    def _tell_team(
        self,
        uow: UnitOfWork,
        event: EventType,
        incident: Incident,
        facts: Sequence[TimelineEntry],
        team: str,
        now: datetime,
    ) -> None:
        self._outbox.show(uow, incident.number, team, now)
        line = _latest(facts, but=VIA_TEAM)
        if line and event is not EventType.OPENED:
            self._outbox.say(uow, incident.number, team, without_numbers(line), now)

    def _tell_customer_of_new(self, uow: UnitOfWork, incident: Incident, team: str, now: datetime) -> None:
        """What was said to us gets a thread where the customer's people can read and write."""
        customer = self._env.configuration.current().customers.get(incident.customer)
        theirs = customer.slack if customer else ""
        # What is written in Slack is shown there by whoever takes it in; an issue is read where it was written.
        has_a_place = incident.channel in (IntakeChannel.SLACK, IntakeChannel.GITHUB)
        if theirs and theirs != team and not has_a_place and incident.screening is Screening.PASSED:
            self._outbox.show(uow, incident.number, theirs, now)

    def _tell_customer(
        self,
        uow: UnitOfWork,
        event: EventType,
        incident: Incident,
        facts: Sequence[TimelineEntry],
        channel: str,
        now: datetime,
    ) -> None:
        self._outbox.show(uow, incident.number, channel, now)
        fact = facts[-1] if facts else None
        is_news = fact is not None and fact.kind is _FOR_CUSTOMERS.get(event) and bool(fact.public_text)
        if fact is None or not is_news or _was_said_by(fact, VIA_THREAD):
            return
        language = choose_language(incident.language, self._env.configuration.current().hotline.language)
        line = public_line(fact, language)
        if fact.kind is TimelineKind.UPDATE:
            # What is told by other ways says who it is from too.
            line = f"{fact.text.partition(' by ')[0]}: {line}"
        self._outbox.say(uow, incident.number, channel, line, now)

    def _customers_places(self, uow: UnitOfWork, incident: Incident, team: str) -> list[str]:
        linked = [each.place for each in uow.links.of(incident.number) if each.platform is Platform.SLACK]
        customer = self._env.configuration.current().customers.get(incident.customer)
        theirs = customer.slack if customer else ""
        # Our message in a channel of theirs is known only once Slack has taken it.
        if theirs and self._outbox.was_shown(uow, incident.number, theirs):
            linked.append(theirs)
        return [place for place in dict.fromkeys(linked) if place != team]


def _latest(facts: Sequence[TimelineEntry], *, but: str) -> str:
    """The newest fact, unless it was said there."""
    if not facts or _was_said_by(facts[-1], but):
        return ""
    return facts[-1].text


def _was_said_by(fact: TimelineEntry, via: str) -> bool:
    """Whether somebody wrote it in that very place, where everybody has read it."""
    return fact.kind in _SAID_BY_PEOPLE and fact.text.partition(":")[0].endswith(f" by {via}")
