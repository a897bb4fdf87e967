"""The hotline: the number that customers phone, and what it needs to know."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What the telephone account allows, per second."""

    calls_per_second: float = 1.0
    messages_per_second: float = 1.0


@dataclass(frozen=True, slots=True)
class Hotline:
    """``number`` is E.164; ``page_after_for`` is the safety timer; ``operators`` are engineers' keys.

    ``fallback_url`` and ``sms_fallback_url`` are where documents are hosted that answer while we do not, or "".
    """

    company: str
    number: str
    escalation_policy: str
    language: str = "en-GB"
    page_after_for: timedelta = timedelta(seconds=60)
    operators: tuple[str, ...] = ()
    limits: Limits = Limits()
    fallback_url: str = ""
    sms_fallback_url: str = ""
