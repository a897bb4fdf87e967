"""Several incidents in one call or text: what it is about, and one answer for all of them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from oncall.core.accounted import Accounted, accounted, accounted_since
from oncall.core.confirm_digit import digit_of_call
from oncall.core.delivery import Delivery
from oncall.core.incident import Incident, IncidentState, Outcome
from oncall.core.voice_menu import PageKey
from oncall.engine.locking import locked_bundle
from oncall.engine.respond import Respond
from oncall.ports import Database, Message, UnitOfWork


def groups(claimed: Sequence[Delivery]) -> list[list[Delivery]]:
    """What was claimed, those that go together in one list."""
    found: dict[str, list[Delivery]] = {}
    for delivery in claimed:
        found.setdefault(delivery.bundle or delivery.id, []).append(delivery)
    return list(found.values())


def still_open(uow: UnitOfWork, delivery: Delivery) -> list[tuple[Delivery, Incident]]:
    """What a call or text is about and waits for an answer, by number, an incident once; empty where it goes alone.

    What its engineer has acknowledged, while more are wanted, waits for others.
    """
    if delivery.bundle is None:
        return []
    together = [one for one in uow.deliveries.bundled(delivery.bundle) if one.incident is not None]
    incidents = uow.incidents.get_many({one.incident for one in together if one.incident is not None})
    found: dict[int, tuple[Delivery, Incident]] = {}
    for one in together:
        incident = incidents.get(one.incident or 0)
        if incident is not None and _waits_for(incident, one.recipient):
            found.setdefault(incident.number, (one, incident))
    return [found[number] for number in sorted(found)]


def recorded_in(database: Database) -> Callable[[Message, datetime], tuple[str, Accounted]]:
    """A function that says what the rows know of a message since an instant: its own id at the provider, "" where
    none, and what all others to the same address account for.

    Of several incidents in one call or text, what is known of any of them says that it went. Raises StoreError.
    """

    def look(message: Message, since: datetime) -> tuple[str, Accounted]:
        with database.read() as uow:
            delivery = uow.deliveries.get(message.delivery_id)
            together = _sharing(uow, delivery) if delivery is not None else []
            others = uow.deliveries.attempted(message.to, accounted_since(since))
            known = accounted(others, delivery) if delivery is not None else Accounted()
        return next((one.provider_id for one in together if one.provider_id), ""), known

    return look


def asked_digit(uow: UnitOfWork, delivery: Delivery) -> str:
    """The digit that this call asks for, the same from its first word to its last; "" where it is the usual key."""
    return digit_of_call(_sharing(uow, delivery))


def _sharing(uow: UnitOfWork, delivery: Delivery) -> list[Delivery]:
    return [delivery] if delivery.bundle is None else uow.deliveries.bundled(delivery.bundle)


def _waits_for(incident: Incident, engineer: str) -> bool:
    return incident.state is IncidentState.TRIGGERED and not incident.is_with(engineer)


class BundleAnswers:
    """One key for all incidents of a call, in one transaction."""

    def __init__(self, database: Database, respond: Respond) -> None:
        self._database = database
        self._respond = respond

    def key_pressed(self, *, delivery_id: str, key: PageKey) -> list[Outcome]:
        """What became of each incident, lowest number first; empty where there is no such call."""
        with self._database.begin() as uow:
            outcomes: dict[int, Outcome] = {}
            for incident, delivery in locked_bundle(uow, delivery_id):
                if key is PageKey.PASS and (incident is None or not _waits_for(incident, delivery.recipient)):
                    continue  # somebody has it: there is nothing to pass on
                outcome = self._respond.key_pressed(delivery_id=delivery.id, key=key, uow=uow)
                if outcome is not None:
                    outcomes.setdefault(outcome.incident.number, outcome)
        return list(outcomes.values())
