"""Every word that a person hears or reads: engineers' and operators' are here, customers' in customer_wording.py.

What callers and engineers typed or said goes through `clean` before it becomes part of any of this.
"""

from collections.abc import Mapping, Sequence

from oncall.core.customer_wording import (
    SMS_LIMIT,
    Spoken,
    added_text,
    already_open_text,
    customer_status_text,
    down_text,
    incident_facts,
    no_incident_text,
    notice_speech,
    notice_subject,
    notice_text,
    number_speech,
    phrase,
    please_phone_text,
    public_line,
    spoken,
    stranger_text,
    which_incident_text,
)
from oncall.core.incident import Incident, IncidentState, Outcome, OutcomeKind, RequestType
from oncall.core.local_time import to_local
from oncall.core.plain_text import clean, clip, gsm, one_line
from oncall.core.sla import Priority

__all__ = [
    "CALL_FAILED_SPEECH",
    "NOBODY_ACKNOWLEDGED_SPEECH",
    "NOTHING_TO_DO_SPEECH",
    "NOT_RESOLVED_SPEECH",
    "SMS_LIMIT",
    "TROUBLE_SPEECH",
    "UNKNOWN_PAGE_SPEECH",
    "USELESS_KEY_SPEECH",
    "Spoken",
    "added_text",
    "already_open_text",
    "caller_line",
    "clean",
    "commands_text",
    "confirm_resolve_speech",
    "customer_status_text",
    "down_text",
    "incident_facts",
    "needs_text_text",
    "no_incident_text",
    "not_understood_text",
    "nothing_open_text",
    "notice_speech",
    "notice_subject",
    "notice_text",
    "number_speech",
    "one_line",
    "operator_text",
    "outcome_speech",
    "outcome_text",
    "page_email",
    "page_of_yours_speech",
    "page_over_speech",
    "page_sms",
    "page_speech",
    "page_summary_speech",
    "phrase",
    "please_phone_text",
    "priority_name",
    "public_line",
    "spoken",
    "status_text",
    "stranger_text",
    "type_name",
    "unknown_incident_text",
    "which_incident_text",
]

EMAIL_SUBJECT_LIMIT = 150
SPOKEN_LIMIT = 300


_PRIORITIES: dict[Priority, str] = {
    Priority.PRODUCTION_DOWN: "Production down",
    Priority.URGENT: "Urgent",
    Priority.NORMAL: "Normal",
}


def priority_name(priority: Priority) -> str:
    """A priority in words."""
    return _PRIORITIES[priority]


_TYPES: dict[RequestType, str] = {
    RequestType.ADD_REMOVE_USER: "Add/Remove User",
    RequestType.CHANGE_REQUEST: "Change Request",
    RequestType.GUIDANCE: "Guidance & usage support",
    RequestType.ON_CALL: "On-call",
    RequestType.PROBLEM: "Problem/Troubleshooting",
    RequestType.OTHER: "Other",
}


def type_name(request_type: RequestType) -> str:
    """A type of request in words."""
    return _TYPES[request_type]


def caller_line(incident: Incident) -> str:
    """Company, caller, caller's number, each said to be unknown where it is."""
    if incident.drill:
        return "for practice"
    company = one_line(incident.company) or "unknown company"
    name = one_line(incident.caller_name) or "caller's name unknown"
    return f"{clip(company, 60)}, {clip(name, 60)}, {incident.caller_number or 'no number to call back'}"


def page_sms(incident: Incident, *, hotline: str) -> str:
    """A page by SMS, in the GSM alphabet: it begins with the number and ends with how to answer."""
    end = _page_end(incident)
    if incident.drill:
        return f"DRILL {incident.number}. This is a drill for practice, nothing is down. {end}"
    begin = gsm(f"{incident.number} {caller_line(incident)}. {priority_name(incident.priority)}")
    room = SMS_LIMIT - len(begin) - len(end) - 3
    what = clip(gsm(one_line(incident.summary)), room - 2) if incident.summary else ""
    middle = f": {what}" if what else clip(f" ({gsm(one_line(hotline))})", room)
    return f"{begin}{middle}. {end}"


def page_sms_parts(incident: Incident) -> tuple[str, ...]:
    """What a page about this incident holds, in this order and to its end, whatever comes to be known of the caller and
    the problem. Nothing else that is texted to an engineer does."""
    return f"{incident.number} ", f". {priority_name(incident.priority)}", _page_end(incident)


def _page_end(incident: Incident) -> str:
    return f"Reply ACK {incident.number}"


