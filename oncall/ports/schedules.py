"""Schedules as rows: what was published, what was entered beside it, what engineers know, and calendars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from oncall.core.entered_override import EnteredOverride
from oncall.core.shift_notices import KnownShifts


@dataclass(frozen=True, slots=True)
class ScheduleVersion:
    """One published state of the schedules folder: file names to their texts, as they were.

    ``fingerprint`` is that of the files. ``diff`` says what it changed for people against the version before; None
    where that was not kept. ``warnings`` were accepted with it. ``rollback_of`` is the version that it put back in
    force; None where it came from the folder.
    """

    version: int
    published_at: datetime
    author: str
    files: Mapping[str, str]
    fingerprint: str
    diff: str | None = None
    warnings: tuple[str, ...] = ()
    rollback_of: int | None = None


class ScheduleVersions(Protocol):
    """Published schedules; the newest one is in force."""

    def latest(self) -> ScheduleVersion | None:
        """The version in force; None before the first was published."""
        ...

    def get(self, version: int) -> ScheduleVersion | None:
        """One version, or None."""
        ...

    def latest_version(self) -> int:
        """The number of the version in force, 0 before the first: cheap, asked often."""
        ...

    def newest(self) -> tuple[int, datetime | None]:
        """The same, and when it was published, None before the first: a number may be given again where a database
        goes back."""
        ...

    def latest_from_folder(self) -> ScheduleVersion | None:
        """The newest version that came from the folder and was no rollback; None before the first.

        A folder that is as it was then is not published again, so that a release never undoes a rollback.
        """
        ...

    def listing(self) -> list[ScheduleVersion]:
        """All of them, newest first, with no ``files``: those may be large."""
        ...

    def publish(
        self,
        files: Mapping[str, str],
        *,
        fingerprint: str,
        author: str,
        now: datetime,
        onto: int | None = None,
        diff: str | None = None,
        warnings: Sequence[str] = (),
        rollback_of: int | None = None,
    ) -> ScheduleVersion:
        """Put a new version in force, ``onto`` the one that must be in force until now (None: whichever is).

        Raises ConflictError where another one is, or somebody publishes at the same time.
        """
        ...


class Overrides(Protocol):
    """Overrides that people entered beside the published version. A row is never deleted."""

    def lock(self) -> None:
        """Let nobody else enter or remove one until this transaction ends; readers go on."""
        ...

    def add(self, entered: EnteredOverride) -> EnteredOverride:
        """Store a new one; it comes back with its id."""
        ...

    def get(self, number: int) -> EnteredOverride | None:
        """One, or None."""
        ...

    def active(self, since: datetime) -> list[EnteredOverride]:
        """Those that count and end after ``since``, in the order in which they were entered."""
        ...

    def published(self, since: datetime) -> list[EnteredOverride]:
        """Those that the schedules folder has come to say, and that end after ``since``."""
        ...

    def history(self, since: datetime, limit: int = 500) -> list[EnteredOverride]:
        """All that end, or were removed, after ``since``, whatever became of them, newest first."""
        ...

    def remove(self, number: int, *, by: str, channel: str, now: datetime) -> EnteredOverride:
        """Take one back. Raises ConflictError where somebody else has removed it already."""
        ...

    def changed_at(self) -> datetime | None:
        """When one was last entered or removed; None before the first."""
        ...

    def mark_published(self, numbers: Sequence[int], version: int | None) -> None:
        """Say of these that this version of the schedules folder says them, or, with None, that none does."""
        ...


class KnownShiftsRows(Protocol):
    """What engineers know of their shifts: a row each."""

    def all(self) -> list[KnownShifts]:
        """Every row, in order of the engineers' keys; empty where nobody was ever looked at."""
        ...

    def get(self, engineer: str, *, lock: bool = False) -> KnownShifts | None:
        """One engineer's (key), or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def add(self, known: KnownShifts) -> bool:
        """Store a new row; False, and nothing stored, where the engineer has one."""
        ...

    def save(self, known: KnownShifts) -> None:
        """Store a change of a row that was read with ``lock``."""
        ...

    def remove(self, engineer: str) -> None:
        """Forget an engineer (key)."""
        ...


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """A secret address at which somebody's shifts can be subscribed to: those of an engineer, or of a schedule.

    ``engineer`` or ``schedule`` is a key in the YAML, and the other is "".
    """

    token: str
    engineer: str
    schedule: str
    created_at: datetime


class CalendarFeeds(Protocol):
    """The secret addresses of calendars; one that was revoked is gone."""

    def by_token(self, token: str) -> CalendarFeed | None:
        """The feed with this secret, or None."""
        ...

    def of(self, *, engineer: str = "", schedule: str = "") -> CalendarFeed | None:
        """The feed of an engineer, or of a schedule; None where there is none."""
        ...

    def listing(self) -> list[CalendarFeed]:
        """All of them, oldest first."""
        ...

    def add(self, feed: CalendarFeed) -> None:
        """Keep a new one. Raises ConflictError where the engineer or the schedule has one already."""
        ...

    def revoke(self, token: str) -> bool:
        """Forget it; False where it was not there."""
        ...


@dataclass(frozen=True, slots=True)
class ImportedCalendar:
    """A calendar that a rotation names by its URL, as it was last fetched well.

    ``due_at`` is when to fetch it again; ``fetched_at`` when it last answered well, None before the first time;
    ``changed_at`` when its text last became another. ``failures`` counts those in a row, ``problem`` is what the last
    one was, "" where all is well. ``doubts`` is what operators were told of its events, a line each.
    """

    source: str
    due_at: datetime
    etag: str = ""
    last_modified: str = ""
    fetched_at: datetime | None = None
    changed_at: datetime | None = None
    failures: int = 0
    problem: str = ""
    doubts: str = ""
    text: str = ""


class ImportedCalendars(Protocol):
    """Calendars of others, kept so that what answered last serves while they do not answer."""

    def get(self, source: str, *, lock: bool = False) -> ImportedCalendar | None:
        """One with its text, or None."""
        ...

    def save(self, calendar: ImportedCalendar) -> None:
        """Keep it, in the place of what was kept before."""
        ...

    def listing(self) -> list[ImportedCalendar]:
        """All of them in order of their sources, without their texts: cheap, asked often."""
        ...

    def claim(self, source: str, now: datetime, *, again_at: datetime) -> ImportedCalendar | None:
        """The calendar, new or kept, where it is to be fetched now; put off to ``again_at`` so that one worker has it.

        None where it is not due, or another worker has it.
        """
        ...
