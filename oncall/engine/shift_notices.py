"""Telling engineers of their shifts.

What to look at next is planned in memory, once for each configuration: a turn of the engine costs a comparison of two
instants. Who knows what are rows. A look at one engineer is one transaction: lock their row, read it again (another
engine may have been faster), let `core.shift_notices` decide, store what they know now together with the deliveries
that tell them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.shift_changes import OwnShift, own_shifts
from oncall.core.shift_notices import KNOWN_FOR, KnownShifts, Stock, contact_methods, take_stock
from oncall.engine.awaited_calendars import awaited_schedules
from oncall.engine.former_engineers import former_engineers
from oncall.engine.shift_texts import ShiftTexts
from oncall.errors import ConfigurationError, ConflictError, StoreError
from oncall.ports import Environment, UnitOfWork

# How far back shifts are looked at: further than a handoff is told late.
_LOOK_BACK_FOR = timedelta(hours=2)
_PLANNED_FOR = timedelta(days=1)
_AGAIN_IN = timedelta(seconds=1)
_AWAITED_AGAIN_IN = timedelta(seconds=15)
# After an edit everybody is due: paging has its turn in between.
_AT_A_TURN = 20
_AFTER_A_MISTAKE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everybody's shifts in one configuration, and when each engineer (key) is to be looked at.

    ``rows`` are what was known when it was made, of those who have not been looked at since. ``awaited`` are schedules
    whose calendar is still to be fetched: nobody is told anything of those, and ``own`` lacks them. ``former`` are
    engineers (key) who are not in the configuration any more, and know shifts that are to come.
    """

    configuration: Configuration
    version: int
    made_at: datetime
    until: datetime
    own: Mapping[str, tuple[OwnShift, ...]]
    zones: Mapping[str, str]
    look_at: dict[str, datetime]
    rows: dict[str, KnownShifts]
    awaited: frozenset[str]
    former: Mapping[str, Engineer]

    def serves(self, configuration: Configuration, now: datetime) -> bool:
        """Whether it is still the plan to go by."""
        return configuration is self.configuration and self.made_at <= now < self.serves_until

    def engineer(self, key: str) -> Engineer:
        """Whoever is to be looked at, as published last."""
        return self.former[key] if key in self.former else self.configuration.engineers[key]

    @property
    def serves_until(self) -> datetime:
        """When to plan anew at the latest."""
        return self.made_at + (_AWAITED_AGAIN_IN if self.awaited else _PLANNED_FOR)


