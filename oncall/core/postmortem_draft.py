"""The draft of a post-mortem, made from what the rows say: measured durations, the timeline, facts that were found.

What nobody can measure, the causes and what is to be done, is left to be written. It names no telephone number.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.delivery import ANSWERED_IN_SILENCE, Delivery, DeliveryKind, DeliveryState
from oncall.core.incident import NO_NOTE, Incident, TimelineEntry, TimelineKind, response_counts_from
from oncall.core.local_time import to_local
from oncall.core.plain_text import clip, one_line, without_numbers
from oncall.core.report_wording import counted, lasted
from oncall.core.wording import priority_name

TO_BE_WRITTEN = "_To be written._"
_UNWRITTEN = re.compile(r"_to be written\b", re.IGNORECASE)
# Why somebody was paged, and by which policy, is ours to know.
_OURS_TO_KNOW = re.compile(r" \((?:[^()]|\([^()]*\))*\)|; policy [^;]*$")
_LONGEST_ENTRY = 400
# What engineers note among themselves, and every single page, are no part of what a customer reads.
_SHOWN = frozenset(
    {
        TimelineKind.OPENED,
        TimelineKind.ESCALATION,
        TimelineKind.ACKNOWLEDGED,
        TimelineKind.PASSED,
        TimelineKind.UPDATE,
        TimelineKind.REOPENED,
        TimelineKind.RESOLVED,
    }
)
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~"})
_NOBODY_ON_CALL = "nobody is on call"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a draft is made of. ``names`` are the engineers' by key; ``timezone`` is the customer's."""

    incident: Incident
    timeline: Sequence[TimelineEntry]
    deliveries: Sequence[Delivery]
    names: Mapping[str, str]
    company: str
    timezone: str


def draft(facts: Facts) -> str:
    """The whole text in Markdown."""
    return "\n".join(_lines(facts)).rstrip() + "\n"


def is_unwritten(text: str) -> bool:
    """Whether something of a draft is still to be written in it."""
    return _UNWRITTEN.search(text) is not None


def title(incident: Incident) -> str:
    """What it is called."""
    company = clip(one_line(incident.company), 80)
    return f"Post-mortem: incident {incident.number}{f', {company}' if company else ''}"


def _lines(facts: Facts) -> Iterator[str]:
    incident = facts.incident
    yield from ("## Summary", "", *_summary(facts), "", TO_BE_WRITTEN, "")
    yield from ("## Impact", "", "| What | Measured |", "|---|---|")
    yield from (f"| {what} | {measured} |" for what, measured in _measured(facts))
    yield from ("", "Who was affected, and how: " + TO_BE_WRITTEN.lower(), "")
    yield from ("## Timeline", "", f"Times in {facts.timezone}.", "", "| When | What |", "|---|---|")
    yield from (f"| {_stamp(facts, entry.at)} | {_said(entry)} |" for entry in _shown(facts))
    well, badly = _went(facts)
    yield from ("", "## What went well", "", *(f"- {each}" for each in well or [TO_BE_WRITTEN]), "")
    yield from ("## What went badly", "", *(f"- {each}" for each in badly or [TO_BE_WRITTEN]), "")
    yield from ("## Causes", "")
    yield from (f"- {question} {TO_BE_WRITTEN}" for question in ("What broke:", "Why:", "Why it lasted so long:"))
    yield from ("", "## Actions", "", "_To be written, one a line:_ `- [ ] what — who — by when`, such as")
    day = to_local(facts.timezone, (incident.resolved_at or incident.opened_at) + timedelta(days=7))
    yield from (f"`- [ ] Alert when the disk is 80% full — {_somebody(facts)} — {day:%Y-%m-%d}`", "")


def _summary(facts: Facts) -> Iterator[str]:
    incident = facts.incident
    who = _safe(incident.caller_name) or "a caller"
    company = f" of {_safe(incident.company)}" if incident.company else ""
    said = f"reported: “{_safe(incident.summary, 600).rstrip('.')}”." if incident.summary else "asked for help."
    yield f"On {_moment(facts, incident.opened_at)} {who}{company} {said} Priority: {priority_name(incident.priority)}."
    if incident.responded_at is not None:
        name = facts.names.get(incident.acknowledged_by, incident.acknowledged_by) or "An engineer"
        yield f"{_safe(name)} had it after {lasted(incident.responded_at - _response_began_at(incident))}."
    if incident.resolved_at is not None:
        note = next((e.public_text for e in reversed(facts.timeline) if e.kind is TimelineKind.RESOLVED), "")
        said = f": {_safe(note, 600).rstrip('.')}." if note and note != NO_NOTE else "."
        yield f"It was over after {lasted(incident.resolved_at - incident.opened_at)}{said}"
    else:
        yield "It is not over yet."


