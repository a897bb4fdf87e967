"""What Slack sends, read into values: events, clicks, shortcuts and slash commands.

Whatever cannot be read is None, and so is what concerns nobody here: people's talk among themselves is not kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from oncall.core.customer import Customer
from oncall.core.engineer import Engineer
from oncall.core.plain_text import clip, one_line
from oncall.core.slack_text import asks_for_help, escaped

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}\Z")
_VALUE = re.compile(r"[A-Za-z0-9:._-]{1,120}\Z")
_LONGEST_NAME = 80
_MOST_FILES = 10
_HUMAN_SUBTYPES = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_TEAM_IS_GONE = frozenset({"app_uninstalled", "tokens_revoked"})


class Form(StrEnum):
    """How a webhook came: what its body is."""

    EVENT = "event"
    INTERACTION = "interaction"
    COMMAND = "command"


class Kind(StrEnum):
    """What somebody did."""

    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    CLICK = "click"
    SHORTCUT = "shortcut"
    COMMAND = "command"
    JOINED = "joined"  # we were invited to a channel, or it was opened again
    LEFT = "left"  # we were thrown out of it, or it was archived
    REMOVED = "removed"  # our app was taken out of the workspace


@dataclass(frozen=True, slots=True)
class Said:
    """What one user did there. What was not told is "".

    ``id`` is the same for whatever is told twice. ``thread`` is the ts of the thread's first message, which is the
    message's own where it stands alone. ``text`` is as Slack writes it, ``before`` how it was until it was edited or
    deleted. ``asks`` says that it is said to us. ``action`` and ``value`` are those of the button. ``at`` is when it
    was said, to the second, by Slack's clock; None where that was not told, as of what is never sent again.
    """

    id: str
    kind: Kind
    channel: str = ""
    user: str = ""
    name: str = ""
    text: str = ""
    before: str = ""
    ts: str = ""
    thread: str = ""
    asks: bool = False
    action: str = ""
    value: str = ""
    response_url: str = ""
    at: datetime | None = None

    @property
    def subject(self) -> str:
        """What must stay in order."""
        return f"{self.channel}:{self.thread}"


def read(form: Form, body: object) -> Said | None:
    """What this body says; None where nothing that concerns us."""
    fields = _mapping(body)
    match form:
        case Form.EVENT:
            return _event(fields)
        case Form.INTERACTION:
            return _interaction(fields)
        case Form.COMMAND:
            return _command(fields)


def challenge(body: object) -> str | None:
    """What Slack wants to hear back when the address is entered there; None for everything else."""
    fields = _mapping(body)
    given = fields.get("challenge")
    return given if fields.get("type") == "url_verification" and isinstance(given, str) else None


def engineer_of(engineers: Mapping[str, Engineer], user: str) -> Engineer | None:
    """The engineer who is this user; None for anybody else."""
    return next((each for each in engineers.values() if user and each.slack == user), None)


def customer_in(customers: Mapping[str, Customer], channel: str) -> Customer | None:
    """The customer whose channel this is; None where it is nobody's."""
    return next((each for each in customers.values() if channel and each.slack == channel), None)


def _event(envelope: Mapping[str, Any]) -> Said | None:
    event, event_id = _mapping(envelope.get("event")), _id(envelope.get("event_id"))
    if envelope.get("type") != "event_callback" or not event_id:
        return None
    ourselves = _ourselves(envelope)
    kind = event.get("type")
    if kind in ("message", "app_mention"):
        said = _message(event, event_id, ourselves)
        return replace(said, at=_instant(envelope.get("event_time"))) if said is not None else None
    if kind in _TEAM_IS_GONE:
        return Said(event_id, Kind.REMOVED)
    channel = _id(event.get("channel"))
    is_us = bool(ourselves) and event.get("user") == ourselves
    if not channel:
        return None
    if kind == "channel_unarchive" or (kind == "member_joined_channel" and is_us):
        return Said(event_id, Kind.JOINED, channel)
    if kind == "channel_archive" or (kind == "member_left_channel" and is_us):
        return Said(event_id, Kind.LEFT, channel)
    return None


