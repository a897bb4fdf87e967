"""The hotline: the number that customers phone, and what it needs to know."""

from dataclasses import dataclass
from datetime import timedelta

# The provider adds up to five seconds; most voicemail picks up after thirty.
DEFAULT_RING_FOR = timedelta(seconds=25)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a telephone account allows, per second; the hotline's are of every account that has none of its own."""

    calls_per_second: float = 1.0
    messages_per_second: float = 1.0


@dataclass(frozen=True, slots=True)
class Hotline:
    """``number`` is E.164; ``page_after_for`` is the safety timer; ``operators`` are engineers' keys.

    ``managers`` (keys too) are told when a promise is broken, and paged with the team when production is down.
    ``ring_for`` is how long a call to an engineer rings. ``machine_detection`` says whether the provider is to listen
    for an answering machine.
    ``slack`` is the id of the team's channel there, or "".
    ``fallback_url`` and ``sms_fallback_url`` are where documents are hosted that answer while we do not, or "".
    """

    company: str
    number: str
    escalation_policy: str
    language: str = "en-GB"
    page_after_for: timedelta = timedelta(seconds=60)
    operators: tuple[str, ...] = ()
    limits: Limits = Limits()
    ring_for: timedelta = DEFAULT_RING_FOR
    machine_detection: bool = False
    fallback_url: str = ""
    sms_fallback_url: str = ""
    managers: tuple[str, ...] = ()
    slack: str = ""

    @property
    def told_of_promises(self) -> tuple[str, ...]:
        """The managers, or the operators where none are named."""
        return self.managers or self.operators
