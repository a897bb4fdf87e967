"""The only module that reads the clock, sleeps, makes ids or rolls dice; all others are handed these."""

import random
import secrets
import socket
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread, Timer


class SystemClock:
    """The machine's time (ports.Clock)."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait so long; not at all where it is zero or less."""
        time.sleep(max(0.0, seconds))


class SystemIds:
    """Ids that no other process makes (ports.Ids)."""

    def new(self) -> str:
        """A fresh id: 32 letters and digits, safe in a URL, not secret."""
        return uuid.uuid4().hex

    def secret(self) -> str:
        """A fresh secret of 192 bits, safe in a URL."""
        return secrets.token_urlsafe(24)


class SystemRng:
    """Chance that nobody can predict (ports.Rng): jitter that two machines do not share."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def random(self) -> float:
        """A number from 0 up to but not including 1."""
        return self._random.random()


def host_name() -> str:
    """What this machine calls itself."""
    return socket.gethostname()


def monotonic() -> float:
    """Seconds since some instant that never jumps: for measuring how long something took, not for saying when."""
    return time.monotonic()


def in_background(do: Callable[[], None]) -> None:
    """Do it in a thread of its own, which does not keep the process from ending."""
    Thread(target=do, name="oncall-beside", daemon=True).start()


def call_after(seconds: float, do: Callable[[], None]) -> None:
    """Call it so many seconds from now, in a thread that does not keep the process from ending."""
    timer = Timer(seconds, do)
    timer.daemon = True
    timer.start()


class SeededRng:
    """Chance that comes out the same for the same seed: simulated worlds (ports.Rng)."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)

    def random(self) -> float:
        """A number from 0 up to but not including 1."""
        return self._random.random()


class SeededIds:
    """Ids that come out the same for the same seed: simulated worlds (ports.Ids). They are no secrets."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)

    def new(self) -> str:
        """The next id: 32 letters and digits."""
        return f"{self._random.getrandbits(128):032x}"

    def secret(self) -> str:
        """The next id."""
        return self.new()
