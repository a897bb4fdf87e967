"""A voice for a browser without a microphone, and an ear for what came out at the other end."""

import io
import math
import struct
import wave
from itertools import pairwise
from pathlib import Path

RATE = 16000
VOICE_HZ = 440
_LOUD = 0.4


def speak_into(path: Path, seconds: int = 4) -> None:
    """A WAV file with a tone that swells like syllables: what a browser takes for noise, it takes away."""
    samples = (
        _LOUD * math.sin(math.pi * 3 * i / RATE) ** 2 * math.sin(2 * math.pi * VOICE_HZ * i / RATE)
        for i in range(RATE * seconds)
    )
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(b"".join(struct.pack("<h", int(sample * 32767)) for sample in samples))


def main_frequency(audio: bytes) -> float:
    """The frequency of a tone in WAV bytes, counted by its zero crossings where it is loud; 0.0 for silence."""
    with wave.open(io.BytesIO(audio)) as sound:
        rate = sound.getframerate()
        samples = struct.unpack(f"<{sound.getnframes()}h", sound.readframes(sound.getnframes()))
    loud = max((abs(sample) for sample in samples), default=0)
    if loud < 300:
        return 0.0
    windows = [samples[at : at + rate // 20] for at in range(0, len(samples), rate // 20)]
    heard = [window for window in windows if max(abs(s) for s in window) > loud / 2 and len(window) == rate // 20]
    crossings = sorted(sum((a < 0) != (b < 0) for a, b in pairwise(window)) for window in heard)
    return crossings[len(crossings) // 2] / 2 * 20


def seconds_of(audio: bytes) -> float:
    """How long WAV bytes last."""
    with wave.open(io.BytesIO(audio)) as sound:
        return sound.getnframes() / sound.getframerate()