def _instant(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _ourselves(envelope: Mapping[str, Any]) -> str:
    """Our own user id there."""
    given = envelope.get("authorizations")
    first = _mapping(given[0]) if isinstance(given, list) and given else {}
    return _id(first.get("user_id")) if first.get("is_bot") else ""


def _message(event: Mapping[str, Any], event_id: str, ourselves: str) -> Said | None:
    channel, subtype = _id(event.get("channel")), _text(event.get("subtype"))
    if not channel or event.get("channel_type") in ("im", "mpim"):
        return None
    if subtype == "message_changed":
        return _edited(event, event_id, channel, ourselves)
    if subtype == "message_deleted":
        return _deleted(event, event_id, channel, ourselves)
    if subtype not in _HUMAN_SUBTYPES:
        return None
    said = _by_a_human(event, channel, ourselves)
    if said is None:
        return None
    is_mention = event.get("type") == "app_mention"
    asks = is_mention or said.asks
    if not asks and said.thread == said.ts:
        return None
    # One message that mentions us comes twice: as itself, and as a mention.
    name = f"{channel}-{said.ts}" if ourselves else event_id
    return replace(said, id=name, kind=Kind.MESSAGE, asks=asks)


def _edited(event: Mapping[str, Any], event_id: str, channel: str, ourselves: str) -> Said | None:
    after, before = _mapping(event.get("message")), _mapping(event.get("previous_message"))
    said = _by_a_human(after, channel, ourselves)
    was = _text(before.get("text"))
    # A link that unfolds changes the message too.
    if said is None or was == said.text:
        return None
    return replace(said, id=event_id, kind=Kind.EDITED, before=was)


def _deleted(event: Mapping[str, Any], event_id: str, channel: str, ourselves: str) -> Said | None:
    said = _by_a_human(_mapping(event.get("previous_message")), channel, ourselves)
    if said is None:
        return None
    return replace(said, id=event_id, kind=Kind.DELETED, text="", before=said.text, asks=False)


def _by_a_human(message: Mapping[str, Any], channel: str, ourselves: str) -> Said | None:
    """The message, if a human wrote it: programs are never taken in, and least of all ourselves."""
    user, ts = _id(message.get("user")), _id(message.get("ts"))
    is_program = bool(message.get("bot_id")) or _text(message.get("subtype")) not in _HUMAN_SUBTYPES
    if not user or not ts or is_program or user in (ourselves, "USLACKBOT"):
        return None
    text = "\n".join(each for each in (_text(message.get("text")), _attached(message)) if each)
    mentioned = bool(ourselves) and f"<@{ourselves}" in text
    return Said(
        id="",
        kind=Kind.MESSAGE,
        channel=channel,
        user=user,
        text=text,
        ts=ts,
        thread=_id(message.get("thread_ts")) or ts,
        asks=mentioned or asks_for_help(text),
    )


def _attached(message: Mapping[str, Any]) -> str:
    """The files that came with a message, by name; "" for none."""
    files = message.get("files")
    names = [_text(_mapping(each).get("name")) for each in files[:_MOST_FILES]] if isinstance(files, list) else []
    listed = ", ".join(clip(one_line(name), _LONGEST_NAME) for name in names if name)
    return f"(attached in Slack: {escaped(listed)})" if listed else ""


def _interaction(payload: Mapping[str, Any]) -> Said | None:
    user, message = _mapping(payload.get("user")), _mapping(payload.get("message"))
    container = _mapping(payload.get("container"))
    channel = _id(_mapping(payload.get("channel")).get("id")) or _id(container.get("channel_id"))
    ts = _id(message.get("ts")) or _id(container.get("message_ts"))
    said = Said(
        id=_id(payload.get("trigger_id")),
        kind=Kind.CLICK,
        channel=channel,
        user=_id(user.get("id")),
        name=_text(user.get("username") or user.get("name"))[:_LONGEST_NAME],
        ts=ts,
        thread=_id(message.get("thread_ts")) or _id(container.get("thread_ts")) or ts,
        response_url=_text(payload.get("response_url")),
    )
    if not said.id or not said.user or not channel:
        return None
    if payload.get("type") == "message_action":
        # What a program wrote may be reported too: a human asks for it.
        return replace(said, kind=Kind.SHORTCUT, text=_text(message.get("text"))) if ts else None
    actions = payload.get("actions")
    first = _mapping(actions[0]) if isinstance(actions, list) and actions else {}
    chosen = _mapping(first.get("selected_option"))
    action = _id(first.get("action_id"))
    if payload.get("type") != "block_actions" or not action:
        return None
    if first.get("type") == "plain_text_input":
        # What was typed is the value there, and what it is about stands in the name of its block.
        about = _text(first.get("block_id")).split(":")
        return replace(
            said, action=action, value=_value(about[1] if len(about) > 1 else ""), text=_text(first.get("value"))
        )
    return replace(said, action=action, value=_value(chosen.get("value") or first.get("value")))


def _command(fields: Mapping[str, Any]) -> Said | None:
    said = Said(
        id=_id(fields.get("trigger_id")),
        kind=Kind.COMMAND,
        channel=_id(fields.get("channel_id")),
        user=_id(fields.get("user_id")),
        name=_text(fields.get("user_name"))[:_LONGEST_NAME],
        text=_text(fields.get("text")),
        response_url=_text(fields.get("response_url")),
    )
    return said if said.id and said.user and said.channel else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(value: object) -> str:
    """An id of theirs; "" for whatever is none, so that nothing else gets into our keys."""
    return value if isinstance(value, str) and _ID.match(value) else ""


def _value(value: object) -> str:
    """What one of our buttons carries; "" for anything else."""
    return value if isinstance(value, str) and _VALUE.match(value) else ""
