"""Slack as it behaves on the wire: its Web API with its refusals, what it shows in channels, and its signed webhooks.

`FakeSlack` keeps channels and messages, and is a `ports.SlackApi`; `create_slack_api` puts it behind Slack's HTTP face;
`slack_people.py` is what people do there, as the webhooks that Slack makes of it.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from flask import Blueprint, Response, jsonify, request

from oncall.errors import BusyError, GoneError, OutcomeUnknownError, RecipientError, SetupError

BOT_TOKEN = "xoxb-simulated"  # noqa: S105 - it opens nothing
SIGNING_SECRET = "simulated signing"  # noqa: S105 - it opens nothing
BOT = "U0BOT"
_LONGEST_TEXT, _LONGEST_TOPIC, _MOST_BLOCKS, _LONGEST_BLOCK_TEXT, _LONGEST_BUTTON = 40_000, 250, 50, 3000, 75
_LONGEST_HEADER, _MOST_FIELDS = 150, 10
_GONE = ("not_in_channel", "channel_not_found", "is_archived")


@dataclass
class Shown:
    """A message of ours. ``only_for`` is the one person who sees it, "" for everybody; ``versions`` how often it has
    been changed."""

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread: str = ""
    only_for: str = ""
    versions: int = 1

    @property
    def words(self) -> str:
        """All that people read in it, a line each."""
        return "\n".join(_words(self.blocks)) if self.blocks else self.text

    def button(self, action: str) -> dict[str, Any]:
        """The button or menu of this name. Raises LookupError where it has none."""
        for block in self.blocks:
            for element in [*block.get("elements", []), block.get("element", {})]:
                if element.get("action_id") == action:
                    return {"block_id": block.get("block_id", "b1"), **element}
        raise LookupError(f"{action} is not among the buttons of {self.text!r}")


@dataclass
class FakeSlack:
    """``channels`` are those that the bot is in; ``archived`` and ``foreign`` are others that there are.

    ``away`` answers nothing; ``wait`` asks for so many seconds of patience; ``token`` is the one that opens it.
    ``refusals`` are Slack's words for the next calls of a method.
    """

    channels: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    token: str = BOT_TOKEN
    away: Callable[[], bool] = lambda: False
    wait: int = 0
    refusals: dict[str, list[str]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    topics: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    _ts: Any = field(default_factory=lambda: count(1))

    # ------------------------------------------------------------ the Web API

    def ask(self, method: str, arguments: Mapping[str, Any], token: str) -> dict[str, Any]:
        """What Slack answers: ``{"ok": True, …}``, or ``{"ok": False, "error": …}``."""
        self.calls.append((method, dict(arguments)))
        if self.wait:
            return _no("ratelimited")
        if token != self.token:
            return _no("invalid_auth")
        if self.refusals.get(method):
            return _no(self.refusals[method].pop(0))
        match method:
            case "auth.test":
                return {"ok": True, "user": "oncall", "team": "Example", "user_id": BOT}
            case "chat.postMessage":
                return self._post(arguments)
            case "chat.update":
                return self._update(arguments)
            case "chat.postEphemeral":
                return self._whisper(arguments)
            case "conversations.setTopic":
                return self._set_topic(arguments)
            case _:
                return _no("unknown_method")

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """`ports.SlackApi`: the same without HTTP. Raises ChannelError."""
        if self.away():
            raise OutcomeUnknownError(f"asking Slack for {method}: it cannot be reached")
        answer = self.ask(method, arguments, self.token)
        word = str(answer.get("error", ""))
        if not word:
            return answer
        if word == "ratelimited":
            raise BusyError("it asks for patience", wait_for=timedelta(seconds=self.wait), code=word)
        if word in _GONE:
            raise GoneError(f"asking Slack for {method}: it answered {word}", code=word)
        if word == "invalid_auth":
            raise SetupError(f"asking Slack for {method}: it answered {word}", code=word)
        raise RecipientError(f"asking Slack for {method}: it answered {word}", code=word)

    def answer(self, response_url: str, text: str) -> None:
        """`ports.SlackApi`. Raises ChannelError."""
        if self.away():
            raise OutcomeUnknownError("answering at Slack: it cannot be reached")
        self.answers.append((response_url, text))

    # ------------------------------------------------------------ what people see

    def in_channel(self, channel: str) -> list[Shown]:
        """What everybody sees in a channel, outside threads."""
        return [each for each in self.shown if each.channel == channel and not each.thread and not each.only_for]

    def in_thread(self, channel: str, thread: str) -> list[Shown]:
        """What we wrote in a thread, but for its first message."""
        here = (each for each in self.shown if each.channel == channel and each.thread == thread)
        return [each for each in here if not each.only_for]

    def whispered(self, user: str) -> list[str]:
        """What only this person was shown."""
        return [each.text for each in self.shown if each.only_for == user]

    # ------------------------------------------------------------ methods

    def _not_there(self, channel: object) -> str:
        """Slack's word for why nothing can be written there, "" where it can."""
        if channel in self.archived:
            return "is_archived"
        if channel in self.channels or channel in self.users:
            return ""
        return "not_in_channel" if channel in self.foreign else "channel_not_found"

    def _post(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel = str(arguments.get("channel", ""))
        wrong = self._not_there(channel) or _wrong(arguments)
        if wrong:
            return _no(wrong)
        ts = f"{1_700_000_000 + next(self._ts)}.000100"
        thread = str(arguments.get("thread_ts", ""))
        message = Shown(channel, ts, str(arguments.get("text", "")), list(arguments.get("blocks", [])), thread)
        self.shown.append(message)
        return {"ok": True, "channel": f"D{channel}" if channel in self.users else channel, "ts": ts}

    def _update(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel, ts = arguments.get("channel"), arguments.get("ts")
        wrong = self._not_there(channel) or _wrong(arguments)
        found = next((each for each in self.shown if (each.channel, each.ts) == (channel, ts)), None)
        if wrong or found is None or found.only_for:
            return _no(wrong or "message_not_found")
        found.text, found.blocks = str(arguments.get("text", "")), list(arguments.get("blocks", []))
        found.versions += 1
        return {"ok": True, "channel": channel, "ts": ts}

    def _whisper(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel, user = str(arguments.get("channel", "")), str(arguments.get("user", ""))
        wrong = self._not_there(channel) or _wrong(arguments) or ("" if user else "user_not_in_channel")
        if wrong:
            return _no(wrong)
        ts = f"{1_700_000_000 + next(self._ts)}.000200"
        text, thread = str(arguments.get("text", "")), str(arguments.get("thread_ts", ""))
        self.shown.append(Shown(channel, ts, text, [], thread, only_for=user))
        return {"ok": True, "message_ts": ts}

    def _set_topic(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel, topic = str(arguments.get("channel", "")), str(arguments.get("topic", ""))
        wrong = self._not_there(channel) or ("too_long" if len(topic) > _LONGEST_TOPIC else "")
        if wrong:
            return _no(wrong)
        self.topics[channel] = topic
        return {"ok": True, "channel": {"id": channel, "topic": {"value": topic}}}


def _no(word: str) -> dict[str, Any]:
    return {"ok": False, "error": word}


def _words(value: Any) -> list[str]:
    if isinstance(value, list):
        return [word for each in value for word in _words(each)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in ("plain_text", "mrkdwn"):
        return [str(value.get("text"))]
    return [word for key in ("text", "fields", "elements") for word in _words(value.get(key))]


def _wrong(arguments: Mapping[str, Any]) -> str:
    """Slack's word for what it does not take, "" where all is within its limits."""
    text, blocks = arguments.get("text", ""), arguments.get("blocks", [])
    if not text and not blocks:
        return "no_text"
    if len(str(text)) > _LONGEST_TEXT:
        return "msg_too_long"
    good = isinstance(blocks, list) and len(blocks) <= _MOST_BLOCKS and all(_is_block(each) for each in blocks)
    return "" if good else "invalid_blocks"


def _is_block(block: Any) -> bool:
    match block.get("type") if isinstance(block, dict) else None:
        case "header":
            return _is_text(block.get("text"), _LONGEST_HEADER)
        case "section":
            fields = block.get("fields", [])
            texts = [block["text"]] if "text" in block else []
            bounded = all(_is_text(each, 2000) for each in fields) and len(fields) <= _MOST_FIELDS
            return bool(texts or fields) and bounded and all(_is_text(each, _LONGEST_BLOCK_TEXT) for each in texts)
        case "context":
            return 0 < len(block.get("elements", [])) <= 10
        case "input":
            field = block.get("element", {})
            bounded = 0 < field.get("max_length", 3000) <= 3000 and len(str(block.get("block_id", ""))) <= 255
            return _is_text(block.get("label"), 2000) and field.get("type") == "plain_text_input" and bounded
        case "actions":
            elements = block.get("elements", [])
            return 0 < len(elements) <= 25 and all(_is_element(each) for each in elements)
    return False


def _is_text(text: Any, limit: int) -> bool:
    return isinstance(text, dict) and 0 < len(str(text.get("text", ""))) <= limit


def _is_element(element: Any) -> bool:
    if element.get("type") == "button":
        return _is_text(element.get("text"), _LONGEST_BUTTON) and bool(element.get("action_id"))
    return bool(element.get("options")) and len(element["options"]) <= 100


# ---------------------------------------------------------------- the HTTP face


def create_slack_api(fake: FakeSlack) -> Blueprint:
    """The part of Slack's HTTP that is used here, beneath ``/api``; answers to one person come in at ``/answers/…``."""
    blueprint = Blueprint("slack_api", __name__)

    @blueprint.post("/api/<method>")
    def called(method: str) -> Response:
        if fake.away():
            return Response("<html>Service Unavailable</html>", status=503, mimetype="text/html")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = request.get_json(silent=True)
        arguments = given if isinstance(given, dict) else request.form.to_dict()
        response = jsonify(fake.ask(method, arguments, token))
        if fake.wait:
            response.status_code = 429
            response.headers["Retry-After"] = str(fake.wait)
        return response

    @blueprint.post("/answers/<name>")
    def answered(name: str) -> Response:
        if fake.away():
            return Response("unavailable", status=503)
        if name == "used":
            return Response("used_url", status=404)
        fake.answers.append((request.url, str((request.get_json(silent=True) or {}).get("text", ""))))
        return Response("ok")

    return blueprint


def signature(body: bytes, timestamp: str, secret: str = SIGNING_SECRET) -> str:
    """The header X-Slack-Signature of this body at that second."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, "sha256").hexdigest()


def signed_headers(body: bytes, timestamp: str, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """What Slack sends along with a body: JSON where it is JSON, a form otherwise."""
    kind = "application/json" if body.startswith((b"{", b"[")) else "application/x-www-form-urlencoded"
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(body, timestamp, secret),
        "Content-Type": kind,
    }


def as_json(value: Mapping[str, Any]) -> bytes:
    """A body."""
    return json.dumps(value).encode()
