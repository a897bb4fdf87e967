"""Telling Slack what was enqueued, and remembering the message that came of it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from oncall.core.inbound import Link, Platform
from oncall.core.incident import Incident
from oncall.core.partner_event import PartnerEvent
from oncall.core.slack import customer_in
from oncall.core.slack_blocks import Block, View, fallback, headline, incident_blocks, section, state_text
from oncall.core.slack_text import neutral
from oncall.core.slack_words import topic_text
from oncall.engine.operators import Operators
from oncall.engine.slack_outbox import OUR_MESSAGE, SlackOutbox, Telling
from oncall.errors import GoneError, RecipientError
from oncall.ports import Environment, SlackApi, UnitOfWork

MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
QUIET_FOR = timedelta(days=365)
SHOWN_TOGETHER = 20
_MOST_SHOWN_AGAIN = 500
_LONGEST_LINE = 2900


class SlackSending:
    """`ports.PartnerSender` for Slack."""

    def __init__(self, env: Environment, api: SlackApi, operators: Operators, outbox: SlackOutbox) -> None:
        self._env = env
        self._api = api
        self._operators = operators
        self._outbox = outbox

    def send(self, event: PartnerEvent, url: str = "") -> None:
        """Do it. Raises ChannelError."""
        try:
            body = json.loads(event.body)
            what, channel = Telling(event.type), str(body["channel"])
        except (ValueError, KeyError, TypeError) as exc:
            raise RecipientError("telling Slack: the event in our rows cannot be read", code="unreadable") from exc
        if what is Telling.TELL:
            self._tell(channel, body)
            return
        try:
            self._do(what, channel, event, body)
        except GoneError as error:
            self._thrown_out(channel, error)
            raise

    def _do(self, what: Telling, channel: str, event: PartnerEvent, body: Mapping[str, Any]) -> None:
        match what:
            case Telling.SHOW if event.incident is not None:
                self._show(channel, event.incident)
            case Telling.SAY if event.incident is not None:
                self._say(channel, event.incident, body)
            case Telling.POST:
                self._post(channel, [section(body["line"])], body["line"])
            case Telling.CATCH_UP:
                self._catch_up(channel)
            case Telling.TOPIC:
                text = neutral(topic_text(self._env.configuration.current(), self._env.clock.now()), _LONGEST_LINE)
                self._api.call("conversations.setTopic", {"channel": channel, "topic": text})
            case _:
                raise RecipientError("telling Slack: it is about no incident", code="unreadable")

    def _show(self, channel: str, number: int) -> None:
        with self._env.database.read() as uow:
            incident = uow.incidents.get(number)
            thread, message = _places(uow, number, channel)
        if incident is None:
            return
        view = self._view(incident, channel)
        blocks, text = incident_blocks(incident, view), f"{headline(incident)}: {state_text(incident, view)}"
        if message is not None and self._was_updated(channel, message.key, blocks, text):
            return
        ts = self._post(channel, blocks, text, thread=thread.key if thread else "")
        if ts:
            self._remember(number, channel, ts)

    def _catch_up(self, channel: str) -> None:
        """A few at a time: whoever answers one of them meanwhile waits for no more than those. Twice does no harm."""
        with self._env.database.read() as uow:
            numbers = sorted(each.number for each in self._belong_in(uow, channel) if not each.drill)
        for begin in range(0, len(numbers), SHOWN_TOGETHER):
            with self._env.database.begin() as uow:
                for number in numbers[begin : begin + SHOWN_TOGETHER]:
                    if uow.incidents.get(number, lock=True) is not None:
                        self._outbox.show(uow, number, channel, self._env.clock.now())

    def _belong_in(self, uow: UnitOfWork, channel: str) -> list[Incident]:
        """What is open: all in the team's channel, in a customer's what was shown there before."""
        configuration = self._env.configuration.current()
        if channel == configuration.hotline.slack:
            return uow.incidents.listing(include_resolved=False, limit=_MOST_SHOWN_AGAIN)
        customer = customer_in(configuration.customers, channel)
        theirs = uow.incidents.open_for_customer(customer.key, "") if customer else []
        return [each for each in theirs if self._outbox.was_shown(uow, each.number, channel)]

    def _was_updated(self, channel: str, ts: str, blocks: list[Block], text: str) -> bool:
        """False where somebody has deleted it."""
        changed = {"channel": channel, "ts": ts, "blocks": blocks, "text": fallback(text)}
        try:
            self._api.call("chat.update", changed)
        except RecipientError as error:
            if error.code not in MESSAGE_GONE:
                raise
            return False
        return True

    def _say(self, channel: str, number: int, body: Mapping[str, Any]) -> None:
        with self._env.database.read() as uow:
            thread, message = _places(uow, number, channel)
        root = thread or message
        if root is None:
            raise GoneError("telling Slack: the incident has no thread there", code="no-thread")
        self._post(channel, [section(body["line"])], body["line"], thread=root.key)

    def _post(self, channel: str, blocks: list[Block], text: str, *, thread: str = "") -> str:
        """The ts of the new message."""
        arguments: dict[str, Any] = {
            "channel": channel,
            "blocks": blocks,
            "text": fallback(text),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if thread:
            arguments["thread_ts"] = thread
        return str(self._api.call("chat.postMessage", arguments).get("ts") or "")

    def _tell(self, channel: str, body: Mapping[str, Any]) -> None:
        """What one person is not told is told to nobody: it is not worth an operator's time."""
        line = neutral(str(body.get("line", "")), _LONGEST_LINE)
        try:
            if body.get("response_url"):
                self._api.answer(body["response_url"], line)
                return
            arguments = {"channel": channel, "user": body.get("user", ""), "text": line}
            if body.get("thread"):
                arguments["thread_ts"] = body["thread"]
            self._api.call("chat.postEphemeral", arguments)
        except RecipientError as error:
            raise GoneError(f"{error}", code=error.code) from error

    def _remember(self, number: int, channel: str, ts: str) -> None:
        url = f"https://slack.com/app_redirect?channel={channel}&message_ts={ts}"
        link = Link(number, Platform.SLACK, channel, ts, self._env.clock.now(), url=url, state=OUR_MESSAGE)
        with self._env.database.begin() as uow:
            uow.links.save(link)

    def _thrown_out(self, channel: str, error: GoneError) -> None:
        if error.code == "no-thread":
            return
        with self._env.database.begin() as uow:
            tell_thrown_out(uow, self._operators, channel, f"{error}", self._env.clock.now())

    def _view(self, incident: Incident, channel: str) -> View:
        configuration = self._env.configuration.current()
        holder = configuration.engineers.get(incident.acknowledged_by)
        for_team = channel == configuration.hotline.slack
        base = self._env.public_url
        link = f"{base}/incidents/{incident.number}" if for_team else f"{base}/track/{incident.token}"
        return View(
            holder=holder.name if holder else incident.acknowledged_by,
            timezone=configuration.business_hours.timezone,
            link=link if base else "",
            for_team=for_team,
        )


def tell_thrown_out(uow: UnitOfWork, operators: Operators, channel: str, why: str, now: datetime) -> None:
    """The operators are told once, until we are in the channel again."""
    text = f"Nothing can be written in the Slack channel {channel}: {why}. Invite the app there: /invite it."
    operators.tell(uow, f"slack channel:{channel}", text, now, quiet_for=QUIET_FOR)


def _places(uow: UnitOfWork, number: int, channel: str) -> tuple[Link | None, Link | None]:
    """In this channel: the thread that it lives in, and our newest message that shows it; Nones for none."""
    here = [each for each in uow.links.of(number) if each.platform is Platform.SLACK and each.place == channel]
    thread = next((each for each in here if each.state != OUR_MESSAGE), None)
    message = next((each for each in reversed(here) if each.state == OUR_MESSAGE), None)
    return thread, message