def _measured(facts: Facts) -> Iterator[tuple[str, str]]:
    incident = facts.incident
    pages = [each for each in facts.deliveries if each.kind is DeliveryKind.PAGE and each.sent_at is not None]
    notices = [each for each in facts.deliveries if each.kind is DeliveryKind.NOTICE and each.sent_at is not None]
    yield "Reported", _moment(facts, incident.opened_at)
    first = min((each.sent_at for each in pages if each.sent_at is not None), default=None)
    yield "First page sent after", lasted(first - incident.opened_at) if first is not None else "no page was sent"
    responded_at = incident.responded_at
    taken = lasted(responded_at - _response_began_at(incident)) if responded_at else "nobody acknowledged"
    yield "Time to acknowledge", taken
    if incident.respond_by is not None:
        promised = lasted(incident.respond_by - _response_began_at(incident))
        kept = "missed" if _is_missed(incident) else "kept" if responded_at else "open"
        yield "Response promised within", f"{promised}: {kept}"
    resolved_at = incident.resolved_at
    yield "Time to resolve", lasted(resolved_at - incident.opened_at) if resolved_at else "it is not over yet"
    yield "Pages sent", f"{len(pages):,}"
    yield "People paged", f"{len({each.recipient for each in pages}):,}"
    yield "Messages to the customer", f"{len(notices):,}"


def _went(facts: Facts) -> tuple[list[str], list[str]]:
    incident = facts.incident
    well: list[str] = []
    badly: list[str] = []
    if incident.respond_by is not None and incident.responded_at is not None and not _is_missed(incident):
        well.append(f"The promised response was kept, with {lasted(incident.respond_by - incident.responded_at)} left.")
    elif incident.respond_by is not None and _is_missed(incident):
        late = f", by {lasted(incident.responded_at - incident.respond_by)}" if incident.responded_at else ""
        badly.append(f"The promised response was missed{late}.")
    if incident.resolution_breached_at is not None:
        badly.append("The promised resolution was missed.")
    updates = sum(each.kind is TimelineKind.UPDATE for each in facts.timeline)
    if updates:
        well.append(f"The customer was told how it went on {_times(updates)} before it was over.")
    nobody = sum(each.kind is TimelineKind.ESCALATION and _NOBODY_ON_CALL in each.text for each in facts.timeline)
    if nobody:
        badly.append(f"Nobody was on call: {counted(nobody, 'step', 'steps')} of the escalation had to be passed.")
    badly += _unanswered(facts)
    passed = [each for each in facts.timeline if each.kind is TimelineKind.PASSED]
    if passed:
        well.append(f"It was passed on to a colleague {_times(len(passed))}.")
    reopened = sum(each.kind is TimelineKind.REOPENED for each in facts.timeline)
    if reopened:
        badly.append(f"It was taken for over, and was not, {_times(reopened)}.")
    return well, badly


def _unanswered(facts: Facts) -> Iterator[str]:
    """Of whom calls rang in vain."""
    calls: dict[str, int] = {}
    for each in facts.deliveries:
        in_vain = each.state is DeliveryState.FAILED and (each.sent_at is not None or each.error == ANSWERED_IN_SILENCE)
        if each.kind is DeliveryKind.PAGE and in_vain:
            calls[each.recipient] = calls.get(each.recipient, 0) + 1
    if calls:
        named = ", ".join(f"{_safe(facts.names.get(key, key))} {number}" for key, number in sorted(calls.items()))
        yield f"{counted(sum(calls.values()), 'page was', 'pages were')} not answered ({named})."


def _shown(facts: Facts) -> list[TimelineEntry]:
    return [entry for entry in facts.timeline if entry.kind in _SHOWN]


def _said(entry: TimelineEntry) -> str:
    text = entry.text
    if entry.kind is TimelineKind.ESCALATION:
        text = _OURS_TO_KNOW.sub("", text)
    return _safe(text, _LONGEST_ENTRY)


def _response_began_at(incident: Incident) -> datetime:
    """From when on the response is measured, as in reports."""
    begun_at = incident.promised_at or incident.opened_at
    return response_counts_from(incident.opened_at, incident.promised_at, incident.responded_at or begun_at)


def _is_missed(incident: Incident) -> bool:
    if incident.breached_at is not None:
        return True
    if incident.respond_by is None or incident.responded_at is None:
        return False
    return incident.responded_at > incident.respond_by


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _somebody(facts: Facts) -> str:
    return facts.incident.acknowledged_by or next(iter(facts.names), "dana")


def _stamp(facts: Facts, at: datetime) -> str:
    return f"{to_local(facts.timezone, at):%a %d %b %H:%M:%S}"


def _moment(facts: Facts, at: datetime) -> str:
    here = to_local(facts.timezone, at)
    return f"{here:%A} {here.day} {here:%B %Y at %H:%M %Z}"


def _safe(text: str, limit: int = 120) -> str:
    """What somebody said, on one line, without numbers, and as words that Markdown makes nothing of."""
    return clip(without_numbers(one_line(text)), limit).translate(_SPECIAL)
