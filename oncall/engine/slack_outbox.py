"""What Slack is to be told, written down in the transaction of what caused it. `slack_sending.py` sends it afterwards.

How an incident stands is not kept: it is looked up when it is sent, so that what waited for hours is not out of date.
"""

import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from oncall.core.inbound import Platform
from oncall.core.partner_event import PartnerEvent
from oncall.core.plain_text import clip
from oncall.core.slack import Said
from oncall.ports import Environment, UnitOfWork

SLACK = Platform.SLACK.value
# The previous release sends `CATCH_UP` to nobody and gives it up: it looks for what is due to SLACK only.
SLACK_JOINED = "slack-joined"
# Of a link: it is the message of ours that shows how the incident stands. A thread's has none.
OUR_MESSAGE = "message"
_LONGEST_TEXT = 2900


class Telling(StrEnum):
    """What is told."""

    SHOW = "show"  # how an incident stands, in its message in one channel
    SAY = "say"  # a line in its thread there
    POST = "post"  # a line in a channel, about no incident
    TELL = "tell"  # something to one person only
    CATCH_UP = "catch_up"  # all that is open and belongs in a channel, as it stands
    TOPIC = "topic"  # who is on call, as the team's channel's topic


class SlackOutbox:
    """Where Slack is not connected nothing is written down."""

    def __init__(self, env: Environment, *, connected: bool) -> None:
        self._env = env
        self._connected = connected

    def show(self, uow: UnitOfWork, incident: int, channel: str, now: datetime) -> None:
        """Bring the incident's message in this channel up to date, or post it. The incident is locked, or new."""
        self._add(uow, Telling.SHOW, now, {"channel": channel}, incident=incident, key=key_of(incident, channel))

    def say(self, uow: UnitOfWork, incident: int, channel: str, line: str, now: datetime) -> None:
        """Something in the incident's thread. The incident is locked."""
        body = {"channel": channel, "line": clip(line, _LONGEST_TEXT)}
        self._add(uow, Telling.SAY, now, body, incident=incident, key=key_of(incident, channel))

    def post(self, uow: UnitOfWork, channel: str, line: str, now: datetime) -> None:
        """A line in a channel, about no incident."""
        self._add(uow, Telling.POST, now, {"channel": channel, "line": clip(line, _LONGEST_TEXT)})

    def tell(self, uow: UnitOfWork, said: Said, text: str, now: datetime) -> None:
        """Answer one person, where only they see it."""
        thread = said.thread if said.thread != said.ts else ""
        body = {"channel": said.channel, "user": said.user, "thread": thread, "line": clip(text, _LONGEST_TEXT)}
        self._add(uow, Telling.TELL, now, {**body, "response_url": said.response_url})

    def topic(self, uow: UnitOfWork, channel: str, now: datetime) -> None:
        """Set the channel's topic to who is on call by then."""
        self._add(uow, Telling.TOPIC, now, {"channel": channel})

    def catch_up(self, uow: UnitOfWork, channel: str, now: datetime) -> None:
        """Show what is open and belongs in this channel. No incident need be locked."""
        self._add(uow, Telling.CATCH_UP, now, {"channel": channel}, partner=SLACK_JOINED)

    def was_shown(self, uow: UnitOfWork, incident: int, channel: str) -> bool:
        """Whether it lives in this channel, or will as soon as Slack has been told."""
        return uow.partner_events.last(SLACK, key_of(incident, channel)) is not None

    def _add(
        self,
        uow: UnitOfWork,
        what: Telling,
        now: datetime,
        body: dict[str, Any],
        *,
        partner: str = SLACK,
        incident: int | None = None,
        key: str = "",
    ) -> None:
        if not self._connected:
            return
        # What went before and has not arrived goes first.
        waits = bool(key) and uow.partner_events.is_waiting(partner, key)
        text = json.dumps(body, separators=(",", ":"))
        due_at = None if waits else now
        event = PartnerEvent(self._env.ids.new(), partner, incident, what.value, key, text, now, due_at)
        uow.partner_events.add([event])
        uow.wake_engine()


def key_of(incident: int, channel: str) -> str:
    """What goes in order: all about one incident in one channel."""
    return f"{incident}:{channel}"
