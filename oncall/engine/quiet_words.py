"""What a notice that waits for the morning says when it goes: its words are made then, from what is true then.

What it is about is in its ``details``. A notice whose matter is settled meanwhile has no words, and is not sent.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from oncall.core.configuration import Configuration
from oncall.core.delivery import Delivery
from oncall.core.incident import Incident, IncidentState
from oncall.core.postmortem import Postmortem, Reminder
from oncall.core.postmortem_actions import Action, ActionState
from oncall.core.postmortem_wording import action_words, reminder_words
from oncall.core.promise_clock import Part, Reached
from oncall.core.promise_people import managers
from oncall.core.promise_wording import QuietWords, due_now, is_overtaken, stage_words
from oncall.core.promise_wording import reminder_words as still_open_words
from oncall.core.sla import PromiseStage
from oncall.ports import Environment, UnitOfWork

MATTER = "matter"  # the detail that names what a notice is about whose words are made when it goes


class Matter(StrEnum):
    """What a quiet notice is about; stored."""

    PROMISE = "promise"
    STILL_OPEN = "still_open"
    POSTMORTEM = "postmortem"
    ACTION = "action"


def about_promise(incident: Incident, reached: Reached, by: datetime) -> dict[str, str]:
    """A stage that the promise, which was due ``by`` then, has reached."""
    return {
        **_about(Matter.PROMISE, incident.number),
        "part": reached.part.value,
        "stage": reached.stage.value,
        "reached_at": reached.at.isoformat(),
        "by": by.isoformat(),
    }


def about_open_incident(incident: Incident, why: str) -> dict[str, str]:
    """A quiet incident is still open; ``why`` as `promise_wording.reminder_words` takes it."""
    return {**_about(Matter.STILL_OPEN, incident.number), "why": why, **_stands(incident)}


def about_postmortem(number: int, stage: Reminder) -> dict[str, str]:
    """The post-mortem of this incident is owed, and so far its people were told."""
    return {**_about(Matter.POSTMORTEM, number), "stage": stage.value}


def about_action(action: Action) -> dict[str, str]:
    """Something that was promised in a post-mortem is to be done."""
    return {**_about(Matter.ACTION, action.incident), "action": action.key}


class QuietWording:
    """Reads only."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def words(self, delivery: Delivery, now: datetime) -> QuietWords | None:
        """What it says now; None where there is nothing to say any more. What is about no matter of ours, or was
        enqueued by an earlier release, says what it said."""
        told = delivery.details
        frozen = QuietWords(told.get("subject", ""), told.get("text", ""), told.get("speech", ""))
        if MATTER not in told:
            return frozen
        configuration = self._env.configuration.current()
        number = int(told["number"])
        with self._env.database.read() as uow:
            incident = uow.incidents.get(number)
            if incident is None:
                return None
            match Matter(told[MATTER]):
                case Matter.PROMISE:
                    return _of_promise(incident, told, configuration, self._zone(delivery, configuration), now)
                case Matter.STILL_OPEN:
                    return still_open_words(incident, told["why"]) if _still_stands(incident, told) else None
                case Matter.POSTMORTEM:
                    return self._of_postmortem(uow, incident, delivery, configuration, now)
                case Matter.ACTION:
                    return self._of_action(uow, number, told["action"])

    def postmortem_words(
        self, postmortem: Postmortem, incident: Incident, stage: Reminder, *, timezone: str, now: datetime
    ) -> QuietWords:
        """What is said of a post-mortem that is owed, with times on the clocks of ``timezone``."""
        owner = self._env.configuration.current().engineers.get(postmortem.owner)
        name, link = owner.name if owner else postmortem.owner, self.postmortem_link(incident.number)
        return reminder_words(postmortem, incident, stage, owner=name, timezone=timezone, link=link, now=now)

    def postmortem_link(self, number: int) -> str:
        """Where it is written; "" where our public URL is not known."""
        return f"{self._env.public_url}/postmortems/{number}" if self._env.public_url else ""

    def _of_postmortem(
        self, uow: UnitOfWork, incident: Incident, delivery: Delivery, configuration: Configuration, now: datetime
    ) -> QuietWords | None:
        postmortem, stage = uow.postmortems.get(incident.number), Reminder(delivery.details["stage"])
        if postmortem is None or not postmortem.is_owed or postmortem.told.rank > stage.rank:
            return None
        concerned = {postmortem.owner, *(each.key for each in managers(configuration))}
        if delivery.recipient not in concerned:
            return None
        zone = self._zone(delivery, configuration)
        return self.postmortem_words(postmortem, incident, stage, timezone=zone, now=now)

    def _of_action(self, uow: UnitOfWork, number: int, key: str) -> QuietWords | None:
        action = uow.postmortems.action(number, key)
        if action is None or action.state is not ActionState.OPEN:
            return None
        return action_words(action, action.link or self.postmortem_link(number))

    def _zone(self, delivery: Delivery, configuration: Configuration) -> str:
        engineer = configuration.engineers.get(delivery.recipient)
        return (engineer.timezone if engineer else "") or configuration.business_hours.timezone


def _of_promise(
    incident: Incident, told: Mapping[str, str], configuration: Configuration, timezone: str, now: datetime
) -> QuietWords | None:
    at, by = datetime.fromisoformat(told["reached_at"]), datetime.fromisoformat(told["by"])
    reached = Reached(Part(told["part"]), PromiseStage(told["stage"]), at)
    if is_overtaken(incident, reached, by, now):
        return None
    engineer = configuration.engineers.get(incident.acknowledged_by)
    holder = engineer.name if engineer else incident.acknowledged_by
    return stage_words(incident, reached, due_now(incident, reached, by), timezone, holder=holder)


def _about(matter: Matter, number: int) -> dict[str, str]:
    return {MATTER: matter.value, "number": str(number)}


def _stands(incident: Incident) -> dict[str, str]:
    """Whoever has it puts the next reminder off with every word on it; of what nobody has, the promise does too."""
    held = incident.state is IncidentState.ACKNOWLEDGED
    again_at = incident.due_at.isoformat() if held and incident.due_at else ""
    return {"state": incident.state.value, "holder": incident.acknowledged_by, "again_at": again_at}


def _still_stands(incident: Incident, told: Mapping[str, str]) -> bool:
    return incident.open and incident.quiet and all(told[name] == value for name, value in _stands(incident).items())
