"""What must hold of each incident once everybody has answered and all faults are over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from oncall.core.delivery import NOTHING_SAID, Delivery, DeliveryKind
from oncall.core.incident import IncidentState, Resolution
from oncall.core.notice import NoticePurpose
from oncall.sim.people import Memory, Person
from oncall.sim.phone import Phone
from oncall.sim.remembered import IncidentStory, Sent
from oncall.sim.told_customers import (
    OVERTAKES_A_BUSY_LINE_WITHIN,
    OVERTAKES_A_CALL_IN_VAIN_WITHIN,
    OVERTAKES_WITHIN,
    untold,
)

Broken = Iterator[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Endings:
    """What is known of one incident. ``operators_know``: they were told that its customer could not be told."""

    deliveries: Sequence[Delivery]
    sent: Mapping[str, Sent]
    memory: Memory
    names: Mapping[str, str]
    phones: Mapping[str, Phone]
    operators_know: bool

    def broken(self, story: IncidentStory) -> Broken:
        """Each promise that is broken, by its number, and how."""
        incident = story.latest
        pages = [each for each in self.deliveries if each.kind is DeliveryKind.PAGE]
        if incident.resolution is Resolution.SCREENED:
            return
        if incident.state is IncidentState.TRIGGERED:
            yield 1, f"incident {incident.number} was never acknowledged although everybody answers by now"
        if not story.acknowledged and not story.resolved:
            yield 1, f"incident {incident.number} ended without an answer"
        # What the provider took while its answer got lost is known by the id that a look-up found.
        went = any((page.bundle or page.id) in self.sent or page.provider_id for page in pages)
        if not went and not story.acknowledged:
            yield 1, f"incident {incident.number} was never paged"
        if incident.caller_number:
            yield from self._customer_knows(story)

    def _customer_knows(self, story: IncidentStory) -> Broken:
        """Promise 9: heard on the telephone itself, not in our rows."""
        incident = story.latest
        phone = self.phones.get(incident.caller_number)
        if phone is None or not isinstance(phone.behaviour, Person) or self.operators_know:
            return
        heard = self.memory.told.get(incident.caller_number, [])
        for what in untold(story, heard, self.names, overtakes_within=self._overtakes_within(incident.number)):
            yield 9, f"the customer of incident {incident.number} was never told that {what}"

    def _overtakes_within(self, number: int) -> timedelta:
        """How soon the end of it may be told in the place of who has it."""
        calls = [each for each in self.deliveries if each.incident == number]
        calls = [each for each in calls if each.purpose == NoticePurpose.ACKNOWLEDGED]
        if any(each.error == NOTHING_SAID for each in calls):
            return OVERTAKES_A_CALL_IN_VAIN_WITHIN
        was_busy = any(each.provider_status in ("busy", "no-answer") for each in calls)
        return OVERTAKES_A_BUSY_LINE_WITHIN if was_busy else OVERTAKES_WITHIN
