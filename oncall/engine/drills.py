"""Drills: begun by hand or by plan, and stopped where a real incident needs the same engineer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.delivery import silenced
from oncall.core.drill import (
    DrillResult,
    as_drill,
    drill_ended,
    drill_result,
    policy_for_one,
    result_sentence,
)
from oncall.core.drill_plan import DrillPlan, last_turn, next_turn
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType, TimelineEntry, TimelineKind
from oncall.core.quiet_hours import quiet_until
from oncall.core.schedule import on_call
from oncall.core.sla import Priority
from oncall.engine.partners import Partners
from oncall.errors import UsageError
from oncall.ports import Environment, UnitOfWork

# Who practises because of a plan is not woken by a service that comes back at night.
LATE_AT_MOST = timedelta(hours=12)
LOOK_AGAIN_AFTER = timedelta(minutes=1)
_LATEST = 5


class Drills:
    """``begin`` and ``result`` are for people, ``look`` is a chore of the engine."""

    def __init__(self, env: Environment, partners: Partners) -> None:
        self._env = env
        self._partners = partners
        self._due_at: datetime | None = None
        self._changed_at: datetime | None = None

    def begin(self, engineer: str, *, by: str) -> Incident:
        """Page this engineer (key) for practice, at once. Raises UsageError where that cannot be, or must not be."""
        with self._env.database.begin() as uow:
            return self._begin(uow, self._reachable(engineer), by)

    def refuse_while_needed(self) -> None:
        """Raises UsageError while any incident is open: a drill of the whole path pages whoever is on call."""
        with self._env.database.read() as uow:
            open_ones = uow.incidents.listing(include_resolved=False, limit=1)
        if open_ones:
            raise UsageError(_busy("The hotline", open_ones[0]))

    def result(self, number: int) -> DrillResult:
        """How this drill goes, or went. Raises UsageError where there is none of that number."""
        with self._env.database.read() as uow:
            incident = uow.incidents.get(number)
            deliveries = uow.deliveries.of(number)
        if incident is None or not incident.drill:
            raise UsageError(f"there is no drill {number}")
        return drill_result(incident, deliveries, _names(self._env.configuration.current()))

    def latest(self) -> DrillResult | None:
        """How the last drill went, or goes; None before the first."""
        with self._env.database.read() as uow:
            found = uow.incidents.latest_drills(1)
            deliveries = uow.deliveries.of(found[0].number) if found else []
        return drill_result(found[0], deliveries, _names(self._env.configuration.current())) if found else None

    def look(self) -> None:
        """Stop a drill where its engineer is paged for real; begin what the plans say. Raises StoreError."""
        now = self._env.clock.now()
        self._make_room(now)
        changed_at = self._env.configuration.changed_at()
        if changed_at == self._changed_at and self._due_at is not None and now < self._due_at:
            return
        configuration = self._env.configuration.current()
        if changed_at != self._changed_at:
            self._forget_what_is_planned_no_more(configuration)
        self._changed_at = changed_at
        waits = [self._by_plan(plan, configuration, now) for plan in configuration.drills]
        self._due_at = min(waits, default=now + timedelta(days=1))

    def _make_room(self, now: datetime) -> None:
        with self._env.database.read() as uow:
            going_on = [each for each in uow.incidents.latest_drills(_LATEST) if each.open]
            needed = [each.number for each in going_on if _real_one(uow, uow.deliveries.paged_engineers(each.number))]
        for number in needed:
            with self._env.database.begin() as uow:
                incident = uow.incidents.get(number, lock=True)
                if incident is not None and incident.open:
                    end_drill(self._env, self._partners, uow, incident, now, "a real incident came in")

    def _forget_what_is_planned_no_more(self, configuration: Configuration) -> None:
        """A plan that comes back later is new, and does not make up for a time at which it was not there."""
        with self._env.database.begin() as uow:
            # Somebody else may have begun with a version that this process has not read.
            if uow.schedule_versions.latest_version() == self._env.configuration.version():
                uow.drill_turns.keep_only([plan.key for plan in configuration.drills])

    def _by_plan(self, plan: DrillPlan, configuration: Configuration, now: datetime) -> datetime:
        """Begin it where its time has come; when to look at it again."""
        zone = _zone(plan, configuration)
        due_at, following = last_turn(plan, zone, now), next_turn(plan, zone, now)
        key = plan.engineer or on_call(configuration.schedules[plan.schedule], now).engineer or ""
        engineer = configuration.engineers.get(key)
        quiet = quiet_until(engineer.quiet_hours, engineer.timezone or zone, now) if engineer else None
        too_late = now - due_at > LATE_AT_MOST or engineer is None
        with self._env.database.begin() as uow:
            if quiet is not None and not too_late and uow.drill_turns.is_due(plan.key, due_at):
                return min(quiet, following)
            if engineer is not None and _real_one(uow, [key]) and uow.drill_turns.is_due(plan.key, due_at):
                return min(now + LOOK_AGAIN_AFTER, following)
            if uow.drill_turns.begin(plan.key, due_at) and not too_late:
                try:
                    self._begin(uow, self._reachable(key), "the schedules' plan")
                except UsageError as error:
                    self._env.log("drill.not_begun", plan=plan.key, problem=str(error))
        return following

    def _begin(self, uow: UnitOfWork, engineer: Engineer, by: str) -> Incident:
        busy = _real_one(uow, [engineer.key]) or _drill_of(uow, engineer)
        if busy is not None:
            raise UsageError(_busy(engineer.name, busy))
        now, configuration = self._env.clock.now(), self._env.configuration.current()
        incident = uow.incidents.open(
            as_drill(
                Incident(
                    number=0,
                    state=IncidentState.TRIGGERED,
                    priority=Priority.PRODUCTION_DOWN,
                    request_type=RequestType.OTHER,
                    channel=IntakeChannel.OPERATOR,
                    opened_at=now,
                    policy=policy_for_one(engineer.key),
                    token=self._env.ids.secret(),
                    due_at=now,
                    language=configuration.hotline.language,
                )
            )
        )
        text = f"Drill: {engineer.name} is paged for practice, begun by {by}"
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.OPENED, text)])
        uow.wake_engine()
        self._env.log("drill.begun", incident=incident.number, engineer=engineer.key)
        return incident

    def _reachable(self, key: str) -> Engineer:
        engineers = self._env.configuration.current().engineers
        engineer = engineers.get(key)
        if engineer is None:
            raise UsageError(f"there is no engineer `{key}`; there are {', '.join(engineers)}")
        if not any(engineer.address(rule.by) for rule in engineer.notify):
            raise UsageError(
                f"{engineer.name} has no notification rule that could reach them; give them one in the YAML"
            )
        return engineer


def end_drill(
    env: Environment, partners: Partners, uow: UnitOfWork, incident: Incident, now: datetime, why: str = ""
) -> None:
    """Resolve a drill that was read with ``lock``, silence what still rings, and say how it went."""
    stored = uow.incidents.save(drill_ended(incident, now))
    names = _names(env.configuration.current())
    result = result_sentence(drill_result(stored, uow.deliveries.of(stored.number), names))
    text = f"The drill is over: {why or result}"
    uow.timeline.add(stored.number, [TimelineEntry(now, TimelineKind.RESOLVED, text)])
    for page in uow.deliveries.unfinished_pages(stored.number, lock=True):
        uow.deliveries.save(silenced(page, now))
    partners.drill_over(uow, stored, now)
    uow.wake_engine()
    env.log("drill.over", incident=stored.number, result=why or result)


def _busy(whom: str, incident: Incident) -> str:
    what = f"drill {incident.number} goes on" if incident.drill else f"incident {incident.number} is open"
    return f"{whom} is needed: {what}, and a drill beside it would confuse. Try again when it is over."


def _real_one(uow: UnitOfWork, engineers: Iterable[str]) -> Incident | None:
    """An open incident, no drill, about which one of them was paged; None where there is none."""
    numbers = [number for key in engineers for number in uow.deliveries.paged_incidents(key)]
    return next((each for each in uow.incidents.get_many(numbers).values() if not each.drill), None)


def _drill_of(uow: UnitOfWork, engineer: Engineer) -> Incident | None:
    step = policy_for_one(engineer.key).steps
    going_on = [each for each in uow.incidents.latest_drills(_LATEST) if each.open]
    return next((each for each in going_on if each.policy.key != "drill" or each.policy.steps == step), None)


def _zone(plan: DrillPlan, configuration: Configuration) -> str:
    if plan.schedule:
        return configuration.schedules[plan.schedule].timezone
    return configuration.engineers[plan.engineer].timezone or configuration.business_hours.timezone


def _names(configuration: Configuration) -> dict[str, str]:
    return {key: engineer.name for key, engineer in configuration.engineers.items()}
