"""A post-mortem: what is owed after a major downtime, by whom, by when, and who is reminded of it.

It is owed from its opening; its time runs from the end of the downtime. Reminders are looked for by instants, so that
one that fell into an outage is told late, and of several only the last.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.core.business_hours import BusinessHours, end_of_next_business_day
from oncall.core.incident import Incident, IncidentState, Resolution
from oncall.core.local_time import to_utc, to_wall
from oncall.core.sla import Priority
from oncall.errors import NoBusinessTimeError

_DAY = timedelta(days=1)
_MARKED = "it was marked as a major downtime"
ACKNOWLEDGED_BY = "acknowledged_by"


class Counted(StrEnum):
    """How the days until it is due are counted."""

    DAYS = "days"
    BUSINESS_DAYS = "business_days"


@dataclass(frozen=True, slots=True)
class PostmortemRules:
    """When one is owed, by when, and by whom.

    ``after_for`` is how long production is down before one is owed without anybody saying so; None: only where an
    engineer marks a major downtime. ``due_within_for`` is in whole days where business days are counted. ``owner`` is
    an engineer's key, or "" for whoever had it. ``repository`` is ``owner/name`` at GitHub, where the actions live of
    customers that have none there; "" for nowhere.
    """

    after_for: timedelta | None = None
    due_within_for: timedelta = 3 * _DAY
    counted: Counted = Counted.DAYS
    owner: str = ""
    repository: str = ""


DEFAULT_POSTMORTEMS = PostmortemRules()


class Reminder(StrEnum):
    """How far its people were told."""

    NONE = "none"
    OPENED = "opened"  # the owner: it is owed
    ONE_DAY = "one_day"  # the owner: a day is over
    DUE = "due"  # the owner: the deadline is here
    LATE = "late"  # the managers and the owner, every day after it

    @property
    def rank(self) -> int:
        """0 for NONE; it only grows."""
        return tuple(Reminder).index(self)


class Standing(StrEnum):
    """Where it is."""

    OWED = "owed"  # nobody has written anything
    WRITTEN = "written"
    REVIEWED = "reviewed"  # by somebody who did not write the newest version
    PUBLISHED = "published"
    CORRECTED = "corrected"  # published, and written on since
    WAIVED = "waived"  # none is needed


@dataclass(frozen=True, slots=True)
class Postmortem:
    """One, of one incident.

    ``owner`` is an engineer's key, "" for nobody. ``why`` says why it is owed. ``runs_from`` is when its time
    began and ``due_at`` when it ends, None while it is down. ``look_at`` is the next moment at which somebody is to be
    told, None for never; ``told_at`` is when somebody was last told. Versions count from 1, 0 is none. ``noticed_at``
    is when the customer was told where to read it. ``waived`` says why none is needed, "" where one is.
    """

    incident: int
    customer: str
    owner: str
    why: str
    opened_at: datetime
    runs_from: datetime | None = None
    due_at: datetime | None = None
    look_at: datetime | None = None
    told: Reminder = Reminder.NONE
    told_at: datetime | None = None
    version: int = 0
    written_by: str = ""
    reviewed_version: int = 0
    reviewed_by: str = ""
    published_version: int = 0
    published_at: datetime | None = None
    noticed_at: datetime | None = None
    waived: str = ""

    @property
    def standing(self) -> Standing:
        """Where it is."""
        if self.waived:
            return Standing.WAIVED
        if self.published_version:
            return Standing.PUBLISHED if self.published_version == self.version else Standing.CORRECTED
        if not self.version:
            return Standing.OWED
        return Standing.REVIEWED if self.is_reviewed else Standing.WRITTEN

    @property
    def is_owed(self) -> bool:
        """Whether anybody still waits for it."""
        return not self.waived and not self.published_version

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody else has read the newest version."""
        return 0 < self.version == self.reviewed_version


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the text, in Markdown. ``by`` is a name, ``via`` where it was written."""

    incident: int
    version: int
    text: str
    by: str
    via: str
    written_at: datetime


def down_since(incident: Incident, *, reopened: bool) -> datetime:
    """Since when production is down: its report, or where that was of something else the change of its priority.

    What was ``reopened`` was not over, so it counts from its report.
    """
    return incident.opened_at if reopened else incident.promised_at or incident.opened_at


def is_owed_for(incident: Incident, rules: PostmortemRules, now: datetime, *, reopened: bool = False) -> str:
    """Why a post-mortem is owed for this incident, in words; "" where none is."""
    if incident.drill or incident.resolution is Resolution.SCREENED:
        return ""
    if incident.major:
        return _MARKED
    if rules.after_for is None or incident.priority is not Priority.PRODUCTION_DOWN:
        return ""
    lasted_for = (incident.resolved_at or now) - down_since(incident, reopened=reopened)
    return f"production was down for more than {_written(rules.after_for)}" if lasted_for >= rules.after_for else ""


def without_mark(
    postmortem: Postmortem, incident: Incident, rules: PostmortemRules, now: datetime, *, reopened: bool
) -> Postmortem | None:
    """What becomes of the post-mortem of an incident that is marked as major no more; None where it is owed no more.

    It stays where somebody has seen to it, and where it is not owed for the mark, or not for that alone.
    """
    if postmortem.why != _MARKED or postmortem.version or postmortem.waived:
        return postmortem
    why = is_owed_for(incident, rules, now, reopened=reopened)
    return replace(postmortem, why=why) if why else None


def opened(
    incident: Incident, rules: PostmortemRules, hours: BusinessHours, *, why: str, owner: str, now: datetime
) -> Postmortem:
    """A new one, of which its owner is told at once. Of a downtime that is over its time runs from its end, or from now
    where it was marked only later."""
    new = Postmortem(incident.number, incident.customer, owner, why, now, look_at=now)
    if incident.resolved_at is None:
        return new
    return runs(new, rules, hours, now if incident.major else incident.resolved_at)


def handed_to(postmortem: Postmortem, owner: str, now: datetime) -> Postmortem:
    """The same, owed by this engineer (key), who is told next of what its owner was told last. That it is late is told
    every day, to managers too, and not once more for this."""
    if owner == postmortem.owner or not postmortem.is_owed or postmortem.told is Reminder.LATE:
        return replace(postmortem, owner=owner)
    return replace(postmortem, owner=owner, told=Reminder.NONE, look_at=now)


def runs(postmortem: Postmortem, rules: PostmortemRules, hours: BusinessHours, since: datetime) -> Postmortem:
    """The downtime is over: from then on its time runs."""
    due_at = due(rules, hours, since)
    return replace(postmortem, runs_from=since, due_at=due_at, look_at=since)


def due(rules: PostmortemRules, hours: BusinessHours, since: datetime) -> datetime:
    """By when it is due. Business days end with their closing; other days are those of the calendar, of which one may
    have 23 or 25 hours."""
    if rules.counted is Counted.BUSINESS_DAYS:
        try:
            at = since
            for _ in range(max(rules.due_within_for // _DAY, 1)):
                at = end_of_next_business_day(at, hours)
        except NoBusinessTimeError:
            return since + rules.due_within_for
        return at
    return _later(since, rules.due_within_for, hours.timezone)


def look(postmortem: Postmortem, timezone: str, now: datetime) -> tuple[Postmortem, Reminder | None]:
    """What to tell now, None for nothing, and the post-mortem once that is told. Of what was missed only the last is
    told."""
    if not postmortem.is_owed:
        return replace(postmortem, look_at=None), None
    moments = _moments(postmortem, timezone, now)
    waiting = replace(postmortem, look_at=min((at for _, at in moments if at > now), default=None))
    passed = [(at, stage) for stage, at in moments if at <= now]
    if not passed:
        return waiting, None
    at, stage = max(passed, key=lambda each: (each[1].rank, each[0]))
    again = stage is Reminder.LATE and (postmortem.told_at is None or postmortem.told_at < at)
    if stage.rank < postmortem.told.rank or (stage is postmortem.told and not again):
        return waiting, None
    return replace(waiting, told=stage, told_at=now), stage


def _moments(postmortem: Postmortem, timezone: str, now: datetime) -> list[tuple[Reminder, datetime]]:
    """The moments of every reminder; of those that come every day, the ones around now."""
    found = [(Reminder.OPENED, postmortem.opened_at)]
    if postmortem.runs_from is None or postmortem.due_at is None:
        return found
    one_day_at = _later(postmortem.runs_from, _DAY, timezone)
    if one_day_at < postmortem.due_at:
        found.append((Reminder.ONE_DAY, one_day_at))
    found.append((Reminder.DUE, postmortem.due_at))
    days = max((now - postmortem.due_at) // _DAY, 1)
    late = (_later(postmortem.due_at, day * _DAY, timezone) for day in range(max(days - 1, 1), days + 3))
    return [*found, *((Reminder.LATE, at) for at in late)]


def _later(at: datetime, by: timedelta, timezone: str) -> datetime:
    if by % _DAY:
        return at + by
    return to_utc(timezone, to_wall(timezone, at) + by)


def _written(duration: timedelta) -> str:
    for unit, size in (("d", _DAY), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if duration >= size and not duration % size:
            return f"{duration // size} {unit}"
    return f"{int(duration.total_seconds())} s"


def is_over(incident: Incident) -> bool:
    """Whether the downtime is over, so that the time of its post-mortem may run."""
    return incident.state is IncidentState.RESOLVED and incident.resolved_at is not None
