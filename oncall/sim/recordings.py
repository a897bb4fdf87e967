"""Recordings that the carrier keeps: media by SID, not there for a moment, gone when deleted."""

from dataclasses import dataclass, replace
from datetime import datetime

from oncall.sim.audio import Speech


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """One recording. ``ready_at`` is when its media can first be had."""

    sid: str
    call_sid: str
    created_at: datetime
    ready_at: datetime
    speech: Speech
    deleted: bool = False

    @property
    def duration_seconds(self) -> int:
        """What the carrier calls its duration: whole seconds, at least one."""
        return max(1, round(self.speech.seconds))


class Recordings:
    """All of an account."""

    def __init__(self) -> None:
        self._by_sid: dict[str, StoredRecording] = {}

    def add(self, recording: StoredRecording) -> None:
        """Keep it."""
        self._by_sid[recording.sid] = recording

    def get(self, sid: str) -> StoredRecording | None:
        """What is known of it, or None once it is deleted or if it never was."""
        recording = self._by_sid.get(sid)
        return None if recording is None or recording.deleted else recording

    def all(self) -> list[StoredRecording]:
        """Those that are not deleted, oldest first."""
        return [recording for recording in self._by_sid.values() if not recording.deleted]

    def media(self, sid: str, now: datetime) -> bytes | None:
        """The audio; None where there is none, or none yet."""
        recording = self.get(sid)
        return None if recording is None or now < recording.ready_at else recording.speech.audio

    def delete(self, sid: str) -> bool:
        """Forget its audio; False where there was none."""
        recording = self.get(sid)
        if recording is None:
            return False
        self._by_sid[sid] = replace(recording, deleted=True, speech=Speech(b"", recording.speech.seconds))
        return True
