"""ACK ALL and PASS ALL: one text that answers for every incident the engineer was paged about."""

import re
from collections.abc import Callable
from datetime import datetime

from oncall.core.bundle_wording import bundle_outcome_text
from oncall.core.engineer import Engineer
from oncall.core.incident import IncidentState, Outcome
from oncall.core.sms_commands import SmsCommand, SmsWord
from oncall.core.wording import nothing_open_text
from oncall.engine.late_words import may_be_about, was_told
from oncall.engine.respond import Respond
from oncall.ports import UnitOfWork

_FOR_ALL = frozenset({SmsWord.ACK, SmsWord.PASS})
_ALL = re.compile(r"all\b", re.IGNORECASE)


def means_all(command: SmsCommand) -> bool:
    """Whether it answers for all: ``ACK ALL``."""
    return command.word in _FOR_ALL and command.number is None and _ALL.match(command.text) is not None


def answer_all(
    uow: UnitOfWork, respond: Respond, engineer: Engineer, word: SmsWord | None, via: str, sent_at: datetime | None
) -> tuple[str, int | None]:
    """The reply; nothing is answered for that the engineer was not told of yet, or not when they sent it."""
    numbers = sorted(uow.deliveries.paged_incidents(engineer.key))
    # Lowest number first, as everywhere: two transactions never wait for each other.
    locked = [uow.incidents.get(number, lock=True) for number in numbers]
    waiting = [one for one in locked if one is not None and one.state is IncidentState.TRIGGERED]
    if word is SmsWord.PASS:
        # What they have acknowledged, while more are wanted, is given back by its number only.
        waiting = [one for one in waiting if not one.is_with(engineer.key)]
    waiting = [one for one in waiting if may_be_about(uow, one, sent_at)]
    told = [one.number for one in waiting if was_told(uow, one, engineer, sent_at)]
    if not told:
        return nothing_open_text(), None
    answer: Callable[..., Outcome] = respond.pass_on if word is SmsWord.PASS else respond.acknowledge
    return bundle_outcome_text([answer(number, engineer=engineer.key, via=via, uow=uow) for number in told]), None
