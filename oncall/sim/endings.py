"""What must hold of each incident once everybody has answered and all faults are over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import IncidentState, Resolution
from oncall.sim.people import Heard, Memory, Person
from oncall.sim.phone import Phone
from oncall.sim.remembered import IncidentStory, Sent

OVERTAKES_WITHIN = timedelta(seconds=60)

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
        if not any(page.id in self.sent for page in pages) and not story.acknowledged:
            yield 1, f"incident {incident.number} was never paged"
        if incident.caller_number:
            yield from self._customer_knows(story)

    def _customer_knows(self, story: IncidentStory) -> Broken:
        """Promise 9: heard on the telephone itself, not in our rows."""
        incident = story.latest
        phone = self.phones.get(incident.caller_number)
        if phone is None or not isinstance(phone.behaviour, Person) or self.operators_know:
            return
        # Known gap: a call that the provider took, and whose end no callback ever told, is not asked after.
        if any(d.state is DeliveryState.SENT and d.kind is DeliveryKind.NOTICE for d in self.deliveries):
            return
        told = self._told(story)
        if not told:
            yield 9, f"the customer of incident {incident.number} was never told that it was received"
        for at, who in story.acknowledged[-1:]:
            name = self.names.get(who, who)
            # Resolved a moment later: the news that it is over overtakes the news of who had it.
            overtaken = bool(story.resolved) and story.resolved[-1] - at < OVERTAKES_WITHIN
            knows = overtaken or any(name in heard.words and heard.at >= at for heard in told)
            if not knows and not self._knew(story, name):
                yield 9, f"the customer of incident {incident.number} was never told that {name} has it"
        if story.resolved and not any(heard.at >= story.resolved[-1] for heard in told):
            yield 9, f"the customer of incident {incident.number} was never told that it is resolved"

    def _told(self, story: IncidentStory) -> list[Heard]:
        number = str(story.latest.number)
        everything = self.memory.told.get(story.latest.caller_number, [])
        return [heard for heard in everything if number in heard.words.replace(" ", "")]

    def _knew(self, story: IncidentStory, name: str) -> bool:
        """Whoever had it and acknowledged again after a silence is no news."""
        return [self.names.get(who, who) for _, who in story.acknowledged].count(name) > 1
