"""What the engine needs from the world. `system`, `store` and `channels` provide it; tests and `sim` provide fakes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from oncall.core.call import Call, Recording
from oncall.core.configuration import Configuration
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod
from oncall.core.entered_override import EnteredOverride
from oncall.core.incident import Incident, IncidentState, TimelineEntry
from oncall.core.shift_notices import KnownShifts

T = TypeVar("T")


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait so long."""
        ...


class Ids(Protocol):
    """Names that nobody else has."""

    def new(self) -> str:
        """A fresh id: 32 letters and digits, safe in a URL, not secret."""
        ...

    def secret(self) -> str:
        """A fresh secret of at least 128 bits, safe in a URL."""
        ...


class Rng(Protocol):
    """Chance."""

    def random(self) -> float:
        """A number from 0 up to but not including 1."""
        ...


class Wake(Protocol):
    """How the engine sleeps until there is work. It is only a hint: the rows hold the work."""

    def wait(self, timeout_seconds: float) -> bool:
        """Sleep at most so long; True when somebody called."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


# ---------------------------------------------------------------- channels


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is asked to send.

    ``to`` is E.164 or an email address. ``text`` is what to write (SMS, email); a call fetches what it says from
    ``/voice/deliveries/<delivery_id>`` when it is answered. ``subject`` is for email.
    ``expires_in_seconds`` bounds how long the provider may keep trying. ``delivery_id`` is carried by every callback
    URL.
    """

    delivery_id: str
    kind: DeliveryKind
    to: str
    text: str
    subject: str = ""
    expires_in_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message. ``provider_id`` is its id there; ``status`` its first word on it.

    ``final`` says that no callback will follow (email): handed over is all that will be known.
    """

    provider_id: str
    status: str
    final: bool = False


class Channel(Protocol):
    """One way to reach somebody. Every call ends within ten seconds."""

    def send(self, message: Message) -> Receipt:
        """Hand it to the provider.

        Raises RecipientError, SetupError, TransientError or, where it may have gone, OutcomeUnknownError.
        """
        ...

    def find(self, message: Message, since: datetime, known: frozenset[str]) -> Receipt | None:
        """Look for a message that may have gone at or after ``since``, whose sending was not recorded.

        ``known`` are provider ids that belong to other deliveries. None: it did not go, or nobody can tell.
        """
        ...

    def cancel(self, provider_id: str) -> None:
        """Stop what is queued or ringing; nothing happens where it has already ended.

        Raises TransientError or SetupError.
        """
        ...


class RecordingSource(Protocol):
    """Where recordings are kept before we have them."""

    def fetch(self, recording_sid: str) -> tuple[bytes, str] | None:
        """The audio and its content type; None while it is not ready. Raises ChannelError."""
        ...


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """A calendar as it was fetched. ``etag`` and ``last_modified`` are sent back at the next fetch, "" where none."""

    text: str
    etag: str = ""
    last_modified: str = ""


class CalendarSource(Protocol):
    """Where calendars that rotations name by a URL are fetched."""

    def fetch(self, url: str, *, etag: str, last_modified: str) -> CalendarAnswer | None:
        """The calendar; None where it is as it was. Ends within half a minute.

        Raises ChannelError, whose message names the host and nothing of the URL that may be secret.
        """
        ...


# ---------------------------------------------------------------- stores


class Incidents(Protocol):
    """The incidents."""

    def open(self, incident: Incident) -> Incident:
        """Store a new one; it comes back with its number."""
        ...

    def get(self, number: int, *, lock: bool = False) -> Incident | None:
        """One incident, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def get_many(self, numbers: Iterable[int]) -> dict[int, Incident]:
        """Those of these that exist, by number."""
        ...

    def by_token(self, token: str) -> Incident | None:
        """The incident that a tracking link shows, or None."""
        ...

    def save(self, incident: Incident) -> Incident:
        """Store a change; comes back with the next version. Raises ConflictError if somebody else saved first."""
        ...

    def due(self, now: datetime, limit: int) -> list[int]:
        """Numbers of incidents whose next action is due, longest due first."""
        ...

    def next_due_at(self) -> datetime | None:
        """When the next incident is due; None when nothing is open."""
        ...

    def listing(self, *, include_resolved: bool, limit: int = 500) -> list[Incident]:
        """Open ones, or all, newest first."""
        ...

    def open_for_customer(self, customer: str, number: str) -> list[Incident]:
        """Open incidents of this customer (key) or this caller's number, newest first; either may be ""."""
        ...

    def latest_for_caller(self, number: str) -> Incident | None:
        """The newest incident of this caller's number, whatever its state, or None."""
        ...

    def counts(self) -> dict[IncidentState, int]:
        """How many there are in each state that any is in."""
        ...

    def stuck(self, overdue_before: datetime, limit: int = 100) -> list[int]:
        """Numbers of open incidents with no next action, or one that was due before this instant (promise 2)."""
        ...


