"""An escalation policy: whom to page, in order, and how long to wait."""

from dataclasses import dataclass
from datetime import timedelta

DEFAULT_ACKNOWLEDGE_TIMEOUT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """``page`` names schedules or engineers; ``wait_for`` is how long to wait before the next step."""

    page: tuple[str, ...]
    wait_for: timedelta


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """``repeat`` is how often the list runs again, None forever.

    ``acknowledge_timeout_for`` is how long an acknowledged incident may go without an update. ``acknowledgements`` is
    how many different engineers must acknowledge before paging stops.
    """

    key: str
    steps: tuple[EscalationStep, ...]
    repeat: int | None = None
    acknowledge_timeout_for: timedelta = DEFAULT_ACKNOWLEDGE_TIMEOUT
    acknowledgements: int = 1


# Of what nobody is paged for: after a week without news of it, whoever has it is reminded.
QUIET_POLICY = EscalationPolicy(key="", steps=(), acknowledge_timeout_for=timedelta(weeks=1))
