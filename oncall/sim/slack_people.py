"""What people do in Slack, as the bodies of the webhooks that Slack makes of it."""

import json
from itertools import count
from typing import Any
from urllib.parse import urlencode

from oncall.sim.slack import BOT, Shown, as_json

TEAM = "T0EXAMPLE"
RESPONSE_URL = "https://hooks.slack.com/actions/T0EXAMPLE/1/x"


class SlackPeople:
    """Every method returns a body, to be signed and posted; times are Slack's own, and only grow.

    ``event_time`` is when what becomes an event happens, in seconds since 1970.
    """

    def __init__(self, *, response_url: str = RESPONSE_URL) -> None:
        self._serial = count(1)
        self._response_url = response_url
        self.event_time = 1_800_000_000

    def ts(self) -> str:
        """The ts of a new message."""
        return f"{1_800_000_000 + next(self._serial)}.000000"

    def event(self, event: dict[str, Any], *, event_id: str = "") -> bytes:
        """An event of the Events API."""
        return as_json(
            {
                "token": "unused",
                "team_id": TEAM,
                "api_app_id": "A0EXAMPLE",
                "event": event,
                "type": "event_callback",
                "event_id": event_id or f"Ev{next(self._serial):09d}",
                "event_time": self.event_time,
                "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
            }
        )

    def says(
        self, user: str, channel: str, text: str, *, ts: str = "", thread: str = "", event_id: str = "", **more: Any
    ) -> bytes:
        """A message, in a thread where one is named."""
        message = self._message(user, text, ts or self.ts(), thread)
        event = {"type": "message", "channel": channel, "channel_type": "channel", **message, **more}
        return self.event(event, event_id=event_id)

    def mentions(self, user: str, channel: str, text: str, *, ts: str = "", thread: str = "") -> bytes:
        """The event that comes beside the message where it mentions our bot."""
        message = self._message(user, f"<@{BOT}> {text}", ts or self.ts(), thread)
        return self.event({"type": "app_mention", "channel": channel, **message})

    def edits(self, user: str, channel: str, ts: str, *, was: str, now: str, thread: str = "") -> bytes:
        """A message was changed."""
        return self.event(
            {
                "type": "message",
                "subtype": "message_changed",
                "channel": channel,
                "ts": self.ts(),
                "message": {**self._message(user, now, ts, thread), "edited": {"user": user, "ts": self.ts()}},
                "previous_message": self._message(user, was, ts, thread),
            }
        )

    def deletes(self, user: str, channel: str, ts: str, *, was: str, thread: str = "") -> bytes:
        """A message was deleted."""
        return self.event(
            {
                "type": "message",
                "subtype": "message_deleted",
                "channel": channel,
                "ts": self.ts(),
                "deleted_ts": ts,
                "previous_message": self._message(user, was, ts, thread),
            }
        )

    def joins(self, channel: str, user: str = BOT) -> bytes:
        """Somebody, or our bot, was invited to a channel."""
        return self.event({"type": "member_joined_channel", "channel": channel, "user": user, "team": TEAM})

    def leaves(self, channel: str, user: str = BOT) -> bytes:
        """Somebody, or our bot, was thrown out of a channel."""
        return self.event({"type": "member_left_channel", "channel": channel, "user": user, "team": TEAM})

    def clicks(self, user: str, message: Shown, action: str, *, choose: str = "", name: str = "") -> bytes:
        """A click on a button of a message of ours; ``choose`` is the end of the option's value in a menu, or what is
        typed into a field."""
        element = message.button(action)
        chosen = [each for each in element.get("options", []) if each["value"].endswith(f":{choose}")]
        clicked: dict[str, Any] = {
            "action_id": action,
            "block_id": element["block_id"],
            "type": element["type"],
            "action_ts": self.ts(),
        }
        if element["type"] == "button":
            clicked["value"] = element.get("value", "")
        elif element["type"] == "plain_text_input":
            clicked["value"] = choose
        else:
            clicked["selected_option"] = chosen[0]
        place = {"channel_id": message.channel, "message_ts": message.ts, "type": "message"}
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": name or user.lower(), "team_id": TEAM},
            "container": place,
            "trigger_id": f"{next(self._serial)}.2.abc",
            "team": {"id": TEAM},
            "channel": {"id": message.channel, "name": "channel"},
            "message": {
                "ts": message.ts,
                "bot_id": "B0BOT",
                **({"thread_ts": message.thread} if message.thread else {}),
            },
            "response_url": self._response_url,
            "actions": [clicked],
        }
        return urlencode({"payload": json.dumps(payload)}).encode()

    def reports(self, user: str, channel: str, text: str, *, by: str = "U0OTHER", ts: str = "") -> bytes:
        """The shortcut of a message: somebody reports what somebody wrote."""
        payload = {
            "type": "message_action",
            "callback_id": "report",
            "trigger_id": f"{next(self._serial)}.3.abc",
            "response_url": self._response_url,
            "user": {"id": user, "name": user.lower()},
            "channel": {"id": channel, "name": "channel"},
            "message": self._message(by, text, ts or self.ts(), ""),
        }
        return urlencode({"payload": json.dumps(payload)}).encode()

    def commands(self, user: str, channel: str, text: str, *, name: str = "") -> bytes:
        """The slash command."""
        fields = {
            "token": "unused",
            "team_id": TEAM,
            "channel_id": channel,
            "channel_name": "channel",
            "user_id": user,
            "user_name": name or user.lower(),
            "command": "/oncall",
            "text": text,
            "response_url": self._response_url,
            "trigger_id": f"{next(self._serial)}.4.abc",
        }
        return urlencode(fields).encode()

    def _message(self, user: str, text: str, ts: str, thread: str) -> dict[str, Any]:
        message = {"type": "message", "user": user, "text": text, "ts": ts}
        return {**message, "thread_ts": thread} if thread else message
