"""What the invariants remember: of an incident what was committed, of a delivery what the provider was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from oncall.core.confirm_digit import digit_of_call
from oncall.core.delivery import Delivery
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident


@dataclass(slots=True)
class IncidentStory:
    """What was committed about one incident."""

    latest: Incident
    acknowledged: list[tuple[datetime, str]] = field(default_factory=list)
    resolved: list[datetime] = field(default_factory=list)
    silent_since: datetime | None = None
    triggered_at: datetime | None = None


@dataclass(slots=True)
class Sent:
    """What the provider was asked to do for one delivery. ``mishaps`` counts what may excuse a repetition."""

    first_at: datetime
    mishaps_before: int
    times: int = 0
    sids: list[str] = field(default_factory=list)


def together_with(delivery: Delivery, deliveries: Mapping[str, Delivery]) -> list[Delivery]:
    """All that share its call or text."""
    if delivery.bundle is None:
        return [delivery]
    return [one for one in deliveries.values() if one.bundle == delivery.bundle]


def acknowledging_keys(deliveries: Mapping[str, Delivery], number: int, engineer: str) -> set[str]:
    """What an engineer's (key's) calls about an incident asked for; 1 where nothing is known of any.

    A call about several asks for one digit, where any page of it was made with one.
    """
    pages = [each for each in deliveries.values() if each.incident == number and each.recipient == engineer]
    calls = [each for each in pages if each.method is ContactMethod.CALL]
    return {digit_of_call(together_with(call, deliveries)) or "1" for call in calls} or {"1"}
