"""What another system says, in words that are neither its nor ours: what every importer makes, and all else reads.

Times of rotations are naive and local to the schedule's zone; spans are aware and in UTC. People are named by the
other system's ids.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.rotation import EVERY_DAY

# The id of a turn that the other system gives to no single person.
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the other system; absent data is "". ``phones`` are as it writes them, the best first."""

    id: str
    name: str
    email: str = ""
    timezone: str = ""
    phones: tuple[str, ...] = ()
    notify: tuple[tuple[str, timedelta], ...] = ()
    slack: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """When in the week turns count: as ``during`` of ours. ``begins`` and ``until`` are such as "09:00"."""

    days: tuple[int, ...] = EVERY_DAY
    begins: str = "00:00"
    until: str = "00:00"


@dataclass(frozen=True, slots=True)
class Turns:
    """One rotation of ours: turn 0 begins at ``starts``; nobody has it from ``until`` on.

    ``shift`` are lengths such as "1w". ``people`` take turns in this order; NOBODY has no engineer in ours.
    """

    name: str
    starts: datetime
    shift: tuple[str, ...]
    people: tuple[str, ...]
    during: tuple[Hours, ...] = ()
    until: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """What the other system rotates on its own. Tracks of one level are on call side by side, a higher one covers them.

    ``turns`` are stacked as ours are: the later covers. ``id`` is what overrides name it by.
    """

    id: str
    name: str
    turns: tuple[Turns, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Cover:
    """An override: these people have the span. ``tracks`` empty covers everybody.

    ``instead_of`` is whom it replaces, "" for whoever it would be. ``adds`` joins them to whoever is on call.
    """

    people: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    tracks: tuple[str, ...] = ()
    instead_of: str = ""
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The other system's answer: this person is on call in this span, maybe beside others."""

    person: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """A rotation that the other system reads from a calendar; ``people`` are what it writes, and whom it means."""

    name: str
    url: str
    people: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceSchedule:
    """One schedule of the other system.

    ``rendered`` is its own answer, for ``rendered_span``; None where the export has none. ``computed`` is its answer
    as its rules have it. ``why`` explains a difference, ``clock_why`` one that begins on the night of a clock change.
    """

    id: str
    name: str
    timezone: str
    tracks: tuple[Track, ...] = ()
    covers: tuple[Cover, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    computed: tuple[Held, ...] = ()
    rendered: tuple[Held, ...] = ()
    rendered_span: tuple[datetime, datetime] | None = None
    why: str = ""
    clock_why: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a policy: people and schedules by id, and how long it waits."""

    people: tuple[str, ...]
    schedules: tuple[str, ...]
    wait_for: timedelta
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One escalation policy. ``repeat`` is how often the list runs again."""

    id: str
    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Everything that one export, or the answers of one API, said. ``system`` is its name, as people write it."""

    system: str
    people: tuple[Person, ...] = ()
    schedules: tuple[SourceSchedule, ...] = ()
    policies: tuple[Policy, ...] = ()
    notes: tuple[str, ...] = ()