class Timeline(Protocol):
    """Every fact of an incident, append-only."""

    def add(self, incident: int, entries: Sequence[TimelineEntry]) -> None:
        """Append, in this order."""
        ...

    def of(self, incident: int) -> list[TimelineEntry]:
        """All entries, oldest first."""
        ...


class Deliveries(Protocol):
    """Pages, notices and operator messages."""

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Enqueue."""
        ...

    def get(self, delivery_id: str, *, lock: bool = False) -> Delivery | None:
        """One delivery, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Store a change of a delivery that was read with ``lock``."""
        ...

    def claim_due(self, now: datetime, *, worker: str, lease_until: datetime, limit: int) -> list[Delivery]:
        """Lease what is due, or was leased by a worker whose lease ran out, most urgent first.

        A page of an incident that is not triggered is never claimed. Claimed rows come back CLAIMED, ``attempts``
        grown by one.
        """
        ...

    def claim_cancellations(self, now: datetime, *, worker: str, lease_until: datetime, limit: int) -> list[Delivery]:
        """Lease sent deliveries that are to be stopped at the provider and have not been (``cancel_wanted``)."""
        ...

    def next_due_at(self) -> datetime | None:
        """When the next delivery can be claimed (due, or a lease running out, or a cancellation); None when there is
        none."""
        ...

    def unfinished_pages(self, incident: int, *, lock: bool = False) -> list[Delivery]:
        """Pages of an incident that have not ended."""
        ...

    def chain(self, chain: str) -> list[Delivery]:
        """All deliveries of one run of notification rules, in order of ``position``."""
        ...

    def of(self, incident: int) -> list[Delivery]:
        """All deliveries of an incident, oldest first."""
        ...

    def paged_engineers(self, incident: int) -> set[str]:
        """Keys of the engineers who were sent, or are about to be sent, a page about this incident."""
        ...

    def paged_incidents(self, engineer: str) -> list[int]:
        """Numbers of open incidents about which this engineer (key) was paged, newest first."""
        ...

    def known_provider_ids(self, address: str, since: datetime) -> frozenset[str]:
        """Provider ids of what went to this address since then."""
        ...

    def counts(self) -> dict[tuple[ContactMethod, DeliveryState], int]:
        """How many there are of each contact method in each state that any is in."""
        ...

    def cancellation_backlog(self, before: datetime) -> int:
        """How many cancellations have waited since before this instant."""
        ...


class Calls(Protocol):
    """Calls that came in."""

    def add(self, call: Call) -> bool:
        """Store a new call; False, and nothing stored, where its sid is known already."""
        ...

    def get(self, sid: str, *, lock: bool = False) -> Call | None:
        """One call, or None."""
        ...

    def save(self, call: Call) -> None:
        """Store a change."""
        ...

    def of(self, incident: int) -> list[Call]:
        """Calls of an incident, oldest first."""
        ...


class Recordings(Protocol):
    """What callers said."""

    def add(self, recording: Recording) -> bool:
        """Store a new recording; False, and nothing stored, where its sid is known already."""
        ...

    def get(self, sid: str, *, lock: bool = False) -> Recording | None:
        """One recording with its content, or None."""
        ...

    def save(self, recording: Recording) -> None:
        """Store a change."""
        ...

    def of(self, incident: int) -> list[Recording]:
        """Recordings of an incident, oldest first, without their content."""
        ...

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> list[Recording]:
        """Recordings that are to be fetched now; each is put off to ``again_at`` so that one worker has it."""
        ...

    def next_due_at(self) -> datetime | None:
        """When the next recording is to be fetched; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A text that came in, kept so that a duplicate gets the same answer and takes no effect."""

    sid: str
    received_at: datetime
    from_number: str
    body: str
    reply: str
    incident: int | None = None


class Inbox(Protocol):
    """Texts that came in."""

    def get(self, sid: str) -> ReceivedMessage | None:
        """The text with this id, or None."""
        ...

    def add(self, message: ReceivedMessage) -> None:
        """Keep it. Raises ConflictError where its sid is known already."""
        ...

    def latest_incident(self, from_number: str) -> int | None:
        """The number of the incident that the last text of this sender was about, if any was; None for none."""
        ...

    def repeats(self, from_number: str, body: str, since: datetime) -> int:
        """How often this very text came from this number since then; a machine that answers ours repeats itself."""
        ...


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

    def same_as(self, version: ScheduleVersion) -> int | None:
        """The number of the newest earlier version with the very same texts; None where there is none."""
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


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something the operators were told, kept so that they are not told again for a while. ``key`` names the cause."""

    key: str
    raised_at: datetime
    text: str


