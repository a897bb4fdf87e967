"""What engineers do from Slack, by a reply, a button or a command: the one door for every answer is `respond`."""

from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, Outcome
from oncall.core.plain_text import without_numbers
from oncall.core.slack_words import Typed, Word
from oncall.core.wording import outcome_text
from oncall.engine.respond import Respond
from oncall.errors import UsageError
from oncall.ports import UnitOfWork


class SlackPeople:
    """Every method acts in the transaction that it is given. Raises UsageError where something cannot be."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def do(self, uow: UnitOfWork, number: int, engineer: Engineer, typed: Typed, via: str) -> Outcome:
        """What a word asks for."""
        key = engineer.key
        match typed.word:
            case Word.ACKNOWLEDGE:
                return self._respond.acknowledge(number, engineer=key, via=via, uow=uow)
            case Word.TAKE:
                return self.take(uow, number, engineer, via)
            case Word.PASS if typed.text:
                return self._respond.hand_over(number, engineer=key, to=typed.text, via=via, uow=uow)
            case Word.PASS:
                return self._respond.pass_on(number, engineer=key, via=via, uow=uow)
            case Word.RESOLVE:
                return self._respond.resolve(number, engineer=key, note=typed.text, via=via, uow=uow)
            case Word.UPDATE:
                return self._respond.update(number, engineer=key, note=typed.text, via=via, uow=uow)
            case Word.REOPEN:
                return self._respond.reopen(number, by=engineer.name, via=via, uow=uow)
            case _:
                return self._respond.note(number, by=engineer.name, note=typed.text, via=via, uow=uow)

    def take(self, uow: UnitOfWork, number: int, engineer: Engineer, via: str) -> Outcome:
        """This engineer has it from now on, whoever had it before; nobody is paged for that."""
        incident = uow.incidents.get(number, lock=True)
        if incident is not None and _is_with_another(incident, engineer):
            holder = incident.acknowledged_by
            taken = f"{via}: {engineer.name} took it"
            self._respond.hand_over(number, engineer=holder, to=engineer.key, via=taken, uow=uow)
        return self._respond.acknowledge(number, engineer=engineer.key, via=via, uow=uow)

    def answer(self, uow: UnitOfWork, incident: Incident, engineer: Engineer, text: str, via: str) -> Outcome:
        """They wrote to the customer: an update, and where nobody has it yet, they have it from now on."""
        waits = incident.state is IncidentState.TRIGGERED and engineer.key not in incident.acknowledgements
        if waits:
            self._respond.acknowledge(incident.number, engineer=engineer.key, via=via, uow=uow)
        if not incident.open:
            return self._respond.note(incident.number, by=engineer.name, note=text, via=via, uow=uow)
        return self._respond.update(incident.number, engineer=engineer.key, note=text, via=via, uow=uow)


def _is_with_another(incident: Incident, engineer: Engineer) -> bool:
    return incident.state is IncidentState.ACKNOWLEDGED and not incident.is_with(engineer.key)


def became(outcome: Outcome) -> str:
    """What became of an engineer's answer; without the caller's number, which their link leads to."""
    return without_numbers(outcome_text(outcome))


def needs_text(typed: Typed) -> str:
    """What an engineer is told who wrote such a word alone."""
    if typed.word is None:
        raise UsageError("Nothing was said.")
    return f"Nothing has changed: say what, as in `{typed.word.value}: we are restarting it`."
