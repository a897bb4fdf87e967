"""What customers hear and read, in their language (core/languages), made from facts.

What callers and engineers typed or said is cleaned before it becomes part of any of this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncall.core.incident import NO_NOTE, Incident, IncidentState, TimelineEntry, TimelineKind
from oncall.core.languages import CATALOGUES, Language, choose_language
from oncall.core.languages.phrases import Phrase
from oncall.core.notice import NoticePurpose
from oncall.core.plain_text import clean, clip, one_line

SMS_LIMIT = 320  # two segments: carriers drop and reorder what is longer
NOTICE_LIMIT = 640


def number_speech(number: int) -> str:
    """An incident's number as it is spoken: digit by digit."""
    return " ".join(str(number))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text and the language whose voice must speak it."""

    text: str
    language: Language


class _Facts(dict[str, str]):
    """A fact that is missing leaves a hole, never a notice unsent."""

    def __missing__(self, key: str) -> str:
        return ""


def phrase(name: Phrase, language: Language, facts: Mapping[str, str] | None = None) -> str:
    """One phrase of a customer's language, with these facts, on one line."""
    cleaned = _Facts({key: clean(value) for key, value in (facts or {}).items()})
    return " ".join(CATALOGUES[language][name].format_map(cleaned).split())


def spoken(language: Language, *names: Phrase, facts: Mapping[str, str] | None = None) -> list[Spoken]:
    """Phrases in the order in which they are spoken."""
    return [Spoken(phrase(name, language, facts), language) for name in names]


_NOTICE_TEXTS: dict[NoticePurpose, tuple[Phrase, Phrase]] = {
    NoticePurpose.RECEIVED: (Phrase.RECEIVED_TEXT, Phrase.RECEIVED_SPEECH),
    NoticePurpose.ACKNOWLEDGED: (Phrase.ACKNOWLEDGED_TEXT, Phrase.ACKNOWLEDGED_SPEECH),
    NoticePurpose.UPDATE: (Phrase.UPDATE_TEXT, Phrase.UPDATE_SPEECH),
    NoticePurpose.RESOLVED: (Phrase.RESOLVED_TEXT, Phrase.RESOLVED_SPEECH),
    NoticePurpose.REOPENED: (Phrase.REOPENED_TEXT, Phrase.REOPENED_SPEECH),
    NoticePurpose.POSTMORTEM: (Phrase.POSTMORTEM_TEXT, Phrase.POSTMORTEM_SPEECH),
    NoticePurpose.SCREENED: (Phrase.SCREENED_TEXT, Phrase.SCREENED_SPEECH),
}


def notice_text(purpose: NoticePurpose, incident: Incident, details: Mapping[str, str], language: str) -> str:
    """A notice as an SMS. A long note is cut, never what follows it: how to reopen, and the tracking link."""
    chosen = choose_language(incident.language, language)
    facts = _notice_facts(incident, details, chosen)
    tail = []
    if purpose is NoticePurpose.RESOLVED:
        tail.append(phrase(Phrase.NOT_SOLVED_TEXT, chosen, facts))
    if purpose is NoticePurpose.POSTMORTEM:
        tail.append(details.get("tracking_url", ""))
    elif details.get("tracking_url") and purpose is not NoticePurpose.SCREENED:
        tail.append(phrase(Phrase.TRACKING_TEXT, chosen, facts))
    end = " ".join(tail)
    room = NOTICE_LIMIT - len(end) - 1
    return f"{clip(phrase(_notice_phrases(purpose, incident)[0], chosen, facts), room)} {end}".strip()


def notice_subject(purpose: NoticePurpose, incident: Incident, details: Mapping[str, str], language: str) -> str:
    """What stands over a notice by email; "" where its first words do."""
    if purpose is not NoticePurpose.POSTMORTEM:
        return ""
    return phrase(Phrase.POSTMORTEM_TITLE, choose_language(incident.language, language), incident_facts(incident))


def notice_speech(purpose: NoticePurpose, incident: Incident, details: Mapping[str, str], language: str) -> Spoken:
    """A notice as it is spoken: digits spelt, no link."""
    chosen = choose_language(incident.language, language)
    facts = _notice_facts(incident, details, chosen)
    names = [Phrase.NOTICE_INTRODUCTION_SPEECH, _notice_phrases(purpose, incident)[1]]
    if purpose is NoticePurpose.RESOLVED:
        names.append(Phrase.NOT_SOLVED_SPEECH)
    return Spoken(" ".join(phrase(name, chosen, facts) for name in names), chosen)


def _notice_phrases(purpose: NoticePurpose, incident: Incident) -> tuple[Phrase, Phrase]:
    if purpose is NoticePurpose.REOPENED and incident.quiet:
        return Phrase.OPEN_QUIET_TEXT, Phrase.OPEN_QUIET_SPEECH
    return _NOTICE_TEXTS[purpose]