class Alarms(Protocol):
    """What the operators were told."""

    def get(self, key: str) -> Alarm | None:
        """The last alarm of this cause, or None."""
        ...

    def put(self, alarm: Alarm) -> None:
        """Remember it, in the place of an earlier one."""
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


class UnitOfWork(Protocol):
    """One transaction: everything in it is stored together, or nothing is."""

    incidents: Incidents
    timeline: Timeline
    deliveries: Deliveries
    calls: Calls
    recordings: Recordings
    inbox: Inbox
    schedule_versions: ScheduleVersions
    overrides: Overrides
    alarms: Alarms
    known_shifts: KnownShiftsRows
    calendar_feeds: CalendarFeeds
    imported_calendars: ImportedCalendars

    def wake_engine(self) -> None:
        """When this transaction commits, wake the engines."""
        ...


class Database(Protocol):
    """The rows. Raises StoreUnavailableError from either while it is away."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that commits when its block ends, and stores nothing when the block raises."""
        ...

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """What this work comes to, once it is stored; nothing of it is stored where it raises.

        Cheaper than `begin` where many write at once: whoever is writing just now may do the work of those who wait,
        in a thread of theirs. So it touches nothing but its unit of work and what it was given.
        """
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that only reads."""
        ...


class ConfigurationSource(Protocol):
    """The published configuration."""

    def current(self) -> Configuration:
        """The version in force. Raises ConfigurationError where nothing has been published."""
        ...

    def refresh(self) -> None:
        """Look for a newer version, at most once a second; for the edges: a request, an engine's turn."""
        ...

    def look_again(self) -> None:
        """Look now: this process has just changed what is in force. Not within a transaction."""
        ...

    def published(self) -> Configuration:
        """What the schedules folder says, without what was entered beside it. Raises as `current`."""
        ...

    def problem(self) -> str:
        """Why the newest version is not the one that serves; "" where it is."""
        ...

    def version(self) -> int:
        """The number of the version that `current` last answered from; 0 before the first."""
        ...

    def is_up_to_date(self, uow: UnitOfWork) -> bool:
        """Whether this transaction sees nothing that `refresh` has not looked at yet."""
        ...

    def changed_at(self) -> datetime | None:
        """When what `current` answers last became another; None before the first was published."""
        ...


@dataclass(frozen=True, slots=True)
class Environment:
    """What every part of the engine is given: time, ids, chance, rows, and the configuration in force.

    ``public_url`` is where customers find their tracking page; ``email_connected`` whether there is an email channel.
    """

    clock: Clock
    ids: Ids
    rng: Rng
    database: Database
    configuration: ConfigurationSource
    public_url: str = ""
    email_connected: bool = False
    log: Callable[..., None] = field(default=lambda *_args, **_fields: None)


Channels = Mapping[ContactMethod, Channel]
