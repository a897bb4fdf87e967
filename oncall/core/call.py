"""A call that came in to the hotline, and the recordings it left."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RecordingPart(StrEnum):
    """What the caller was asked for."""

    NAME = "name"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Call:
    """``sid`` is the provider's id, ``status`` its last word on the call.

    ``from_number`` is E.164, or "" where it was withheld.
    """

    sid: str
    incident: int
    from_number: str
    to_number: str
    started_at: datetime
    status: str = "ringing"
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What a caller said. ``content`` is None until it has been fetched; ``duration_seconds`` is 0 where unknown.

    ``fetch_at`` is when it is next asked for, None once it is here or has been given up; ``transcript`` is "" until
    one comes.
    """

    sid: str
    call_sid: str
    incident: int
    part: RecordingPart
    created_at: datetime
    duration_seconds: int = 0
    content_type: str = ""
    content: bytes | None = None
    fetch_at: datetime | None = None
    fetch_attempts: int = 0
    transcript: str = ""
