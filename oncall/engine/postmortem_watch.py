"""Watching post-mortems: they are opened where one is owed, and whoever owes one is reminded. A chore of the engine.

Each is looked at in a transaction of its own, locked and read again, so that several engines tell once. What became due
while nothing ran is found by its instants.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, TimelineEntry, TimelineKind
from oncall.core.local_time import to_wall
from oncall.core.postmortem import Postmortem, Reminder, is_over, is_owed_for, look, opened, runs
from oncall.core.postmortem_actions import Action, owner_key
from oncall.core.postmortem_wording import action_words
from oncall.core.promise_people import managers
from oncall.core.promise_wording import QuietWords
from oncall.engine.cadence import UNHURRIED_EVERY, is_time
from oncall.engine.operators import Operators
from oncall.engine.postmortems import owner_of
from oncall.engine.quiet_notices import QuietNotices
from oncall.engine.quiet_words import QuietWording, about_action, about_postmortem
from oncall.errors import ConfigurationError, StoreUnavailableError
from oncall.ports import Environment, UnitOfWork

BATCH = 100
# How long ago a downtime may have ended that nobody has looked at: no outage of ours lasts longer.
LOOK_BACK_FOR = timedelta(days=7)
_OVERLAP = timedelta(hours=1)
_PUT_OFF_FOR = timedelta(seconds=60)
_ACTIONS_FROM_HOUR = 9


class PostmortemWatch:
    """``run(now)`` is a function of rows, of the configuration in force, and of ``now``."""

    def __init__(self, env: Environment, quiet: QuietNotices, operators: Operators) -> None:
        self._env = env
        self._quiet = quiet
        self._operators = operators
        self._wording = QuietWording(env)
        self._looked_at: datetime | None = None
        self._seen_until: datetime | None = None
        self._aside: dict[int, datetime] = {}

    def look(self) -> None:
        """The chore. Raises StoreError while the database is away."""
        now = self._env.clock.now()
        if is_time(now, self._looked_at, UNHURRIED_EVERY):
            self._looked_at = now
            self.run(now)

    def run(self, now: datetime) -> int:
        """How many post-mortems and actions were looked at."""
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:
            return 0  # nothing is published: nobody would know of whom
        self._aside = {number: until for number, until in self._aside.items() if until > now}
        since = now - LOOK_BACK_FOR if self._seen_until is None else self._seen_until - _OVERLAP
        with self._env.database.read() as uow:
            rows = uow.postmortems
            after_for = configuration.postmortems.after_for
            wanted = rows.wanted(now, after_for=after_for, over_since=since, limit=BATCH)
            ended, due = rows.waiting_for_the_end(BATCH), rows.due(now, BATCH)
            actions = rows.actions_due(_actions_until(configuration, now), BATCH)
        for number in wanted:
            self._guarded(number, lambda uow, incident: self._open(uow, incident, configuration, now), now)
        for number in ended:
            self._guarded(number, lambda uow, incident: self._let_run(uow, incident, configuration), now)
        for number in {*due, *wanted, *ended}:
            self._guarded(number, lambda uow, incident: self._remind(uow, incident, configuration, now), now)
        for action in actions:
            self._remind_of(action, configuration, now)
        if len(wanted) < BATCH:
            self._seen_until = now
        return len({*wanted, *ended, *due}) + len(actions)

    def _guarded(self, number: int, act: Callable[[UnitOfWork, Incident], None], now: datetime) -> None:
        if number in self._aside:
            return
        try:
            with self._env.database.begin() as uow:
                incident = uow.incidents.get(number, lock=True)
                if incident is not None:
                    act(uow, incident)
        except StoreUnavailableError:
            raise
        except Exception as problem:  # noqa: BLE001 - one bad post-mortem never holds up the others
            self._aside[number] = now + _PUT_OFF_FOR
            self._env.log("postmortem.failed", incident=number, problem=repr(problem))

    def _open(self, uow: UnitOfWork, incident: Incident, configuration: Configuration, now: datetime) -> None:
        rules = configuration.postmortems
        timeline = uow.timeline.of(incident.number)
        reopened = any(entry.kind is TimelineKind.REOPENED for entry in timeline)
        why = is_owed_for(incident, rules, now, reopened=reopened)
        if not why:
            return
        owner = owner_of(incident, timeline, configuration)
        new = opened(incident, rules, configuration.business_hours, why=why, owner=owner, now=now)
        if uow.postmortems.add(new):
            name = _name(owner, configuration) or "nobody"
            entry = TimelineEntry(now, TimelineKind.NOTE, f"A post-mortem is owed: {why}; {name} owns it")
            uow.timeline.add(incident.number, [entry])
            self._env.log("postmortem.opened", incident=incident.number, owner=owner)

    def _let_run(self, uow: UnitOfWork, incident: Incident, configuration: Configuration) -> None:
        found = uow.postmortems.get(incident.number, lock=True)
        if found is not None and found.runs_from is None and is_over(incident) and incident.resolved_at is not None:
            since = max(found.opened_at, incident.resolved_at)
            running = runs(found, configuration.postmortems, configuration.business_hours, since)
            # What was told already is not told again: only the clock is new.
            uow.postmortems.save(running)

    def _remind(self, uow: UnitOfWork, incident: Incident, configuration: Configuration, now: datetime) -> None:
        before = uow.postmortems.get(incident.number, lock=True)
        if before is None or before.look_at is None or before.look_at > now:
            return
        after, stage = look(before, configuration.business_hours.timezone, now)
        if stage is not None:
            after = self._tell(uow, incident, after, stage, configuration, now)
        uow.postmortems.save(after)

    def _tell(
        self,
        uow: UnitOfWork,
        incident: Incident,
        postmortem: Postmortem,
        stage: Reminder,
        configuration: Configuration,
        now: datetime,
    ) -> Postmortem:
        if not postmortem.owner:
            postmortem = replace(postmortem, owner=owner_of(incident, uow.timeline.of(incident.number), configuration))
        owner = configuration.engineers.get(postmortem.owner)
        people: list[Engineer] = [owner] if owner else []
        if stage is Reminder.LATE or owner is None:
            people += [each for each in managers(configuration) if each != owner]

        def words(each: Engineer) -> QuietWords:
            zone = self._quiet.clocks_of(each)
            return self._wording.postmortem_words(postmortem, incident, stage, timezone=zone, now=now)

        about = about_postmortem(incident.number, stage)
        told = self._quiet.tell(uow, [(each, words(each)) for each in people], about, now)
        if not told:
            text = f"The post-mortem of incident {incident.number} is owed, and nobody could be told."
            self._operators.tell(uow, f"postmortem:{incident.number}", text, now)
        elif stage is not Reminder.OPENED:
            text = f"Post-mortem: {_SAID[stage]}; told {', '.join(told)}"
            uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.NOTE, text)])
        self._env.log("postmortem.told", incident=incident.number, stage=stage.value, told=told)
        return postmortem

    def _remind_of(self, action: Action, configuration: Configuration, now: datetime) -> None:
        def act(uow: UnitOfWork, incident: Incident) -> None:
            current = uow.postmortems.action(action.incident, action.key, lock=True)
            if current is None or current.reminded_at is not None or current.state is not action.state:
                return
            uow.postmortems.save_action(replace(current, reminded_at=now))
            names = {key: engineer.name for key, engineer in configuration.engineers.items()}
            postmortem = uow.postmortems.get(action.incident)
            keys = (owner_key(current.owner, names), postmortem.owner if postmortem else "")
            people: Sequence[Engineer] = [configuration.engineers[key] for key in keys if key in names][:1]
            said = action_words(current, current.link or self._wording.postmortem_link(action.incident))
            told = [(each, said) for each in people or managers(configuration)]
            if not self._quiet.tell(uow, told, about_action(current), now):
                self._env.log("postmortem.action_untold", incident=action.incident, action=current.key)

        self._guarded(action.incident, act, now)


_SAID = {
    Reminder.ONE_DAY: "a day is over",
    Reminder.DUE: "it is due now",
    Reminder.LATE: "it is late",
}


def _name(key: str, configuration: Configuration) -> str:
    engineer = configuration.engineers.get(key)
    return engineer.name if engineer else key


def _actions_until(configuration: Configuration, now: datetime) -> date:
    """Actions of this day and before are due: from the morning on, today's too."""
    here = to_wall(configuration.business_hours.timezone, now)
    return here.date() if here.hour >= _ACTIONS_FROM_HOUR else here.date() - timedelta(days=1)
