"""What an engineer texts: ACK, PASS, RESOLVE, UPDATE, STATUS, WHO, TAKE, COMMANDS."""

from datetime import datetime

from oncall.core import wording
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, Outcome, TimelineEntry, TimelineKind
from oncall.core.sms_commands import SmsCommand, SmsWord
from oncall.core.snooze import quiet_until
from oncall.engine.answer_all import answer_all, means_all
from oncall.engine.late_words import may_be_about, was_told
from oncall.engine.respond import Respond
from oncall.engine.schedule_texts import BY_SMS, ScheduleTexts
from oncall.ports import Environment, UnitOfWork

Reply = tuple[str, int | None]
SMALLEST_NUMBER = 1000
_SILENCING = frozenset({SmsWord.ACK, SmsWord.RESOLVE})


class EngineerTexts:
    """``reply`` performs a command and says what became of it."""

    def __init__(self, env: Environment, respond: Respond, schedules: ScheduleTexts) -> None:
        self._env = env
        self._respond = respond
        self._schedules = schedules

    def settle(self, command: SmsCommand) -> None:
        """After the transaction of a text: what this process answers follows what the text has changed."""
        if command.word is SmsWord.TAKE:
            self._schedules.settle()

    def reply(self, uow: UnitOfWork, engineer: Engineer, command: SmsCommand, sent_at: datetime | None = None) -> Reply:
        """The reply, and the incident that the text was about, None for none.

        ``sent_at`` is when it was sent, where it was found later than it should have come.
        """
        match command.word:
            case SmsWord.PASS:
                return self._answer(uow, engineer, command, sent_at)
            case SmsWord.ACK if not command.text:
                return self._answer(uow, engineer, command, sent_at)
            case SmsWord.ACK | SmsWord.RESOLVE | SmsWord.UPDATE:
                return self._answer(uow, engineer, _with_text(command), sent_at)
            case SmsWord.STATUS:
                return wording.status_text(uow.incidents.listing(include_resolved=False), self._names()), None
            case SmsWord.WHO:
                return self._schedules.who(engineer, command.text), None
            case SmsWord.TAKE:
                return self._schedules.take(uow, engineer, command.text), None
            case SmsWord.COMMANDS:
                return wording.commands_text(), None
            case _:
                return wording.not_understood_text(), None

    def _answer(self, uow: UnitOfWork, engineer: Engineer, command: SmsCommand, sent_at: datetime | None) -> Reply:
        assert command.word is not None
        if command.number is not None:
            incident = uow.incidents.get(command.number, lock=True)
            if incident is None:
                return wording.unknown_incident_text(command.number), None
            if sent_at is not None and command.word in _SILENCING and not may_be_about(uow, incident, sent_at):
                text = f"{engineer.name} texted {command.word} at {sent_at:%H:%M:%S} UTC, which came too late to count"
                entry = TimelineEntry(self._env.clock.now(), TimelineKind.MESSAGE, text)
                uow.timeline.add(incident.number, [entry])
                return wording.came_too_late_text(command.number), command.number
            return self._perform(uow, engineer, command, incident)
        if means_all(command):
            return answer_all(uow, self._respond, engineer, command.word, BY_SMS, sent_at)
        meant = self._meant(uow, engineer, command.word, sent_at)
        if not meant:
            return wording.nothing_open_text(), None
        if len(meant) > 1:
            return wording.which_incident_text([incident.number for incident in meant], language="en"), None
        return self._perform(uow, engineer, command, meant[0])

    def _meant(self, uow: UnitOfWork, engineer: Engineer, word: SmsWord, sent_at: datetime | None) -> list[Incident]:
        """What a word without a number can be about: what waits for an acknowledgement, or what this engineer has."""
        by_number = uow.incidents.get_many(uow.deliveries.paged_incidents(engineer.key))
        paged = [each for each in by_number.values() if each.open and may_be_about(uow, each, sent_at)]
        if sent_at is not None:
            paged = [each for each in paged if was_told(uow, each, engineer, sent_at)]
        mine = [incident for incident in paged if incident.is_with(engineer.key)]
        waiting = [each for each in paged if each.state is IncidentState.TRIGGERED and not each.is_with(engineer.key)]
        if word in (SmsWord.ACK, SmsWord.PASS):
            return waiting or mine
        return mine or waiting

    def _perform(self, uow: UnitOfWork, engineer: Engineer, command: SmsCommand, incident: Incident) -> Reply:
        number = incident.number
        match command.word:
            case SmsWord.ACK:
                outcome = self._acknowledge(uow, engineer, command, number)
            case SmsWord.PASS:
                outcome = self._pass(uow, engineer, command, number)
            case SmsWord.RESOLVE:
                outcome = self._respond.resolve(number, engineer=engineer.key, note=command.text, via=BY_SMS, uow=uow)
            case _:
                if not command.text:
                    return wording.needs_text_text("UPDATE", number), number
                outcome = self._respond.update(number, engineer=engineer.key, note=command.text, via=BY_SMS, uow=uow)
        return wording.outcome_text(outcome), number

    def _acknowledge(self, uow: UnitOfWork, engineer: Engineer, command: SmsCommand, number: int) -> Outcome:
        now = self._env.clock.now()
        until = quiet_until(command.text, self._respond.clocks_of(engineer), now) if command.text else None
        if until is None:
            return self._respond.acknowledge(number, engineer=engineer.key, via=BY_SMS, uow=uow)
        return self._respond.snooze(number, engineer=engineer.key, until=until, via=BY_SMS, uow=uow)

    def _pass(self, uow: UnitOfWork, engineer: Engineer, command: SmsCommand, number: int) -> Outcome:
        if not command.text:
            return self._respond.pass_on(number, engineer=engineer.key, via=BY_SMS, uow=uow)
        return self._respond.hand_over(number, engineer=engineer.key, to=command.text, via=BY_SMS, uow=uow)

    def _names(self) -> dict[str, str]:
        return {key: engineer.name for key, engineer in self._env.configuration.current().engineers.items()}


def _with_text(command: SmsCommand) -> SmsCommand:
    """ "RESOLVE 3 servers restarted" is about three servers, "ACK 2 hours" about a quiet time.

    No incident has so small a number.
    """
    if command.number is None or command.number > SMALLEST_NUMBER:
        return command
    return SmsCommand(command.word, None, f"{command.number} {command.text}".strip())
