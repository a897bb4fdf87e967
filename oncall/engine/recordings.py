"""Keeping what callers said: fetched from the provider with credentials, stored in the database."""

from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.call import Recording
from oncall.core.incident import TimelineEntry, TimelineKind
from oncall.errors import ChannelError
from oncall.ports import Environment, RecordingSource

BATCH = 4
AGAIN_AFTER = timedelta(seconds=30)
TRIES = 20


class RecordingKeeper:
    """``fetch_due`` fetches in the background; ``audio`` fetches at once what somebody wants to hear."""

    def __init__(self, env: Environment, source: RecordingSource) -> None:
        self._env = env
        self._source = source

    def audio(self, recording_sid: str) -> tuple[bytes, str] | None:
        """The audio and its content type; None while it is not there, or for an unknown recording."""
        with self._env.database.read() as uow:
            recording = uow.recordings.get(recording_sid)
        if recording is None:
            return None
        if recording.content is not None:
            return recording.content, recording.content_type
        return self._fetch(recording)

    def claim(self, now: datetime) -> list[Recording]:
        """Recordings to fetch now; each is put off, so that no other worker fetches it at the same time."""
        with self._env.database.begin() as uow:
            return uow.recordings.claim_due(now, again_at=now + AGAIN_AFTER, limit=BATCH)

    def fetch_claimed(self, recording: Recording) -> None:
        """Fetch one and store it; after TRIES it is given up, and the timeline says so."""
        if self._fetch(recording) is None:
            self._count_failure(recording)

    def _fetch(self, recording: Recording) -> tuple[bytes, str] | None:
        try:
            found = self._source.fetch(recording.sid)
        except ChannelError as error:
            self._env.log("recording.fetch_failed", recording=recording.sid, problem=str(error))
            return None
        if found is not None:
            self._store(recording.sid, found)
        return found

    def _store(self, sid: str, found: tuple[bytes, str]) -> None:
        content, content_type = found
        with self._env.database.begin() as uow:
            current = uow.recordings.get(sid, lock=True)
            if current is not None and current.content is None:
                uow.recordings.save(replace(current, content=content, content_type=content_type, fetch_at=None))

    def _count_failure(self, recording: Recording) -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            current = uow.recordings.get(recording.sid, lock=True)
            if current is None or current.content is not None:
                return
            attempts = current.fetch_attempts + 1
            given_up = attempts >= TRIES
            uow.recordings.save(
                replace(current, fetch_attempts=attempts, fetch_at=None if given_up else current.fetch_at)
            )
            if given_up:
                text = f"The recording {current.sid} could not be fetched from the provider in {attempts} tries"
                uow.timeline.add(current.incident, [TimelineEntry(now, TimelineKind.RECORDING, text)])
