"""What is said of a promise: in the timeline, to engineers and managers, and on pages that show its clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.incident import Incident, IncidentState, Resolution, TimelineEntry, TimelineKind
from oncall.core.local_time import to_local
from oncall.core.plain_text import clip, gsm, one_line
from oncall.core.promise_clock import Part, Reached
from oncall.core.sla import PromiseStage
from oncall.core.wording import priority_name

_LIMIT = 320
_OVER = {
    PromiseStage.HALF: "half of the time promised for {part} is over",
    PromiseStage.SOON: "the time promised for {part} is almost over",
    PromiseStage.BREACHED: "the promise of {part} is broken",
}
_PARTS = {Part.RESPONSE: "a response", Part.RESOLUTION: "a resolution"}
_NOTHING = timedelta(0)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietWords:
    """A notice to an engineer that wakes nobody: as the subject of an email, as a text, and spoken."""

    subject: str
    text: str
    speech: str


def stage_reached(reached: Reached) -> str:
    """What has come to pass, in words that begin small: "half of the time promised for a response is over"."""
    return _OVER[reached.stage].format(part=_PARTS[reached.part])


def stage_entry(reached: Reached, by: datetime, told: str, now: datetime) -> TimelineEntry:
    """The fact for the timeline; ``told`` says who was told, "" for nobody. A broken promise is dated when it broke."""
    what = stage_reached(reached)
    if reached.stage is PromiseStage.BREACHED:
        text, at = f"{what[0].upper()}{what[1:]}: it was due by {by:%Y-%m-%d %H:%M} UTC", reached.at
    else:
        text, at = f"{what[0].upper()}{what[1:]}: it is due by {by:%Y-%m-%d %H:%M} UTC", now
    return TimelineEntry(at, TimelineKind.ESCALATION, f"{text}; {told}" if told else text)


def stage_words(incident: Incident, reached: Reached, by: datetime, timezone: str, *, holder: str = "") -> QuietWords:
    """A notice about a promise, with times on the clocks of ``timezone``. ``holder`` is the name of whoever has the
    incident, "" for nobody."""
    which = f"{incident.number} {_company(incident)}, {priority_name(incident.priority)}"
    due = f"{to_local(timezone, by):%a %d %b %H:%M %Z}"
    was = "was" if reached.stage is PromiseStage.BREACHED else "is"
    said = f"{which}: {stage_reached(reached)}; it {was} due by {due}.{_stands(incident, reached, holder)}"
    return _words(incident, stage_reached(reached), said)


def due_now(incident: Incident, reached: Reached, by: datetime) -> datetime:
    """By when it is due of which so much was over when it was due ``by`` then: later, where the customer was waited for
    since."""
    later, began_at = incident.resolve_by, incident.promised_at
    if reached.part is Part.RESPONSE or reached.stage is PromiseStage.BREACHED or later is None or began_at is None:
        return by
    # Of what was promised anew nobody was told, or a later notice tells.
    is_the_same = began_at <= reached.at and incident.promise_told is reached.stage
    return later if is_the_same and incident.waited_for > _NOTHING and later > by else by


def is_overtaken(incident: Incident, reached: Reached, by: datetime, now: datetime) -> bool:
    """Whether a notice about a promise that was due ``by`` then has nothing to tell any more: it was answered, or
    promised anew, or waits for the customer, or more of its time is over, of which a later notice tells. What is broken
    stays broken."""
    if incident.drill or reached.stage is PromiseStage.BREACHED:
        return incident.drill
    due_by = incident.respond_by if reached.part is Part.RESPONSE else incident.resolve_by
    by = due_now(incident, reached, by)
    if not incident.open or due_by != by or by <= now or incident.promise_told.rank > reached.stage.rank:
        return True
    return (incident.responded_at if reached.part is Part.RESPONSE else incident.waiting_since) is not None


def _stands(incident: Incident, reached: Reached, holder: str) -> str:
    """How the incident stands, as far as that asks for something or is news; begins with a space, or is ""."""
    if reached.stage is PromiseStage.BREACHED and not incident.open:
        return " It is resolved by now."
    if reached.part is not Part.RESPONSE or not incident.open:
        return ""
    if incident.responded_at is None:
        return f" Nobody has it yet. Reply ACK {incident.number}"
    return f" {holder} has it by now." if holder else ""


def reminder_words(incident: Incident, why: str) -> QuietWords:
    """A notice that an incident which pages nobody is still open; ``why`` says since what, in words that begin
    small."""
    taken = incident.state is not IncidentState.TRIGGERED
    ask = f"Reply UPDATE {incident.number} and what is new" if taken else f"Reply ACK {incident.number}"
    which = f"{incident.number} {_company(incident)}, {priority_name(incident.priority)}"
    return _words(incident, why, f"{which}: {why}. {ask}")


def clock_line(incident: Incident, now: datetime) -> str:
    """How the promised response stands, in short; "" where none was promised."""
    if incident.respond_by is None or incident.resolution is Resolution.SCREENED:
        return ""
    given_at, before = incident.responded_at or incident.resolved_at, _missed_before(incident)
    if given_at is not None:
        margin = said_span(abs(incident.respond_by - given_at))
        return f"{before}kept, {margin} to spare" if given_at <= incident.respond_by else f"missed by {margin}"
    if now > incident.respond_by:
        return f"missed, late by {said_span(now - incident.respond_by)}"
    return f"{before}{said_span(incident.respond_by - now)} left"


def _missed_before(incident: Incident) -> str:
    broken_at, by = incident.breached_at, incident.respond_by
    return "missed once before; now " if broken_at is not None and by is not None and broken_at < by else ""


def resolution_line(incident: Incident, now: datetime) -> str:
    """How the promised resolution stands, in short; "" where none was promised."""
    by = incident.resolve_by
    if by is None or incident.resolution is Resolution.SCREENED:
        return ""
    if incident.resolved_at is not None:
        stopped_at = incident.waiting_since or incident.resolved_at
        margin = said_span(abs(by - stopped_at))
        return f"kept, {margin} to spare" if stopped_at <= by else f"missed by {margin}"
    if incident.waiting_since is not None and incident.waiting_since <= by:
        return "its clock stands still"
    return f"{said_span(by - now)} left" if now <= by else f"missed, late by {said_span(now - by)}"


def said_span(span: timedelta) -> str:
    """A span in its two largest units: "2 d 3 h", "1 h 05 min", "12 min"; less than a minute is "less than 1 min"."""
    if span < _MINUTE:
        return "less than 1 min"
    days, hours, minutes = span // _DAY, span % _DAY // _HOUR, span % _HOUR // _MINUTE
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _words(incident: Incident, what: str, text: str) -> QuietWords:
    subject = f"Incident {incident.number}: {what}"
    return QuietWords(one_line(subject), clip(gsm(one_line(text)), _LIMIT), one_line(text))


def _company(incident: Incident) -> str:
    return clip(one_line(incident.company) or "unknown company", 60)
