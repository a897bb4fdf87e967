"""Quiet until: whoever has an incident says how long they will work on it before anybody is paged again."""

from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.acknowledge import acknowledge
from oncall.core.change import Change
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, IncidentState, OutcomeKind, TimelineEntry, TimelineKind
from oncall.core.local_time import to_local
from oncall.core.taking import end_of, parse_take
from oncall.errors import UsageError

LONGEST_FOR = timedelta(hours=24)
_HELP = "ACK 1042 2h or ACK 1042 UNTIL 07:00 keeps it quiet until then"


def quiet_until(text: str, timezone: str, now: datetime) -> datetime | None:
    """The instant (UTC) that is meant by "2h", "for 2h" or "until 07:00" on the clocks of ``timezone``.

    None where the text names no time: it is then only a word more than was asked for. Raises UsageError with a sentence
    where it names one that cannot be.
    """
    read = parse_take(text)
    if read is None or read.schedule:
        return None
    try:
        until = end_of(read, timezone, now)
    except UsageError as error:
        raise UsageError(f"Nothing has changed: that is no date. {_HELP}.") from error
    require_bearable(until, now)
    return until


def require_bearable(until: datetime, now: datetime) -> None:
    """Raises UsageError where an incident cannot be quiet until then: it is past, or too far away."""
    if until <= now:
        raise UsageError(f"Nothing has changed: that time is over already. {_HELP}.")
    if until - now > LONGEST_FOR + timedelta(minutes=1):  # what is written in hours ends on a whole minute
        hours = int(LONGEST_FOR.total_seconds() // 3600)
        raise UsageError(f"Nothing has changed: an incident is quiet for at most {hours} hours. {_HELP}.")


def snooze(
    incident: Incident, engineer: Engineer, *, until: datetime, timezone: str, via: str, holder: str, now: datetime
) -> Change:
    """The engineer has it, and nobody is paged before ``until``; then they are paged as after any silence.

    What nobody has is acknowledged with it. The same time asked for twice changes nothing. Raises UsageError.
    """
    require_bearable(until, now)
    taken = acknowledge(incident, engineer, via=via, holder=holder, now=now)
    if taken.outcome is not OutcomeKind.ACKNOWLEDGED:
        return taken
    if incident.drill:
        return taken  # an answer ends it; open for hours it would stand in the way of the next
    if taken.incident.state is not IncidentState.ACKNOWLEDGED:
        return taken  # others are still wanted, and paged: it cannot be quiet yet
    if incident.snoozed_until == until:
        return replace(taken, outcome=OutcomeKind.SNOOZED)
    local = to_local(timezone, until)
    entry = TimelineEntry(
        now, TimelineKind.NOTE, f"{engineer.name} by {via}: quiet until {local:%Y-%m-%d %H:%M %Z}, then paged again"
    )
    return replace(
        taken,
        outcome=OutcomeKind.SNOOZED,
        incident=replace(taken.incident, snoozed_until=until, due_at=until),
        timeline=(*taken.timeline, entry),
        changed=True,
    )


def disturbed(incident: Incident, *, by: str, via: str, now: datetime) -> Change | None:
    """The customer says that it is not over while it is quiet: whoever has it is paged at once. None where it is not
    quiet."""
    if incident.state is not IncidentState.ACKNOWLEDGED or incident.snoozed_until is None:
        return None
    if incident.snoozed_until <= now:
        return None
    entry = TimelineEntry(now, TimelineKind.REOPENED, f"{by} asked for it again by {via}: the quiet time is over")
    return Change(OutcomeKind.ALREADY_OPEN, replace(incident, snoozed_until=now, due_at=now), timeline=(entry,))
