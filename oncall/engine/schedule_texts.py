"""What an engineer texts about schedules: WHO is on call, and TAKE to be on call from now on."""

from datetime import datetime

from oncall.core import override_wording as wording
from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.schedule import Schedule, Shift, on_call, shifts
from oncall.core.taking import ends_at, parse_take
from oncall.engine.overrides import Doer, Overrides
from oncall.errors import UsageError
from oncall.ports import Environment, UnitOfWork

BY_SMS = "SMS"
_FILLERS = frozenset({"is", "s", "has", "on", "call", "oncall", "on-call", "for", "now", "next", "the", "and", "'s"})
SHORTEST_BEGINNING = 3
# A shift may be followed by others of the same engineer; so many are looked at for who comes next.
MOST_FOLLOWING = 20


class ScheduleTexts:
    """Each word answers with what to write back; what it changes is part of the text's transaction."""

    def __init__(self, env: Environment, overrides: Overrides) -> None:
        self._env = env
        self._overrides = overrides

    def settle(self) -> None:
        """After the transaction of a text that may have changed who is on call."""
        self._overrides.settle()

    def who(self, engineer: Engineer, text: str) -> str:
        """Who is on call now and next, in every schedule or in the one that is named."""
        configuration = self._env.configuration.current()
        schedules = _asked_about(text, list(configuration.schedules))
        return wording.who_text([self._duty(engineer, configuration.schedules[key]) for key in schedules])

    def take(self, uow: UnitOfWork, engineer: Engineer, text: str) -> str:
        """Put them on call from now on. Raises UsageError with the answer where that cannot be."""
        configuration, now = self._env.configuration.current(), self._env.clock.now()
        names = list(configuration.schedules)
        wanted = parse_take(text)
        if wanted is None or not names:
            return wording.take_help_text(names)
        key = _named(wanted.schedule, names) if wanted.schedule else _meant(configuration)
        zone = engineer.timezone or configuration.schedules[key].timezone
        until = ends_at(wanted, zone, now)
        if _all_theirs(configuration.schedules[key], engineer, now, until):
            return wording.have_it_already_text(schedule=key, until=wording.day_and_time(until, zone))
        doer = Doer(engineer.name, BY_SMS, engineer.key)
        change = self._overrides.add(
            schedule=key, engineer=engineer.key, starts_at=now, ends_at=until, doer=doer, uow=uow
        )
        before = dict.fromkeys(moved.was for moved in change.moved if moved.was)
        return wording.taken_text(
            schedule=key,
            until=wording.day_and_time(change.override.ends_at, zone),
            instead_of=[configuration.engineers[each].name for each in before if each in configuration.engineers],
            others=[] if wanted.schedule else [name for name in names if name != key],
        )

    def _duty(self, engineer: Engineer, schedule: Schedule) -> wording.OnDuty:
        shift = on_call(schedule, self._env.clock.now())
        zone = engineer.timezone or schedule.timezone
        following = _following(schedule, shift)
        last = following[-1] if following else shift
        names = self._env.configuration.current().engineers
        return wording.OnDuty(
            schedule=schedule.key,
            name=names[shift.engineer].name if shift.engineer else "",
            why=shift.why.partition(":")[0] if shift.engineer and not shift.rotation else "",
            until=wording.day_and_time(last.starts_at, zone) if following and last.starts_at else "",
            next_name=names[last.engineer].name if following and last.engineer else "",
        )


def _following(schedule: Schedule, shift: Shift) -> list[Shift]:
    """The shift of the next other engineer, or gap; empty where no end is in sight."""
    at = shift.ends_at
    for _ in range(MOST_FOLLOWING):
        if at is None:
            break
        after = on_call(schedule, at)
        if after.engineer != shift.engineer:
            return [after]
        at = after.ends_at
    return []


def _all_theirs(schedule: Schedule, engineer: Engineer, now: datetime, until: datetime) -> bool:
    return all(shift.engineer == engineer.key for shift in shifts(schedule, now, until))


def _asked_about(text: str, names: list[str]) -> list[str]:
    """The schedules of "WHO", "WHO production?" or "who is on call". Raises UsageError."""
    words = [word for each in text.split() if (word := each.strip(",.:;!?")) and word.lower() not in _FILLERS]
    if not words or not names:
        return names
    known = [name for name in names if name.lower() in {word.lower() for word in words}]
    return known or [_named(words[0], names)]


def _named(word: str, names: list[str]) -> str:
    """The schedule that is meant. Raises UsageError."""
    wanted = word.lower()
    if exact := [name for name in names if name.lower() == wanted]:
        return exact[0]
    beginning = [name for name in names if name.lower().startswith(wanted)]
    if len(beginning) == 1 and len(wanted) >= SHORTEST_BEGINNING:
        return beginning[0]
    raise UsageError(wording.unknown_schedule_text(word, names))


def _meant(configuration: Configuration) -> str:
    """The schedule that TAKE is about where none is named: the only one, or the one that calls page first.

    Raises UsageError where that leaves several.
    """
    names = list(configuration.schedules)
    steps = configuration.policies[configuration.hotline.escalation_policy].steps
    first = [name for name in steps[0].page if name in configuration.schedules]
    if len(names) == 1:
        return names[0]
    if len(first) == 1:
        return first[0]
    raise UsageError(wording.which_schedule_text(names))
