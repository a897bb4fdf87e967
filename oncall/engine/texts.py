"""Texts that come in: an engineer's words, a customer's words, and everybody else's.

One transaction a text: its effect and its reply are stored together under the provider's id of the text, so that a
duplicate gets the same reply and takes no effect.
"""

from datetime import datetime, timedelta

from oncall.core.sms_commands import parse
from oncall.core.wording import clean
from oncall.engine.customer_texts import CustomerTexts
from oncall.engine.engineer_texts import EngineerTexts
from oncall.errors import ConflictError, UsageError
from oncall.ports import Environment, ReceivedMessage, UnitOfWork

LONGEST_BODY = 1600
MACHINE_AFTER = 3
MACHINE_WITHIN = timedelta(minutes=10)


class Texts:
    """`received` is the one door for texts."""

    def __init__(self, env: Environment, engineers: EngineerTexts, customers: CustomerTexts) -> None:
        self._env = env
        self._engineers = engineers
        self._customers = customers

    def received(self, *, sid: str, from_number: str, body: str, sent_at: datetime | None = None) -> str:
        """Take a text in; the reply, "" for none. ``sent_at`` is when it was sent, where that was a while ago."""
        try:
            return self._once(sid, from_number.strip(), clean(body)[:LONGEST_BODY], sent_at)
        except ConflictError:
            # The same webhook, twice at the same time: the other one has stored the reply by now.
            with self._env.database.read() as uow:
                known = uow.inbox.get(sid)
            return known.reply if known is not None else ""

    def _once(self, sid: str, from_number: str, body: str, sent_at: datetime | None) -> str:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            known = uow.inbox.get(sid)
            if known is not None:
                return known.reply
            # Two machines that answer each other's texts would never stop, nor would what they write to a timeline.
            machine = uow.inbox.repeats(from_number, body, now - MACHINE_WITHIN) >= MACHINE_AFTER
            reply, incident = self._reply(uow, from_number, body, sent_at, machine=machine)
            shown = "" if machine else reply
            uow.inbox.add(ReceivedMessage(sid, now, from_number, body, shown, incident))
        self._engineers.settle(parse(body))
        self._env.log("text.received", sender=from_number, incident=incident, replied=bool(shown))
        return shown

    def _reply(
        self, uow: UnitOfWork, from_number: str, body: str, sent_at: datetime | None, *, machine: bool
    ) -> tuple[str, int | None]:
        command = parse(body)
        engineer = self._env.configuration.current().engineer_of(from_number)
        try:
            if engineer is not None:
                return self._engineers.reply(uow, engineer, command, sent_at)
            return self._customers.reply(uow, from_number, body, command, machine=machine)
        except UsageError as error:
            return str(error), None
