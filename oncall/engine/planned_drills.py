"""Drills that come by themselves: begun at their time, once by however many engines, and put off where they must be."""

from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.drill import whom_it_pages_first
from oncall.core.drill_plan import DrillPlan, last_turn, next_turn
from oncall.core.engineer import Engineer
from oncall.core.quiet_hours import quiet_until
from oncall.engine.drills import Drills
from oncall.engine.operators import Operators
from oncall.errors import ChannelError, UsageError
from oncall.ports import Alarm, Environment, UnitOfWork

# Who practises because of a plan is not woken by a service that comes back at night.
LATE_AT_MOST = timedelta(hours=12)
LOOK_AGAIN_AFTER = timedelta(minutes=1)


class PlannedDrills:
    """``look`` is a chore of its own: a call for practice that is answered slowly holds up nothing else."""

    def __init__(self, env: Environment, drills: Drills, operators: Operators) -> None:
        self._env = env
        self._drills = drills
        self._operators = operators
        self._due_at: datetime | None = None
        self._changed_at: datetime | None = None

    def look(self) -> None:
        """Begin what the plans say. Raises StoreError."""
        now = self._env.clock.now()
        changed_at = self._env.configuration.changed_at()
        if changed_at == self._changed_at and self._due_at is not None and now < self._due_at:
            return
        configuration = self._env.configuration.current()
        if changed_at != self._changed_at:
            self._forget_what_is_planned_no_more(configuration)
        self._changed_at = changed_at
        # Calls come last: they take their time, and one beside a page for practice waits until that is over.
        plans = sorted(configuration.drills, key=lambda plan: plan.call)
        self._due_at = min([self._by_plan(plan, configuration, now) for plan in plans], default=now + timedelta(days=1))

    def failed_call(self) -> Alarm | None:
        """What the operators were told of the last planned call that the service did not take; None before one."""
        with self._env.database.read() as uow:
            return uow.alarms.get("drill call")

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
        engineers = whom_it_pages_first(plan, configuration, now)
        # A call finds out by itself that nobody is on call.
        left_out = now - due_at > LATE_AT_MOST or not (engineers or plan.call)
        with self._env.database.begin() as uow:
            if not left_out and uow.drill_turns.is_due(plan.key, due_at):
                waits_until = _quiet_until(engineers, zone, now) or self._needed_until(uow, plan, engineers, now)
                if waits_until is not None:
                    return min(waits_until, following)
            is_its_turn = uow.drill_turns.begin(plan.key, due_at)
            if is_its_turn and left_out:
                self._env.log("drill.left_out", plan=plan.key, due_at=due_at.isoformat())
            elif is_its_turn and not plan.call:
                self._page(uow, plan, engineers[0])
        if is_its_turn and not left_out and plan.call:
            # After the commit: the call comes back to this database by another process, or thread, and takes its time.
            self._call(plan)
        return following

    def _needed_until(
        self, uow: UnitOfWork, plan: DrillPlan, engineers: tuple[Engineer, ...], now: datetime
    ) -> datetime | None:
        needed = self._drills.open_one(uow) if plan.call else self._drills.busy_with(uow, engineers[0])
        return None if needed is None else now + LOOK_AGAIN_AFTER

    def _page(self, uow: UnitOfWork, plan: DrillPlan, engineer: Engineer) -> None:
        try:
            self._drills.begin_in(uow, engineer.key, by="the schedules' plan")
        except UsageError as error:
            self._env.log("drill.not_begun", plan=plan.key, problem=str(error))

    def _call(self, plan: DrillPlan) -> None:
        try:
            self._drills.call()
        except (ChannelError, UsageError) as error:
            self._env.log("drill.call_failed", plan=plan.key, problem=str(error))
            text = f"The call for practice failed: {error}. Phone the hotline now, and hear what a customer hears."
            with self._env.database.begin() as uow:
                self._operators.tell(uow, "drill call", text, self._env.clock.now())


def _quiet_until(engineers: tuple[Engineer, ...], zone: str, now: datetime) -> datetime | None:
    """When the first of their quiet hours end; None where none of them has any now."""
    ends = [quiet_until(engineer.quiet_hours, engineer.timezone or zone, now) for engineer in engineers]
    return min((end for end in ends if end is not None), default=None)


def _zone(plan: DrillPlan, configuration: Configuration) -> str:
    if plan.schedule:
        return configuration.schedules[plan.schedule].timezone
    engineer = configuration.engineers.get(plan.engineer)
    return (engineer.timezone if engineer else "") or configuration.business_hours.timezone