def page_email(incident: Incident, *, hotline: str) -> tuple[str, str]:
    """A page by email: subject and body."""
    mark = "DRILL " if incident.drill else ""
    subject = one_line(f"{mark}{incident.number} {priority_name(incident.priority)}: {caller_line(incident)}")
    body = "\n".join(
        [
            *(["This is a drill for practice. Nothing is down.", ""] if incident.drill else []),
            f"{priority_name(incident.priority)} at {one_line(hotline)}: incident {incident.number}.",
            "",
            f"Company: {one_line(incident.company) or 'unknown'}",
            f"Caller:  {one_line(incident.caller_name) or 'unknown'}",
            f"Number:  {incident.caller_number or 'none to call back'}",
            f"Opened:  {incident.opened_at:%Y-%m-%d %H:%M} UTC",
            f"Problem: {clean(incident.summary) or 'listen to the recording'}",
            "",
            f"To acknowledge, text ACK {incident.number} to the hotline from your own phone,"
            " or press 1 when it calls you.",
            "An answer to this email reaches nobody.",
        ]
    )
    return clip(subject, EMAIL_SUBJECT_LIMIT), body


def page_speech(incident: Incident) -> str:
    """How a page begins when it is spoken: what, from whom, which."""
    if incident.drill:
        return f"This is a drill. Nothing is down. Drill {number_speech(incident.number)}."
    name, company = one_line(incident.caller_name), one_line(incident.company)
    whom = " of ".join(part for part in (name, company) if part) or "an unknown caller"
    which = f"Incident {number_speech(incident.number)}."
    return f"{priority_name(incident.priority)}, from {clip(whom, 120)}. {which}"


def page_summary_speech(incident: Incident) -> str:
    """What the caller wrote, for where there is no voice to play; "" where there is nothing."""
    return clip(one_line(incident.summary), SPOKEN_LIMIT)


def page_over_speech(incident: Incident, *, by: str) -> str:
    """The page is answered by phone, but nobody is needed any more."""
    state = "is resolved" if incident.state is IncidentState.RESOLVED else "is already acknowledged"
    who = f" by {one_line(by)}" if by else ""
    return f"Incident {number_speech(incident.number)} {state}{who}. There is nothing to do. Goodbye."


def page_of_yours_speech(incident: Incident) -> str:
    """The page is answered by phone, but whoever answers has acknowledged it: only others are wanted."""
    number = number_speech(incident.number)
    return f"You have acknowledged incident {number} already. There is nothing to do. Goodbye."


def confirm_resolve_speech(incident: int) -> str:
    """Asked after the first 6."""
    return f"To resolve incident {number_speech(incident)}, press 6 again."


NOT_RESOLVED_SPEECH = "Not resolved."
USELESS_KEY_SPEECH = "That key does nothing."
NOBODY_ACKNOWLEDGED_SPEECH = "No key was pressed, so this page is not acknowledged. Goodbye."
NOTHING_TO_DO_SPEECH = "This is the on-call hotline. What we called about is settled by now. Goodbye."
UNKNOWN_PAGE_SPEECH = "This page is not known any more. Please look at the dashboard. Goodbye."
TROUBLE_SPEECH = (
    "One moment. We are having trouble on our side. A key that you pressed does not count yet. Please stay on the line."
)
CALL_FAILED_SPEECH = "We are sorry, nothing could be recorded. Please answer by text message. Goodbye."


def outcome_text(outcome: Outcome) -> str:
    """What became of an engineer's answer, as an SMS."""
    return clip(
        gsm(_outcome(outcome, number=str(outcome.incident.number), caller=caller_line(outcome.incident))), SMS_LIMIT
    )


def outcome_speech(outcome: Outcome) -> str:
    """What became of an engineer's answer, spoken."""
    company = clip(one_line(outcome.incident.company) or "from an unknown company", 60)
    return f"{_outcome(outcome, number=number_speech(outcome.incident.number), caller=company)} Goodbye."


_OUTCOMES: dict[OutcomeKind, str] = {
    OutcomeKind.ACKNOWLEDGED: "Acknowledged. You have incident {number}, {caller}.{more}",
    OutcomeKind.ALREADY_ACKNOWLEDGED: "Incident {number} is already acknowledged{by}.",
    OutcomeKind.SNOOZED: "You have incident {number}, {caller}. It is quiet until {until}; then we page you again.",
    OutcomeKind.PASSED: "Passed on. We are paging the next engineer for incident {number}.",
    OutcomeKind.HANDED_OVER: "Handed over. We are paging {whom} for incident {number}.",
    OutcomeKind.ALREADY_PASSED: "Paging for incident {number} has moved on already.",
    OutcomeKind.RESOLVED: "Resolved. Incident {number} is over, and we are telling the customer.",
    OutcomeKind.ALREADY_RESOLVED: "Incident {number} is already resolved{by}.",
    OutcomeKind.UPDATED: "Incident {number} is updated, and we are telling the customer.",
    OutcomeKind.NOTED: "Noted on incident {number}, for the team only.",
    OutcomeKind.REOPENED: "Incident {number} is open again. We are paging.",
    OutcomeKind.ALREADY_OPEN: "Incident {number} is open already.",
    OutcomeKind.PRIORITISED: "Incident {number} is {priority} now.",
    OutcomeKind.TYPED: "Incident {number} is {type} now.",
    OutcomeKind.WAITING: "Incident {number} waits for the customer.",
    OutcomeKind.WAITING_OVER: "Incident {number} does not wait for the customer.",
    OutcomeKind.MAJOR: "Incident {number} is marked as major downtime.",
    OutcomeKind.NOT_MAJOR: "Incident {number} is no major downtime.",
    OutcomeKind.UNCHANGED: "Nothing has changed: incident {number} is so already.",
}


