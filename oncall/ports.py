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
from oncall.core.incident import Incident, IncidentState, TimelineEntry

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
    """One published state of the schedules folder: file names to their texts, as they were."""

    version: int
    published_at: datetime
    author: str
    files: Mapping[str, str]
    fingerprint: str


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

    def publish(self, files: Mapping[str, str], *, fingerprint: str, author: str, now: datetime) -> ScheduleVersion:
        """Put a new version in force."""
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


class UnitOfWork(Protocol):
    """One transaction: everything in it is stored together, or nothing is."""

    incidents: Incidents
    timeline: Timeline
    deliveries: Deliveries
    calls: Calls
    recordings: Recordings
    inbox: Inbox
    schedule_versions: ScheduleVersions
    alarms: Alarms

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

    def problem(self) -> str:
        """Why the newest version is not the one that serves; "" where it is."""
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
