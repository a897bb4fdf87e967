"""The values of the `webhooks` section: an address that events are sent to, and which events those are."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import PlainValidator, WithJsonSchema

from oncall.core.partner_event import EventType
from oncall.schedule_files.values import did_you_mean, text

_FIX = "write an https:// URL such as https://example.com/oncall"
_EVENTS = [event.value for event in EventType]


def webhook_url(value: object) -> str:
    """An https URL; plain http for this machine only. Raises ValueError."""
    written = text(value, _FIX)
    try:
        parts = urlsplit(written)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise ValueError(f"this is not a URL; {_FIX}") from None
    if not usable or len(written) > 2000 or not written.isascii() or not written.isprintable() or " " in written:
        raise ValueError(f"this is not a URL; {_FIX}")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname or "")):
        raise ValueError(f"events are not sent in the clear; {_FIX} (plain http:// for this machine only)")
    if parts.username is not None or parts.fragment:
        raise ValueError("leave user, password and #fragment out of it; the signature proves who sends")
    return written


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def event_type(value: object) -> EventType:
    """One kind of event. Raises ValueError."""
    written = text(value, f"write an event such as {_EVENTS[0]}")
    if written not in _EVENTS:
        raise ValueError(f"there is no event `{written}`; {did_you_mean(written, _EVENTS)}")
    return EventType(written)


WebhookUrl = Annotated[
    str,
    PlainValidator(webhook_url),
    WithJsonSchema({"type": "string", "pattern": "^https?://[^\\s]+$", "examples": ["https://example.com/oncall"]}),
]
Event = Annotated[EventType, PlainValidator(event_type), WithJsonSchema({"enum": _EVENTS})]