class ShiftNotices:
    """``run(now)`` is a function of rows, of the configuration in force, and of ``now``."""

    def __init__(self, env: Environment, texts: ShiftTexts, load: Callable[[Mapping[str, str]], Configuration]) -> None:
        self._env = env
        self._load = load
        self._texts = texts
        self._plan: _Plan | None = None
        self._put_off_until: datetime | None = None

    def run(self, now: datetime) -> int:
        """How many notices were enqueued. Raises StoreError while the database is away."""
        if self._put_off_until is not None and now < self._put_off_until:
            return 0
        self._put_off_until = None
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:
            return 0  # nothing is published: nobody has shifts
        plan = self._plan
        if plan is None or not plan.serves(configuration, now):
            plan = self._planned(configuration, now)
            self._begin(plan, now)
            self._plan = plan  # only now: where that failed it is tried again
        due = sorted((at, key) for key, at in plan.look_at.items() if at <= now)
        return sum(self._guarded(plan, key, now) for _, key in due[:_AT_A_TURN])

    def next_due_at(self) -> datetime | None:
        """When there is somebody to look at; None where that is not known yet."""
        if self._plan is None:
            return None
        due_at = min((*self._plan.look_at.values(), self._plan.serves_until))
        return due_at if self._put_off_until is None else max(due_at, self._put_off_until)

    def put_off(self, until: datetime) -> None:
        """Look at nobody before then."""
        self._put_off_until = until

    def _planned(self, configuration: Configuration, now: datetime) -> _Plan:
        until = now + KNOWN_FOR
        with self._env.database.read() as uow:
            rows = {known.engineer: known for known in uow.known_shifts.all()}
            awaited = awaited_schedules(uow, configuration)
        schedules = {key: each for key, each in configuration.schedules.items() if key not in awaited}
        # Before the first look everything is known: that look waits for the calendars.
        looked_at = configuration.engineers if rows or not awaited else ()
        former = self._former(configuration, rows, now)
        return _Plan(
            configuration=configuration,
            version=self._env.configuration.version(),
            made_at=now,
            until=until,
            own=own_shifts(schedules, now - _LOOK_BACK_FOR, until),
            zones={key: schedule.timezone for key, schedule in configuration.schedules.items()},
            look_at=dict.fromkeys((*looked_at, *former), now),
            rows=rows,
            awaited=awaited,
            former=former,
        )

    def _former(
        self, configuration: Configuration, rows: Mapping[str, KnownShifts], now: datetime
    ) -> dict[str, Engineer]:
        gone = [
            known
            for key, known in rows.items()
            if key not in configuration.engineers and any(shift.ends_at > now for shift in known.shifts)
        ]
        former = former_engineers(self._env.database, self._load, gone, self._env.configuration.version())
        for known in gone:
            if known.engineer not in former:
                problem = "no version that can be read says how to reach them"
                self._env.log("shift.untold", engineer=known.engineer, problem=problem)
        return former

    def _begin(self, plan: _Plan, now: datetime) -> None:
        """Where nobody was ever looked at, what is published is what everybody knows, and nothing is told.

        All in one transaction: whoever has no row later on has joined. What somebody knows who is not in the schedules
        folder any more is kept for its time: a rollback may bring them back, and is to tell them only what is new.
        """
        engineers = plan.configuration.engineers
        gone = {key for key, known in plan.rows.items() if key not in engineers and known.until <= now}
        if not gone and (plan.rows or plan.awaited):
            return
        with self._env.database.begin() as uow:
            if not self._is_current(uow, plan):
                raise ConflictError("newer schedules were published while the first were looked at: look again")
            for key in sorted(gone):
                uow.known_shifts.remove(key)
            for key in () if plan.rows else plan.configuration.engineers:
                stock = self._stock(plan, KnownShifts(key, plan.version, until=now), now)
                uow.known_shifts.add(KnownShifts(key, plan.version, stock.until, stock.shifts))
                plan.look_at[key] = stock.again_at

    def _guarded(self, plan: _Plan, key: str, now: datetime) -> int:
        """A transaction only where something is to be stored: an edit concerns few."""
        try:
            row = plan.rows.pop(key, None)
            if row is not None and not (stock := self._stock(plan, row, now)).changed:
                plan.look_at[key] = stock.again_at
                return 0
            return self._look(plan, key, now)
        except StoreError:
            raise
        except Exception as problem:  # noqa: BLE001 - one engineer's shifts never hold up what others are told
            self._env.log("shift_notices.failed", engineer=key, problem=repr(problem))
            plan.look_at[key] = now + _AFTER_A_MISTAKE
            return 0

    def _look(self, plan: _Plan, key: str, now: datetime) -> int:
        with self._env.database.begin() as uow:
            row = uow.known_shifts.get(key, lock=True)
            if not self._is_current(uow, plan) or (row is not None and row.version > plan.version):
                plan.look_at[key] = now + _AGAIN_IN  # another engine goes by a newer configuration, as we soon shall
                return 0
            stock = self._stock(plan, row or _knows_nothing(key, plan), now)
            # Of whoever is gone it stays the last version that is known to have had them.
            version = row.version if row is not None and key in plan.former else plan.version
            known = KnownShifts(key, version, stock.until, stock.shifts)
            if row is None and not uow.known_shifts.add(known):
                plan.look_at[key] = now + _AGAIN_IN
                return 0
            if row is not None and stock.changed:
                uow.known_shifts.save(known)
            engineer = plan.engineer(key)
            self._texts.enqueue(uow, plan.configuration, engineer, stock.notices, now)
        plan.look_at[key] = stock.again_at
        for notice in stock.notices:
            self._env.log("shift.told", engineer=key, about=notice.purpose.value, schedule=notice.schedule)
        return len(stock.notices)

    def _is_current(self, uow: UnitOfWork, plan: _Plan) -> bool:
        return self._env.configuration.is_up_to_date(uow) and self._env.configuration.version() == plan.version

    def _stock(self, plan: _Plan, known: KnownShifts, now: datetime) -> Stock:
        engineer = plan.engineer(known.engineer)
        kept = tuple(shift for shift in known.shifts if shift.schedule in plan.awaited)
        stock = take_stock(
            engineer,
            replace(known, shifts=tuple(shift for shift in known.shifts if shift.schedule not in plan.awaited)),
            plan.own.get(known.engineer, ()),
            until=known.until if known.engineer in plan.former else plan.until,
            zones=plan.zones,
            methods=self._methods(engineer),
            now=now,
        )
        return replace(stock, shifts=(*stock.shifts, *kept))

    def _methods(self, engineer: Engineer) -> tuple[ContactMethod, ...]:
        return contact_methods(engineer, email_connected=self._env.email_connected)


def _knows_nothing(key: str, plan: _Plan) -> KnownShifts:
    """Somebody who joined: every shift of theirs is news."""
    return KnownShifts(key, plan.version, plan.until)
