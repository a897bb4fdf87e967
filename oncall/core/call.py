"""A call that came in to the hotline, and the recordings it left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RecordingPart(StrEnum):
    """What the caller was asked for.

    A message was left with somebody else who answered, or it cannot be known what was asked.
    """

    NAME = "name"
    PROBLEM = "problem"
    MESSAGE = "message"

    @property
    def is_the_last_asked_for(self) -> bool:
        """Whether there is nothing more to wait for once it is here."""
        return self is not RecordingPart.NAME


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


def part_of(sid: str, in_order: Sequence[str], known: Mapping[str, RecordingPart]) -> RecordingPart:
    """What a recording is of which we only know that the provider has it.

    ``in_order`` are the call's recordings as the provider lists them, oldest first, and ``known`` the parts of those
    that reached us, by SID. A caller is asked for the name first. One recording alone may be anything: whoever answers
    while we cannot asks once, for everything.
    """
    if RecordingPart.NAME in known.values():
        return RecordingPart.PROBLEM
    later = in_order[in_order.index(sid) + 1 :] if sid in in_order else ()
    if RecordingPart.PROBLEM in known.values():
        is_before = any(known.get(other) is RecordingPart.PROBLEM for other in later)
        return RecordingPart.NAME if is_before else RecordingPart.PROBLEM
    if RecordingPart.MESSAGE in known.values() or len(in_order) < 2:
        return RecordingPart.MESSAGE
    return RecordingPart.NAME if sid == in_order[0] else RecordingPart.PROBLEM
