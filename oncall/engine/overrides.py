"""The one door for overrides, whatever they came by: a text, the command line, the dashboard, a publish.

What an override changes is told to those whose shifts move, in the transaction that stores it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.entered_override import EnteredOverride, said_by_the_folder, with_entered
from oncall.core.moved_shift import MovedShift, moved_shifts
from oncall.core.override_wording import no_time_text
from oncall.core.plain_text import clip, one_line
from oncall.errors import ConflictError, StoreError, UsageError
from oncall.ports import Environment, ScheduleVersion, UnitOfWork

LONGEST_FOR = timedelta(days=366)
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does it: a person's name, through what ("SMS", "dashboard", "command line"), and the engineer's key where
    it is one of them."""

    name: str
    channel: str
    engineer: str = ""


@dataclass(frozen=True, slots=True)
class OverrideChange:
    """An override that has been entered, or removed, and whose shifts have moved by it."""

    override: EnteredOverride
    removed: bool
    moved: tuple[MovedShift, ...]
    doer: Doer


Moved = Callable[[UnitOfWork, OverrideChange, datetime], None]


class Overrides:
    """``moved`` is called with every change, in its transaction: there engineers are told of their shifts."""

    def __init__(self, env: Environment, moved: Moved) -> None:
        self._env = env
        self._moved = moved

    def add(
        self,
        *,
        schedule: str,
        engineer: str,
        starts_at: datetime,
        ends_at: datetime,
        doer: Doer,
        reason: str = "",
        instead_of: str = "",
        uow: UnitOfWork | None = None,
    ) -> OverrideChange:
        """Enter one. What lies before now is left as it was.

        With ``uow`` it is part of that transaction, and the caller then calls `settle`. Raises UsageError.
        """
        now = self._env.clock.now()
        wanted = EnteredOverride(
            id=0,
            schedule=schedule,
            engineer=engineer,
            starts_at=max(starts_at, now).replace(microsecond=0),
            ends_at=ends_at.replace(microsecond=0),
            instead_of=instead_of,
            reason=clip(one_line(reason), LONGEST_REASON),
            created_at=now,
            created_by=one_line(doer.name) or "somebody",
            channel=doer.channel,
        )
        published = self._env.configuration.published()
        _refuse(wanted, published, now)
        with self._transaction(uow) as work:
            work.overrides.lock()
            before = work.overrides.active(now)
            entered = work.overrides.add(wanted)
            change = self._changed(work, entered, before, [*before, entered], doer, now)
        if uow is None:
            self.settle()
        return change

    def remove(self, number: int, *, doer: Doer, uow: UnitOfWork | None = None) -> OverrideChange:
        """Take one back. Raises UsageError where it is not there, is over, or does not count any more."""
        now = self._env.clock.now()
        with self._transaction(uow) as work:
            work.overrides.lock()
            found = work.overrides.get(number)
            if found is None:
                raise UsageError(f"there is no override {number}; `oncall override list` shows them")
            _refuse_removal(found, now)
            before = work.overrides.active(now)
            try:
                removed = work.overrides.remove(number, by=one_line(doer.name), channel=doer.channel, now=now)
            except ConflictError as error:
                raise UsageError(str(error)) from error
            after = [each for each in before if each.id != number]
            change = self._changed(work, removed, before, after, doer, now)
        if uow is None:
            self.settle()
        return change

    def settle(self) -> None:
        """After the transaction of a change: what this process answers follows at once."""
        try:
            self._env.configuration.look_again()
        except StoreError as error:
            # It is stored; the next look, a second later, finds it.
            self._env.log("override.not_looked_up", problem=str(error))

    def _changed(
        self,
        uow: UnitOfWork,
        override: EnteredOverride,
        before: Sequence[EnteredOverride],
        after: Sequence[EnteredOverride],
        doer: Doer,
        now: datetime,
    ) -> OverrideChange:
        published = self._env.configuration.published()
        schedule = override.schedule
        moved: list[MovedShift] = []
        if schedule in published.schedules:
            was, is_now = (with_entered(published, each).schedules[schedule] for each in (before, after))
            # To the second, as overrides begin: a clock that is a little behind would find the rest of one to tell of.
            since = max(override.starts_at, now.replace(microsecond=0))
            moved = moved_shifts(was, is_now, since, override.ends_at)
        change = OverrideChange(override, not override.active, tuple(moved), doer)
        self._env.log(
            "override.removed" if change.removed else "override.added",
            override=override.id,
            schedule=schedule,
            engineer=override.engineer,
            starts_at=override.starts_at.isoformat(),
            ends_at=override.ends_at.isoformat(),
            by=doer.name,
            channel=doer.channel,
        )
        self._moved(uow, change, now)
        uow.wake_engine()
        return change

    @contextmanager
    def _transaction(self, uow: UnitOfWork | None) -> Iterator[UnitOfWork]:
        if uow is not None:
            yield uow
            return
        with self._env.database.begin() as own:
            yield own


