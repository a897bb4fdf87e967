"""What can go wrong at the carrier. Probabilities from 0 to 1; everything is off by default."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances of each mishap.

    A *callback* is a webhook whose answer the carrier does not use (statuses, recordings, transcripts); a *webhook* is
    one whose TwiML it runs. ``final_callback_lost`` is for those that say how a call or a text ended. Callbacks come
    out of order when some of them are delayed. ``rest_lost`` is a request that was obeyed while its response got lost;
    ``rest_error`` one that was refused with 503. ``recording_late_seconds`` is how long media answers 404.
    ``machine_misjudged`` takes a human for a machine, or a machine for a human.
    """

    callback_lost: float = 0.0
    final_callback_lost: float = 0.0
    callback_doubled: float = 0.0
    callback_delayed: float = 0.0
    callback_delay_seconds: float = 20.0
    webhook_lost: float = 0.0
    webhook_doubled: float = 0.0
    webhook_delayed: float = 0.0
    webhook_delay_seconds: float = 4.0
    rest_error: float = 0.0
    rest_lost: float = 0.0
    transcript_lost: float = 0.0
    recording_late_seconds: float = 0.0
    machine_misjudged: float = 0.0


class Away(StrEnum):
    """How a provider's API is away while its telephones go on."""

    HANGS = "never answers"
    HTML = "answers every request with a web page"
    LIST = "answers every request with a list"


NO_FAULTS = Faults()
