"""What is said into a phone, and how long sound lasts."""

import io
import wave
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speech:
    """Something said. ``audio`` is a WAV; ``text`` is what the words were, "" where nobody knows."""

    audio: bytes
    seconds: float
    text: str = ""


def wav_seconds(audio: bytes) -> float | None:
    """How long a WAV lasts; None where it is not one."""
    try:
        with wave.open(io.BytesIO(audio)) as reader:
            seconds: float = reader.getnframes() / reader.getframerate()
            return seconds
    except (wave.Error, EOFError, ZeroDivisionError):
        return None


def joined(parts: list[Speech]) -> Speech:
    """All of it as one. Audio of one format is joined; of several formats the first is kept."""
    return Speech(
        audio=_joined_wav([part.audio for part in parts]),
        seconds=sum(part.seconds for part in parts),
        text=" ".join(part.text for part in parts if part.text),
    )


def _joined_wav(parts: list[bytes]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    frames: list[bytes] = []
    try:
        for part in parts:
            with wave.open(io.BytesIO(part)) as reader:
                shape = (reader.getnchannels(), reader.getsampwidth(), reader.getframerate())
                frames.append(reader.readframes(reader.getnframes()))
    except (wave.Error, EOFError):
        return parts[0]
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(shape[0])
        writer.setsampwidth(shape[1])
        writer.setframerate(shape[2])
        writer.writeframes(b"".join(frames))
    return out.getvalue()


def beep(seconds: float = 0.4, *, rate: int = 8000) -> bytes:
    """A short square tone as a 16-bit WAV: it stands in for a voice where words were typed instead of spoken."""
    period = rate // 440
    frames = bytearray()
    for sample in range(int(seconds * rate)):
        frames += (3000 if sample % period < period // 2 else -3000).to_bytes(2, "little", signed=True)
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(bytes(frames))
    return out.getvalue()