def retire_published(
    uow: UnitOfWork, version: ScheduleVersion, published: Configuration, now: datetime
) -> list[EnteredOverride]:
    """In the transaction that publishes ``version``: overrides that its folder says as well are the folder's now.

    Where the version is a rollback, those that the folder had come to say since the version that it puts back count
    beside it again: nobody removed them. Whoever takes one out of the folder by an edit has removed it. Comes back
    with those that are the folder's now.
    """
    uow.overrides.lock()
    if version.rollback_of is not None:
        since = version.rollback_of
        taken_back = [each.id for each in uow.overrides.published(now) if (each.published_in or 0) > since]
        uow.overrides.mark_published(taken_back, None)
    written = {key: schedule.overrides for key, schedule in published.schedules.items()}
    found = said_by_the_folder(uow.overrides.active(now), written)
    uow.overrides.mark_published([each.id for each in found], version.version)
    return found


def _refuse(wanted: EnteredOverride, published: Configuration, now: datetime) -> None:
    if wanted.schedule not in published.schedules:
        raise UsageError(f"there is no schedule `{wanted.schedule}`; there are {_names(published.schedules)}")
    for engineer in (wanted.engineer, wanted.instead_of):
        if engineer and engineer not in published.engineers:
            raise UsageError(f"there is no engineer `{engineer}`; there are {_names(published.engineers)}")
    if not wanted.engineer:
        raise UsageError(f"say which engineer takes it; there are {_names(published.engineers)}")
    if wanted.instead_of == wanted.engineer:
        raise UsageError(f"`{wanted.engineer}` cannot take over from themselves; name somebody else, or nobody")
    if wanted.ends_at <= now:
        raise UsageError("that is over already; an override ends in the future")
    if wanted.ends_at <= wanted.starts_at:
        zone, same = published.schedules[wanted.schedule].timezone, wanted.ends_at == wanted.starts_at
        skipped = no_time_text(zone, wanted.starts_at) if same else ""
        raise UsageError(skipped or "an override ends after it begins; give a later end")
    if max(wanted.ends_at - wanted.starts_at, wanted.starts_at - now) > LONGEST_FOR:
        raise UsageError("an override lasts at most a year and begins within one; longer ones belong in the schedules")


def _refuse_removal(found: EnteredOverride, now: datetime) -> None:
    if found.removed_at is not None:
        raise UsageError(f"override {found.id} has been removed already, by {found.removed_by}")
    if found.published_in is not None:
        raise UsageError(
            f"override {found.id} is in the schedules folder since version {found.published_in}: "
            "remove it there, and publish"
        )
    if found.ends_at <= now:
        raise UsageError(f"override {found.id} is over already; what has been is not changed")


def _names(known: Iterable[str]) -> str:
    return ", ".join(known) or "none"