def _notice_facts(incident: Incident, details: Mapping[str, str], language: Language) -> dict[str, str]:
    by = phrase(Phrase.BY, language, details) if details.get("engineer") else ""
    return {
        **details,
        **incident_facts(incident),
        "phone": details.get("hotline_number", ""),
        "by": f" {by}" if by else "",
        "note": _sentence(clip(one_line(details.get("note", "")), SMS_LIMIT)),
    }


def _sentence(note: str) -> str:
    return f"{note}." if note[-1:].isalnum() else note


def incident_facts(incident: Incident) -> dict[str, str]:
    """What phrases may say of an incident."""
    return {
        "number": str(incident.number),
        "digits": number_speech(incident.number),
        "company": incident.company,
    }


_PUBLIC_LINES: dict[TimelineKind, Phrase] = {
    TimelineKind.OPENED: Phrase.PUBLIC_OPENED,
    TimelineKind.ACKNOWLEDGED: Phrase.PUBLIC_ACKNOWLEDGED,
    TimelineKind.UPDATE: Phrase.PUBLIC_UPDATE,
    TimelineKind.REOPENED: Phrase.PUBLIC_REOPENED,
    TimelineKind.RESOLVED: Phrase.PUBLIC_RESOLVED,
}


def public_line(entry: TimelineEntry, language: Language) -> str:
    """What the tracking page says of an entry; "" where it says nothing."""
    if not entry.public_text or entry.kind not in _PUBLIC_LINES:
        return ""
    text = "" if entry.public_text == NO_NOTE else entry.public_text
    facts = {"engineer": text, "note": text}
    return phrase(_PUBLIC_LINES[entry.kind], language, facts)


# ---------------------------------------------------------------- a customer's texts


def customer_status_text(incident: Incident, *, by: str, language: str) -> str:
    """How it stands with an incident; ``by`` is the name of whoever has it."""
    name = {
        IncidentState.TRIGGERED: Phrase.STATUS_TRIGGERED_TEXT,
        IncidentState.ACKNOWLEDGED: Phrase.STATUS_ACKNOWLEDGED_TEXT,
        IncidentState.RESOLVED: Phrase.STATUS_RESOLVED_TEXT,
    }[IncidentState.ACKNOWLEDGED if incident.held else incident.state]
    if incident.quiet and name is Phrase.STATUS_TRIGGERED_TEXT:
        name = Phrase.STATUS_QUIET_TEXT
    return _customer_text(name, language, {**incident_facts(incident), "engineer": by}, incident)


def added_text(incident: Incident, *, language: str, phone: str) -> str:
    """Their text was added to their incident. ``phone`` is the hotline's number, for whom none is paged for."""
    name = Phrase.ADDED_QUIET_TEXT if incident.quiet else Phrase.ADDED_TEXT
    return _customer_text(name, language, {**incident_facts(incident), "phone": phone}, incident)


def down_text(incident: Incident, *, language: str, phone: str) -> str:
    """DOWN or REOPEN opened this incident, or opened it again: somebody is being paged, where anybody ever is."""
    name = Phrase.OPEN_QUIET_TEXT if incident.quiet else Phrase.DOWN_TEXT
    return _customer_text(name, language, {**incident_facts(incident), "phone": phone}, incident)


def already_open_text(incident: Incident, *, language: str, phone: str) -> str:
    """REOPEN or DOWN, but it is open."""
    name = Phrase.OPEN_QUIET_TEXT if incident.quiet else Phrase.ALREADY_OPEN_TEXT
    return _customer_text(name, language, {**incident_facts(incident), "phone": phone}, incident)


def no_incident_text(*, language: str, phone: str) -> str:
    """A word about an incident, from somebody who has none. ``phone`` is the hotline's number."""
    return _customer_text(Phrase.NO_INCIDENT_TEXT, language, {"phone": phone})


def which_incident_text(numbers: Sequence[int], *, language: str = "") -> str:
    """Several could be meant."""
    return _customer_text(Phrase.WHICH_INCIDENT_TEXT, language, {"numbers": ", ".join(map(str, numbers[:8]))})


def stranger_text(*, hotline: str, phone: str, language: str) -> str:
    """A text from a number that we do not know."""
    return _customer_text(Phrase.STRANGER_TEXT, language, {"hotline": hotline, "phone": phone})


def please_phone_text(*, phone: str, language: str = "") -> str:
    """We cannot take their text at the moment."""
    return _customer_text(Phrase.PLEASE_PHONE_TEXT, language, {"phone": phone})


def _customer_text(name: Phrase, language: str, facts: Mapping[str, str], incident: Incident | None = None) -> str:
    wishes = (incident.language, language) if incident else (language,)
    return clip(phrase(name, choose_language(*wishes), facts), SMS_LIMIT)
