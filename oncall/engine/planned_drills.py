"""Drills that come by themselves: begun at their time, once by however many engines, and put off where they must be."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from oncall.core.configuration import Configuration
from oncall.core.drill import whom_it_pages_first
from oncall.core.drill_plan import DrillPlan, last_turn, next_turn
from oncall.core.engineer import Engineer
from oncall.core.incident import TimelineEntry, TimelineKind
from oncall.core.quiet_hours import quiet_until
from oncall.engine.drills import Drills
from oncall.engine.operators import Operators
from oncall.errors import ChannelError, StoreError, UsageError
from oncall.ports import Alarm, Environment, UnitOfWork

# Who practises because of a plan is not woken by a service that comes back at night.
LATE_AT_MOST = timedelta(hours=12)
LOOK_AGAIN_AFTER = timedelta(minutes=1)
# A service that is being stopped answers no more a moment before its engine hears of it.
TOLD_AFTER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Call:
    """A call for practice under way, for this turn of a plan."""

    plan: str
    due_at: datetime
    sid: str


class PlannedDrills:
    """``look`` is a chore; a call for practice is made beside it, as it may be answered slowly, and whoever stops an
    engine does not wait for it (``end``)."""

    def __init__(
        self, env: Environment, drills: Drills, operators: Operators, beside: Callable[[Callable[[], None]], None]
    ) -> None:
        self._env = env
        self._beside = beside
        self._lock = Lock()
        self._under_way: _Call | None = None
        self._has_ended = False
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
            is_begun = self._begin(_Call(plan.key, due_at, self._drills.new_call()))
            return following if is_begun else now + LOOK_AGAIN_AFTER
        return following

    def _begin(self, call: _Call) -> bool:
        """Whether it is under way; where not, its turn was given back."""
        with self._lock:
            has_ended = self._has_ended
            self._under_way = None if has_ended else call
        if has_ended:
            self._interrupted(call)
            return False
        try:
            self._beside(partial(self._call, call))
        except RuntimeError as problem:
            # The machine has no thread left.
            self._env.log("drill.not_begun", plan=call.plan, problem=repr(problem))
            self._is_over(call)
            self._interrupted(call)
            return False
        return True

    def _needed_until(
        self, uow: UnitOfWork, plan: DrillPlan, engineers: tuple[Engineer, ...], now: datetime
    ) -> datetime | None:
        if self._under_way is not None:
            return now + LOOK_AGAIN_AFTER
        needed = self._drills.open_one(uow) if plan.call else self._drills.busy_with(uow, engineers[0])
        return None if needed is None else now + LOOK_AGAIN_AFTER

    def _page(self, uow: UnitOfWork, plan: DrillPlan, engineer: Engineer) -> None:
        try:
            self._drills.begin_in(uow, engineer.key, by="the schedules' plan")
        except UsageError as error:
            self._env.log("drill.not_begun", plan=plan.key, problem=str(error))

    def end(self) -> None:
        """This engine ends: a call that is under way is not waited for, and no failure of the line. Raises StoreError.

        Where the service holds nothing of it yet its turn comes again, with the next engine that looks; else the drill
        goes on by itself, as every call does whose caller hangs up.
        """
        with self._lock:
            self._has_ended = True
            call, self._under_way = self._under_way, None
        if call is not None:
            self._interrupted(call)

    def _interrupted(self, call: _Call) -> None:
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            held = uow.calls.get(call.sid)
            if held is None:
                uow.drill_turns.give_back(call.plan, call.due_at)
            else:
                text = "The call for practice was broken off, as the engine that made it was stopped: the drill goes on"
                uow.timeline.add(held.incident, [TimelineEntry(now, TimelineKind.CALL, text)])
        again = "made again" if held is None else "goes on"
        self._env.log("drill.call_interrupted", plan=call.plan, then=again)

    def _call(self, call: _Call) -> None:
        try:
            self._drills.call(call.sid)
        except (ChannelError, UsageError) as error:
            self._env.clock.sleep(TOLD_AFTER_SECONDS)
            if self._is_over(call):
                self._failed(call, error)
        except StoreError as error:
            self._env.log("drill.database_away", plan=call.plan, problem=str(error))
        finally:
            self._is_over(call)

    def _is_over(self, call: _Call) -> bool:
        """Whether it has ended by itself, and not by the end of this engine."""
        with self._lock:
            if self._under_way == call:
                self._under_way = None
            return not self._has_ended

    def _failed(self, call: _Call, error: ChannelError | UsageError) -> None:
        self._env.log("drill.call_failed", plan=call.plan, problem=str(error))
        text = f"The call for practice failed: {error}. Phone the hotline now, and hear what a customer hears."
        try:
            with self._env.database.begin() as uow:
                self._operators.tell(uow, "drill call", text, self._env.clock.now())
        except StoreError as away:
            self._env.log("drill.database_away", plan=call.plan, problem=str(away))


def _quiet_until(engineers: tuple[Engineer, ...], zone: str, now: datetime) -> datetime | None:
    """When the first of their quiet hours end; None where none of them has any now."""
    ends = [quiet_until(engineer.quiet_hours, engineer.timezone or zone, now) for engineer in engineers]
    return min((end for end in ends if end is not None), default=None)


def _zone(plan: DrillPlan, configuration: Configuration) -> str:
    if plan.schedule:
        return configuration.schedules[plan.schedule].timezone
    engineer = configuration.engineers.get(plan.engineer)
    return (engineer.timezone if engineer else "") or configuration.business_hours.timezone