_DRILL_OUTCOMES: dict[OutcomeKind, str] = {
    OutcomeKind.ACKNOWLEDGED: "Thank you. The drill {number} is acknowledged, and over.",
    OutcomeKind.RESOLVED: "Thank you. The drill {number} is over.",
    OutcomeKind.UPDATED: "{number} is a drill: there is no customer to tell.",
}


def _outcome(outcome: Outcome, *, number: str, caller: str) -> str:
    by = f" by {one_line(outcome.by)}" if outcome.by else ""
    if outcome.incident.drill and outcome.kind in _DRILL_OUTCOMES:
        return _DRILL_OUTCOMES[outcome.kind].format(number=number)
    facts = {"number": number, "caller": caller, "by": by, "whom": one_line(outcome.by), "until": _until(outcome)}
    facts |= {"priority": priority_name(outcome.incident.priority), "type": type_name(outcome.incident.request_type)}
    return _OUTCOMES[outcome.kind].format(**facts, more=_more_wanted(outcome.incident))


def _more_wanted(incident: Incident) -> str:
    """That paging goes on all the same, where the policy asks for several."""
    match incident.more_wanted:
        case 0:
            return ""
        case 1:
            return " One more engineer is being paged."
        case more:
            return f" {more} more engineers are being paged."


def _until(outcome: Outcome) -> str:
    until = outcome.incident.snoozed_until
    return f"{to_local(outcome.timezone or 'UTC', until):%a %d %b %H:%M %Z}" if until else ""


# ---------------------------------------------------------------- an engineer's texts


def commands_text() -> str:
    """All words that an engineer may text."""
    return (
        "ACK 1042 you have it; ACK 1042 2h quiet that long. PASS 1042 the next engineer is paged; PASS 1042 bob Bob is."
        " UPDATE 1042 text and RESOLVE 1042 text tell the customer. STATUS open incidents. WHO is on call."
        " TAKE 4h puts you on call. The number may be left out when only one is meant."
    )


def unknown_incident_text(number: int) -> str:
    """No incident has that number."""
    return f"There is no incident {number}. STATUS lists the open ones."


def nothing_open_text() -> str:
    """An engineer's word without a number, but nothing is open that they were paged for."""
    return "You have no open incident. STATUS lists all that are open."


def came_too_late_text(number: int) -> str:
    """An engineer's word that was found minutes after it was sent, about an incident that was paged for anew since."""
    return f"Your text about {number} reached us late, and {number} has moved on since. Nothing was changed."


def needs_text_text(word: str, number: int | None) -> str:
    """UPDATE without saying what."""
    which = f" {number}" if number else ""
    return f"Nothing was sent: say what to tell the customer, as in {word}{which} we are restarting it."


def status_text(incidents: Sequence[Incident], names: Mapping[str, str]) -> str:
    """The open incidents, one a line; ``names`` by engineer's key."""
    if not incidents:
        return "No open incident."
    lines = [_status_line(incident, names) for incident in incidents[:6]]
    more = len(incidents) - len(lines)
    return "\n".join([*lines, *([f"and {more} more"] if more else [])])


def _status_line(incident: Incident, names: Mapping[str, str]) -> str:
    held = incident.held
    by = f"{names.get(incident.acknowledged_by, incident.acknowledged_by)} has it" if held else "nobody has it"
    quiet = f", quiet until {incident.snoozed_until:%H:%M} UTC" if held and incident.snoozed_until else ""
    count = f" ({incident.progress})" if incident.more_wanted else ""
    return clip(gsm(f"{incident.number} {one_line(incident.company) or 'unknown company'}: {by}{count}{quiet}"), 75)


def not_understood_text() -> str:
    """An engineer's text that begins with no word of ours."""
    return "Not understood. ACK 1042 acknowledges; COMMANDS lists all words."


# ---------------------------------------------------------------- operators


def operator_text(details: Mapping[str, str]) -> str:
    """Something about the service itself, in the order subject, text."""
    subject, text = one_line(details.get("subject", "")), one_line(details.get("text", ""))
    joined = ": ".join(part for part in (subject, text) if part)
    return clip(gsm(joined) or "The on-call hotline needs an operator; its log says why.", SMS_LIMIT)
