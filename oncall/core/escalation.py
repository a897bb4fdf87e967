"""When the next engineer is called: what one look at an incident that is due decides.

The policy is the one frozen into the incident. Nobody on call is never a wait and never an end: the step is passed at
once; after a round that found nobody, and after the last counted repeat, the operators are told and the list starts
again a
minute later.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.core.acknowledge import stopped
from oncall.core.business_hours import next_opening
from oncall.core.configuration import Configuration
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.incident import RESUME, Incident, IncidentState, TimelineEntry, TimelineKind
from oncall.core.quiet_incident import Reminder, look_at_quiet
from oncall.core.sla import Priority, SlaClock
from oncall.core.whom_to_page import Paged, engineers_of, reachable
from oncall.errors import NoBusinessTimeError

START_AGAIN_AFTER = timedelta(minutes=1)
_MOST_DOUBLED = 12  # three days: longer than any step waits


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be stored and done in one transaction: the incident with its next action, pages, facts, and what
    operators are told.

    ``alarms`` are (key, text): a key is told once in a while, however often it comes. ``silence``: what rings stops.
    ``reminder`` is for engineers who are told, and not paged. ``unattended``: the list has come to its end, and starts
    again in a minute.
    """

    incident: Incident
    pages: tuple[Paged, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    alarms: tuple[tuple[str, str], ...] = ()
    silence: bool = False
    reminder: Reminder | None = None
    unattended: bool = False


def take_turn(incident: Incident, configuration: Configuration, now: datetime) -> Turn:
    """One look at an incident. Not due, or resolved: a Turn that changes nothing."""
    if incident.due_at is None or incident.due_at > now or not incident.open:
        return Turn(incident)
    if incident.quiet:
        return _quietly(incident, configuration, now)
    if (opens_at := _pages_from(incident, configuration, now)) > now:
        return Turn(replace(incident, due_at=opens_at))
    if incident.state is IncidentState.ACKNOWLEDGED:
        return _resume(incident, configuration, now)
    if incident.handed_to:
        return _page_the_named(incident, configuration, now)
    if incident.step == RESUME:
        return _page_the_silent_one(incident, configuration, now)
    current, alarms = _with_known_names(incident, configuration)
    turn = _quietly(current, configuration, now) if current.quiet else _run_list(current, configuration, now)
    return replace(turn, alarms=alarms + turn.alarms)


def unreachable(incident: Incident, now: datetime, *, every_minute: bool = False) -> Incident:
    """Nobody of the step that was just paged can be reached at all: the next step is due now.

    At the end of the list it starts again after a minute, and from round to round after twice as long, never later than
    the step would have waited by itself: each round is a new chance that a telephone works again, and carriers bar
    whoever dials dead numbers all night. ``every_minute``: that is no danger here.
    """
    soon = now
    if incident.step == 0:
        rounds = 0 if every_minute else min(max(incident.round - 1, 0), _MOST_DOUBLED)
        soon = now + START_AGAIN_AFTER * 2**rounds
    if incident.due_at is None or incident.due_at <= soon:
        return incident
    return replace(incident, due_at=soon)


def bring_forward(incident: Incident, now: datetime) -> Incident:
    """The safety timer need not run out: the first page is due now. Nothing changes once paging has begun."""
    waiting = incident.state is IncidentState.TRIGGERED and incident.paged_at is None
    if not waiting or incident.due_at is None or incident.due_at <= now:
        return incident
    return replace(incident, due_at=now)


def _quietly(incident: Incident, configuration: Configuration, now: datetime) -> Turn:
    later, timeline, reminder = look_at_quiet(incident, configuration, now)
    return Turn(later, timeline=timeline, reminder=reminder)


def _pages_from(incident: Incident, configuration: Configuration, now: datetime) -> datetime:
    """From when on anybody may be paged: what is promised in business hours wakes nobody outside of them, but where
    production is down, of which no page waits."""
    promise = configuration.promise_of(incident.priority, incident.customer)
    always = incident.drill or incident.priority is Priority.PRODUCTION_DOWN
    if always or promise.clock is SlaClock.ALWAYS:
        return now
    try:
        return next_opening(now, configuration.business_hours)
    except NoBusinessTimeError:
        return now


def _resume(incident: Incident, configuration: Configuration, now: datetime) -> Turn:
    silent = incident.acknowledged_by
    engineer = configuration.engineers.get(silent)
    minutes = int(incident.policy.acknowledge_timeout_for.total_seconds() // 60)
    resumed = replace(
        incident,
        state=IncidentState.TRIGGERED,
        acknowledged_at=None,
        acknowledged_by="",
        acknowledgements=(),
        resume_with=silent,
        snoozed_until=None,
        step=RESUME if engineer else 0,
        round=0,
    )
    name = engineer.name if engineer else silent
    why = f"No update from {name} for {minutes} minutes"
    # An update since may have moved the timeout beyond the quiet time.
    if incident.snoozed_until is not None and incident.due_at == incident.snoozed_until:
        why = f"The quiet time that {name} asked for is over"
    entry = TimelineEntry(now, TimelineKind.ESCALATION, f"{why}: paging again")
    turn = take_turn(resumed, configuration, now)
    return replace(turn, timeline=(entry, *turn.timeline))


def _page_the_silent_one(incident: Incident, configuration: Configuration, now: datetime) -> Turn:
    engineer = reachable(incident.resume_with, configuration)
    started = replace(incident, step=0)
    if engineer is None:
        return take_turn(started, configuration, now)
    wait_for = incident.policy.steps[0].wait_for
    return _paging(started, (Paged(engineer, "had acknowledged it"),), wait_for, now, "Had acknowledged it")


def _page_the_named(incident: Incident, configuration: Configuration, now: datetime) -> Turn:
    """Whoever a colleague named, alone, for as long as the step waits that was paged last; then the list goes on."""
    found = [reachable(key, configuration) for key in incident.handed_to]
    named = tuple(Paged(engineer, "named by a colleague") for engineer in found if engineer)
    current = replace(incident, handed_to=(), step=max(incident.step, 0))
    if not named:
        text = f"Handed to {', '.join(incident.handed_to)}, who cannot be paged any more: the list goes on"
        turn = take_turn(current, configuration, now)
        return replace(turn, timeline=(TimelineEntry(now, TimelineKind.ESCALATION, text), *turn.timeline))
    steps = incident.policy.steps
    last = steps[current.step - 1] if current.step < len(steps) else steps[-1]
    return _paging(current, named, last.wait_for or START_AGAIN_AFTER, now, "Handed over")


def _run_list(incident: Incident, configuration: Configuration, now: datetime) -> Turn:
    policy = incident.policy
    incident = _with_the_rested(incident)
    if incident.acknowledgements and not _more_to_ask(incident, configuration, now):
        return _enough_as_it_is(incident, now)
    passed: list[TimelineEntry] = []
    alarms: list[tuple[str, str]] = []
    for _ in policy.steps:
        if policy.repeat is not None and incident.round > policy.repeat:
            return _start_again(incident, tuple(passed), tuple(alarms), now, _EXHAUSTED)
        step, title = policy.steps[incident.step], _title(incident)
        incident = _advanced(incident, policy)
        paged = _willing(incident, step, configuration, now)
        if paged:
            wait_for = step.wait_for or _wait_for_nothing(incident, configuration, now)
            turn = _paging(incident, paged, wait_for, now, title)
            return replace(turn, timeline=(*passed, *turn.timeline), alarms=tuple(alarms))
        names = ", ".join(step.page)
        if engineers_of(step, configuration, now):
            answered = "has answered already" if incident.acknowledgements else "has passed it on"
            unwilling = f"{title}: whoever is on call in {names} {answered}"
            passed.append(TimelineEntry(now, TimelineKind.ESCALATION, unwilling))
            continue
        nobody = f"{title}: nobody is on call in {names}; passed at once"
        passed.append(TimelineEntry(now, TimelineKind.ESCALATION, nobody))
        alarms.append((f"nobody:{','.join(step.page)}", f"Incident {incident.number}. {nobody}."))
    return _start_again(
        incident, tuple(passed), tuple(alarms), now, _ALL_PASSED if incident.passed_by else _FOUND_NOBODY
    )


def _more_to_ask(incident: Incident, configuration: Configuration, now: datetime) -> bool:
    """Whether more acknowledgements are wanted, and any step has somebody on call who has not answered yet."""
    steps = incident.policy.steps
    return bool(incident.more_wanted) and any(_willing(incident, step, configuration, now) for step in steps)


def _enough_as_it_is(incident: Incident, now: datetime) -> Turn:
    """Fewer have acknowledged than the policy asks for, and nobody is left: operators know, and nobody is paged in
    vain for ever."""
    why = (
        "nobody else is left to page, so that is enough" if incident.more_wanted else "today's policy asks for no more"
    )
    text = f"Incident {incident.number}: {incident.progress} acknowledged; {why}"
    alarms = ((f"alone:{incident.number}", text + "."),) if incident.more_wanted else ()
    entry = TimelineEntry(now, TimelineKind.ESCALATION, text)
    return Turn(stopped(incident, now), (), (entry,), alarms, silence=True)


def _wait_for_nothing(incident: Incident, configuration: Configuration, now: datetime) -> timedelta:
    """What a step without a wait waits: nothing if a later step finds somebody; else the list would start again at
    once, for ever."""
    rest = incident.policy.steps[incident.step :] if incident.step else ()
    return timedelta(0) if any(_willing(incident, step, configuration, now) for step in rest) else START_AGAIN_AFTER


_EXHAUSTED = "the whole escalation list has been paged and nobody acknowledged"
_FOUND_NOBODY = "no step of the escalation list found anybody on call"
_ALL_PASSED = "everybody on call has passed it on"


def _start_again(
    incident: Incident,
    passed: tuple[TimelineEntry, ...],
    alarms: tuple[tuple[str, str], ...],
    now: datetime,
    reason: str,
) -> Turn:
    text = f"Incident {incident.number}: {reason}; the list starts again in a minute"
    again = replace(incident, step=0, round=0, passed_by=(), passed_at=None, due_at=now + START_AGAIN_AFTER)
    entry = TimelineEntry(now, TimelineKind.ESCALATION, text)
    return Turn(again, (), (*passed, entry), (*alarms, (f"unanswered:{incident.number}", text + ".")), unattended=True)


def _paging(incident: Incident, paged: tuple[Paged, ...], wait_for: timedelta, now: datetime, title: str) -> Turn:
    names = ", ".join(f"{page.engineer.name} ({page.why})" for page in paged)
    entry = TimelineEntry(now, TimelineKind.ESCALATION, f"{title}: paging {names}; policy {incident.policy.key}")
    return Turn(replace(incident, paged_at=now, passed_at=None, due_at=now + wait_for), paged, (entry,))


def _title(incident: Incident) -> str:
    again = f", round {incident.round + 1}" if incident.round else ""
    return f"Step {incident.step + 1} of {len(incident.policy.steps)}{again}"


def _advanced(incident: Incident, policy: EscalationPolicy) -> Incident:
    last = incident.step + 1 >= len(policy.steps)
    return replace(
        incident,
        step=0 if last else incident.step + 1,
        round=incident.round + 1 if last else incident.round,
    )


def _with_the_rested(incident: Incident) -> Incident:
    """Whoever passed it on is asked again when the list starts again by itself, not by their own passing."""
    if incident.step or incident.passed_at is not None or not incident.passed_by:
        return incident
    return replace(incident, passed_by=())


def _willing(
    incident: Incident, step: EscalationStep, configuration: Configuration, now: datetime
) -> tuple[Paged, ...]:
    found = engineers_of(step, configuration, now)
    answered = {*incident.passed_by, *incident.acknowledgements}
    return tuple(paged for paged in found if paged.engineer.key not in answered)


def _with_known_names(incident: Incident, configuration: Configuration) -> tuple[Incident, tuple[tuple[str, str], ...]]:
    """The incident with its frozen policy, or with today's where a later publish removed a name that the frozen one
    uses."""
    known = configuration.schedules.keys() | configuration.engineers.keys()
    gone = sorted({name for step in incident.policy.steps for name in step.page if name not in known})
    if not gone:
        return incident, ()
    today = configuration.policies.get(incident.policy.key)
    policy = today or configuration.policy_of(incident.priority, incident.customer)
    text = (
        f"Incident {incident.number} was opened under a policy that pages {', '.join(gone)}, "
        f"which a later publish removed: it goes on under today's policy {policy.key}."
    )
    step = incident.step if incident.step < len(policy.steps) else 0
    return replace(incident, policy=policy, step=step), ((f"frozen:{incident.number}", text),)
