"""Business hours: when "one business hour" runs."""

from dataclasses import dataclass
from datetime import time

MON_TO_FRI: tuple[int, ...] = (0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """``days`` count from Monday = 0; ``holidays`` is a country or region code, or ""."""

    timezone: str = "UTC"
    days: tuple[int, ...] = MON_TO_FRI
    opens: time = time(9, 0)
    closes: time = time(18, 0)
    holidays: str = ""
