"""Keeps what a <Record> took, and tells of it: the action's parameters at once, status and transcript later.

The status callback carries neither From nor To nor CallStatus: who called must be known by CallSid.
"""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import urljoin

from oncall.sim.audio import Speech
from oncall.sim.network import API_VERSION, Network
from oncall.sim.recordings import StoredRecording
from oncall.sim.verbs import Record


def keep_recording(
    network: Network, call: Mapping[str, str], document_url: str, record: Record, speech: Speech, key: str
) -> dict[str, str]:
    """Store it and send its callbacks later; the parameters that the action gets."""
    now = network.now()
    recording = StoredRecording(
        sid=network.sid("RE"),
        call_sid=call["CallSid"],
        created_at=now,
        ready_at=now + timedelta(seconds=network.sender.faults.recording_late_seconds),
        speech=speech
        if speech.seconds <= record.max_seconds
        else Speech(speech.audio, record.max_seconds, speech.text),
    )
    network.recordings.add(recording)
    url = recording_url(network, recording.sid)
    if record.status_callback and "completed" in record.status_events:
        told = {**_status(network, recording, "completed"), "RecordingUrl": url}
        target = urljoin(document_url, record.status_callback)
        network.after(
            network.settings.recording_callback_seconds, lambda: network.tell(target, told, recording.call_sid)
        )
    if record.transcribe_callback:
        _transcribe(network, call, urljoin(document_url, record.transcribe_callback), recording)
    return {
        "RecordingSid": recording.sid,
        "RecordingUrl": url,
        "RecordingDuration": str(recording.duration_seconds),
        "Digits": key,
    }


def tell_of_empty_recording(network: Network, call: Mapping[str, str], document_url: str, record: Record) -> None:
    """Tell that nothing was recorded, where the event "absent" was asked for."""
    if not record.status_callback or "absent" not in record.status_events:
        return
    now = network.now()
    recording = StoredRecording(network.sid("RE"), call["CallSid"], now, now, Speech(b"", 0))
    told = {**_status(network, recording, "absent"), "ErrorCode": "16102", "RecordingDuration": "0"}
    network.tell(urljoin(document_url, record.status_callback), told, recording.call_sid)


def recording_url(network: Network, sid: str) -> str:
    """Where the carrier says that a recording is, without a suffix."""
    settings = network.settings
    return f"{settings.api_url}/{API_VERSION}/Accounts/{settings.account_sid}/Recordings/{sid}"


def _status(network: Network, recording: StoredRecording, status: str) -> dict[str, str]:
    return {
        "AccountSid": network.settings.account_sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingStatus": status,
        "RecordingDuration": str(recording.duration_seconds),
        "RecordingChannels": "1",
        "RecordingTrack": "inbound",
        "RecordingStartTime": format_datetime(recording.created_at),
        "RecordingSource": "RecordVerb",
        "ErrorCode": "0",
    }


def _transcribe(network: Network, call: Mapping[str, str], target: str, recording: StoredRecording) -> None:
    lost = network.sender.faults.transcript_lost
    if lost and network.rng.random() < lost:
        return
    # The service transcribes from two seconds to two minutes, and we know only words that came with the sound.
    known = bool(recording.speech.text) and 2 < recording.speech.seconds < 120
    url = recording_url(network, recording.sid)
    sid = network.sid("TR")
    told = {
        **call,
        "TranscriptionSid": sid,
        "TranscriptionText": recording.speech.text if known else "",
        "TranscriptionStatus": "completed" if known else "failed",
        "TranscriptionUrl": f"{url}/Transcriptions/{sid}",
        "TranscriptionType": "fast",
        "RecordingSid": recording.sid,
        "RecordingUrl": url,
        "url": target,
    }
    network.after(network.settings.transcript_seconds, lambda: network.tell(target, told, recording.call_sid))
